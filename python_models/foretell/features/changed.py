"""Whether what was known then is still what it was: rows scored before, and rows of the past."""

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
    if since is None or not warehouse.exists(request.kept):
        return []
    matured = f"staged.{IS_MATURED} and staged.{MATURES_AT} > {staged.dialect.instant(since)}"
    same = " and ".join(f"kept.{quoted(name)} = staged.{quoted(name)}" for name in staged.key)
    versions = warehouse.rows(
        f"select distinct kept.foretell_version from {request.published_kept} as kept inner join "
        f"{staged.relation} as staged on {same} where {matured} order by 1"
    )
    today = definitions_of(request.views, staged.features)
    found = []
    for (version,) in versions:
        then = _definitions_of_version(request, version, warehouse)
        # A feature that is defined otherwise now is a different feature, not a restated one.
        names = [one for one, definition in today.items() if definition == then.get(one)]
        for one in differences(request, staged, warehouse, names, version=version, where=matured):
            if one.differ:
                share = one.differ / one.rows
                view = request.view_of(one.feature)
                found.append(
                    Finding(
                        "restated", "warning" if share > FEW else "info",
                        view.name if view else None, one.feature, share,
                        f"{one.feature} of {one.differ:,} of {one.rows:,} rows is not what it was "
                        f"when v{version} scored them: its source was restated or arrived late, "
                        "or looks past the as-of time.",
                    )
                )  # fmt: skip
    return found


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
    before: Sequence[tuple[datetime, str]] = warehouse.rows(
        f"select settled_before, fingerprint from {request.seen('feature_views')} as views "
        "where prediction = ? and feature_view = ? and definition_fingerprint = ? "
        "order by recorded_at desc limit 1",
        [request.prediction, view.name, view.fingerprint()],
    )
    for settled, text in before:
        then, made_anew = Fingerprint.read(text), _fingerprint(view, settled, warehouse)
        days = made_anew.days_changed(then)
        # Figures by a different method, or version of the engine, tell nothing.
        if not days:
            continue
        was, are = then.rows, made_anew.rows
        rows = f"{was:,} then, {are:,} now" if was != are else f"{are:,}, some with other values"
        yield Finding(
            "rows changed", "warning", view.name, None, None,
            f"{view.name} has changed in the past: its rows dated before {settled:%Y-%m-%d} are "
            f"not those of the run before ({rows}; of {_dates(days)}); if rows become known late, "
            "declare `known_at`, or `settle` in the spec.",
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
    named = ["earlier days" if day == EARLIER else day for day in days]
    if len(named) <= MOST_NAMED:
        return " and ".join(", ".join(named).rsplit(", ", 1))
    return f"{len(named)} days from {named[0]} to {named[-1]}"


def _past(view: FeatureView, settled: datetime, dialect: Dialect) -> str:
    """Query for a view's rows before an instant, as far as features read them."""
    until = dialect.instant(settled)
    read = [quoted(name) for name in (view.entity, view.at, view.known_at, view.order_by) if name]
    if view.until:
        # The end of what lasts is written when it ends: that is no change of the past.
        end = quoted(view.until)
        read.append(f"case when {dialect.as_instant(end)} < {until} then {end} end as {end}")
    read += [quoted(name) for name in view.reads if name not in view.keys]
    read += [
        f"({dialect.fold(condition)}) as foretell_where_{at}"
        for at, condition in enumerate(view.filters)
    ]
    times = [name for name in (view.at, view.known_at) if name]
    past = " and ".join(f"{dialect.as_instant(quoted(name))} < {until}" for name in times)
    return f"select {', '.join(read)} from {view.relation} where {past or '1 = 1'}"


def _definitions_of_version(request: Request, version: int, warehouse: Warehouse) -> Definitions:
    """The feature set that any version chose from; empty for one that is no longer borrowed."""
    for versions in {request.seen("model_versions"), request.champion_seen("model_versions")}:
        found = warehouse.rows(
            f"select definitions from {versions} as versions where prediction = ? and version = ?",
            [request.prediction, version],
        )
        if found:
            return dict(json.loads(found[0][0] or "{}"))
    return {}
