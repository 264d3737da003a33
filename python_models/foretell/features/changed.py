"""Whether the past has changed: values of rows that were scored, and rows of feature views."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time

from foretell.features.findings import Finding
from foretell.features.kept import differences
from foretell.ground.definitions import Definitions, definitions_of
from foretell.ground.names import IS_MATURED, MATURES_AT
from foretell.ground.relation import quoted
from foretell.ground.views import FeatureView
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.staging.staged import Staged
from foretell.stores.record import Row, now
from foretell.warehouse.dialect import Dialect
from foretell.warehouse.fingerprint import DAYS_APART, EARLIER, Fingerprint
from foretell.warehouse.protocol import Warehouse

#: Share of scored rows from which restated values are worth a warning.
FEW = 0.01
#: Days that a finding names one by one.
MOST_NAMED = 3


def restated(
    request: Request, staged: Staged, warehouse: Warehouse, *, since: date | None
) -> list[Finding]:
    """Features of newly matured rows whose value is not the one that was scored.

    Parameters
    ----------
    since
        The day of the last run that succeeded: what had matured by then was compared then.
    """
    if (
        since is None
        or not warehouse.exists(request.kept)
        or not staged.has_key_in(warehouse.columns(request.kept))
    ):
        return []
    matured = f"staged.{IS_MATURED} and staged.{MATURES_AT} > {staged.dialect.instant(since)}"
    same_row = " and ".join(f"kept.{quoted(name)} = staged.{quoted(name)}" for name in staged.key)
    versions = warehouse.rows(
        f"select distinct kept.foretell_version from {request.published_kept} as kept inner join "
        f"{staged.relation} as staged on {same_row} where {matured} order by 1"
    )
    definitions = definitions_of(request.views, staged.features)
    findings = []
    for (version,) in versions:
        version_definitions = _definitions_of_version(request, version, warehouse)
        # A feature that is defined otherwise now is a different feature, not a restated one.
        names = [
            name
            for name, definition in definitions.items()
            if definition == version_definitions.get(name)
        ]
        for change in differences(
            request, staged, warehouse, names, version=version, where=matured
        ):
            if change.differ:
                share = change.differ / change.rows
                view = request.view_of(change.feature)
                findings.append(
                    Finding(
                        "restated", "warning" if share > FEW else "info",
                        view.name if view else None, change.feature, share,
                        f"{change.feature} of {change.differ:,} of {change.rows:,} rows is not "
                        f"what it was when v{version} scored them: its source was restated or "
                        "arrived late, or looks past the as-of time.",
                    )
                )  # fmt: skip
    return findings


def view_states(
    request: Request, spec: PredictionSpec, warehouse: Warehouse, *, run_id: str
) -> list[Row]:
    """What each view's rows of the past are in this run: one row of `feature_views` each."""
    settled = datetime.combine(request.today, time.min) - spec.settle
    return [
        {
            "run_id": run_id,
            "prediction": request.prediction,
            "today": request.today,
            "recorded_at": now(),
            "feature_view": view.name,
            "definition_fingerprint": view.fingerprint(),
            "settled_before": settled,
            "fingerprint": str(_fingerprint(view, settled, warehouse)),
        }
        for view in request.views
        if view.relation is not None and view.at is not None
    ]


def rows_changed(request: Request, warehouse: Warehouse) -> list[Finding]:
    """Views whose rows of the past are not those of the run before.

    A static view has no times to tell its past by; what it says is compared row by row when
    outcomes mature, as everything that was scored is.
    """
    return [
        finding
        for view in request.views
        if view.relation is not None and view.at is not None
        for finding in _changed(request, view, warehouse)
    ]


def _changed(request: Request, view: FeatureView, warehouse: Warehouse) -> Iterator[Finding]:
    states: Sequence[tuple[datetime, str]] = warehouse.rows(
        f"select settled_before, fingerprint from {request.seen('feature_views')} as views "
        "where prediction = ? and feature_view = ? and definition_fingerprint = ? "
        "order by recorded_at desc limit 1",
        [request.prediction, view.name, view.fingerprint()],
    )
    for settled, text in states:
        recorded, current = Fingerprint.read(text), _fingerprint(view, settled, warehouse)
        days = current.days_changed(recorded)
        # Figures by a different method, or version of the engine, tell nothing.
        if not days:
            continue
        recorded_rows, current_rows = recorded.rows, current.rows
        counts = (
            f"{recorded_rows:,} then, {current_rows:,} now"
            if recorded_rows != current_rows
            else f"{current_rows:,}, some with other values"
        )
        yield Finding(
            "rows changed", "warning", view.name, None, None,
            f"{view.name} has changed in the past: its rows dated before {settled:%Y-%m-%d} are "
            f"not those of the run before ({counts}; of {_dates(days)}); if rows become known "
            "late, declare `known_at`, or `settle` in the spec.",
        )  # fmt: skip


def _fingerprint(view: FeatureView, settled: datetime, warehouse: Warehouse) -> Fingerprint:
    """What a view said before an instant, as far as features read it."""
    return warehouse.fingerprint(
        _past(view, settled, warehouse.dialect),
        by=str(view.at),
        since=settled.date() - DAYS_APART,
    )


def _dates(days: Sequence[str]) -> str:
    """Days in a sentence: all of few, of many the first and the last."""
    names = ["earlier days" if day == EARLIER else day for day in days]
    if len(names) <= MOST_NAMED:
        return " and ".join(", ".join(names).rsplit(", ", 1))
    return f"{len(names)} days from {names[0]} to {names[-1]}"


def _past(view: FeatureView, settled: datetime, dialect: Dialect) -> str:
    """Query for a view's rows before an instant, as far as features read them."""
    instant = dialect.instant(settled)
    expressions = [
        quoted(name) for name in (view.entity, view.at, view.known_at, view.order_by) if name
    ]
    if view.until:
        # The end of what lasts is written when it ends: that is no change of the past.
        end = quoted(view.until)
        expressions.append(
            f"case when {dialect.as_instant(end)} < {instant} then {end} end as {end}"
        )
    expressions += [quoted(name) for name in view.reads if name not in view.keys]
    expressions += [
        f"({dialect.fold(condition)}) as foretell_where_{position}"
        for position, condition in enumerate(view.filters)
    ]
    times = [name for name in (view.at, view.known_at) if name]
    past = " and ".join(f"{dialect.as_instant(quoted(name))} < {instant}" for name in times)
    return f"select {', '.join(expressions)} from {view.relation} where {past or '1 = 1'}"


def _definitions_of_version(request: Request, version: int, warehouse: Warehouse) -> Definitions:
    """The feature set that any version chose from; empty for one that is no longer borrowed."""
    for versions in {request.seen("model_versions"), request.champion_seen("model_versions")}:
        rows = warehouse.rows(
            f"select definitions from {versions} as versions where prediction = ? and version = ?",
            [request.prediction, version],
        )
        if rows:
            return dict(json.loads(rows[0][0] or "{}"))
    return {}
