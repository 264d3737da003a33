"""What a reader sees, changed all at once: scores, champion, backtest, the prediction's view."""

from __future__ import annotations

import json
import platform
from datetime import datetime
from importlib.metadata import version as installed

import numpy as np
import pyarrow as pa

from foretell.features.definitions import definitions_of
from foretell.features.kept import kept_rows
from foretell.monitoring.drift import reference_of
from foretell.monitoring.performance import quality
from foretell.registry.artifact import dump
from foretell.registry.fingerprint import (
    features_fingerprint,
    query_fingerprint,
    spec_fingerprint,
)
from foretell.registry.record import Row, event_row, metric_rows, now
from foretell.registry.versions import PROMOTED, RESET
from foretell.request import Request
from foretell.scoring.fitted import Fitted
from foretell.staging import MATURES_AT, RULE, Staged
from foretell.training.train import SEED, Training
from foretell.warehouse.protocol import Warehouse
from foretell.warehouse.relation import Relation, quoted

_LIBRARIES = ("foretell", "scikit-learn", "skops", "numpy", "duckdb")


def publish(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    *,
    training: Training | None,
    fitted: Fitted,
    promoted: bool,
    run_id: str,
) -> None:
    """Make new scores and a new champion visible, in one transaction.

    Parameters
    ----------
    training
        What was trained in this run, if anything.
    fitted
        The version that scored.
    promoted
        Whether it was made in this run.
    """
    version = fitted.version if promoted else None
    backtest = request.store(f"{request.prediction}__backtest")
    first = version is not None and not _has_rows(request, warehouse)
    if first and training is not None:
        _stage_backtest(backtest, warehouse, training)
    with warehouse.transaction():
        if request.full_refresh and request.reset:
            warehouse.drop(request.history, request.kept)
            reset = event_row(
                request, run_id=run_id, version=None, event=RESET,
                message="History dropped and champion forgotten, as foretell_reset asked",
            )  # fmt: skip
            warehouse.append(request.store("model_events"), [reset])
        live = _made(request, request.scored, origin="live", run_id=run_id)
        _append_to(request.history, warehouse, live)
        kept = kept_rows(
            request, staged, fitted.recipe.features, version=fitted.version, run_id=run_id
        )
        _append_to(request.kept, warehouse, kept)
        if training is not None:
            _store_training(request, staged, warehouse, training, version, run_id)
            if first:
                made = _made(request, backtest, origin="backtest", run_id=run_id)
                _append_to(
                    request.history,
                    warehouse,
                    made.replace("select ", f"select {version} as model_version, ", 1),
                )
        _replace_view(request, staged, warehouse)
    warehouse.drop(backtest)


def publish_nothing(request: Request, staged: Staged, warehouse: Warehouse, *, run_id: str) -> None:
    """An empty prediction where there is no row to score or to learn from, for those downstream."""
    if warehouse.exists(request.history):
        return
    entity, as_of = (quoted(name) for name in staged.key)
    reasons = [
        f"cast(null as varchar) as {quoted(f'reason_{number}')}"
        for number in range(1, staged.spec.reasons + 1)
    ]
    none_scored = ", ".join(
        [
            entity,
            as_of,
            "cast(null as double precision) as score",
            f"{MATURES_AT} as matures_at",
            *reasons,
            "cast(null as integer) as model_version",
        ]
    )
    with warehouse.transaction():
        warehouse.stage(request.scored, f"select {none_scored} from {staged.relation} where 1 = 0")
        made = _made(request, request.scored, origin="live", run_id=run_id)
        _append_to(request.history, warehouse, made)
        _replace_view(request, staged, warehouse)


def _has_rows(request: Request, warehouse: Warehouse) -> bool:
    return warehouse.exists(request.history) and not (request.full_refresh and request.reset)


def _made(request: Request, scores: Relation, *, origin: str, run_id: str) -> str:
    """Query for scores with the columns that say when and how they were made."""
    return (
        f"select scores.*, '{origin}' as origin, cast('{request.today}' as date) as today, "
        f"cast('{now():%Y-%m-%d %H:%M:%S.%f}' as timestamp) as scored_at, "
        f"'{run_id}' as run_id from {scores} as scores"
    )


def _append_to(relation: Relation, warehouse: Warehouse, made: str) -> None:
    """Append typed rows to one of the prediction's own tables; columns are added, never dropped."""
    have = warehouse.columns(relation)
    if not have:
        warehouse.execute(f"create table {relation} as {made}")
        return
    staging = relation.sibling(f"{relation.name}__made")
    warehouse.stage(staging, made)
    for name, kind in warehouse.columns(staging).items():
        if name not in have:
            warehouse.execute(f"alter table {relation} add column {quoted(name)} {kind}")
    columns = ", ".join(quoted(name) for name in warehouse.columns(staging))
    warehouse.execute(f"insert into {relation} ({columns}) select {columns} from {staging}")
    warehouse.drop(staging)


def _store_training(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    training: Training,
    version: int | None,
    run_id: str,
) -> None:
    events: list[Row] = []
    if training.rejected:
        events.append(
            event_row(
                request, run_id=run_id, version=None, event="rejected", message=training.rejected
            )
        )
    if version is not None:
        warehouse.append(
            request.store("model_versions"),
            [_version_row(request, staged, warehouse, training, version, run_id)],
        )
        for event in ("trained", PROMOTED):
            events.append(
                event_row(
                    request, run_id=run_id, version=version, event=event, message=training.verdict
                )
            )
    else:
        events.append(
            event_row(
                request, run_id=run_id, version=None, event="rejected", message=training.verdict
            )
        )
    warehouse.append(request.store("model_events"), events)
    warehouse.append(
        request.store("metrics"), _backtest_metrics(request, staged, training, version, run_id)
    )
    warehouse.append(
        request.store("feature_worth"), _worth_rows(request, staged, training, version, run_id)
    )


def _worth_rows(
    request: Request, staged: Staged, training: Training, version: int | None, run_id: str
) -> list[Row]:
    if training.measured is None:
        return []
    about = {
        "run_id": run_id,
        "prediction": request.prediction,
        "model_version": version if training.winner is training.measured else None,
        "recipe": training.measured.contender.name,
        "today": request.today,
        "measured_at": now(),
        "metric": staged.spec.metric,
    }
    return [
        {
            **about,
            "scope": worth.scope,
            "name": worth.name,
            "feature_view": worth.view,
            "cluster": ", ".join(worth.cluster),
            "importance": worth.importance,
            "worth": worth.worth,
            "worth_lower": worth.lower,
            "worth_upper": worth.upper,
            "verdict": worth.verdict,
            "row_count": worth.rows,
        }
        for worth in training.worths
    ]


def _version_row(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    training: Training,
    version: int,
    run_id: str,
) -> Row:
    assert training.recipe is not None  # noqa: S101
    assert training.winner is not None  # noqa: S101
    artifact, sha256 = dump(training.pipeline)
    definitions = definitions_of(request.views, staged.features)
    rows = training.rows
    looked_at = training.winner.contender.inputs(rows)
    names = training.recipe.features or (RULE,)
    reference = {
        name: reference_of(values) for name, values in zip(names, looked_at.T, strict=True)
    }
    reference["score"] = reference_of(np.concatenate(training.winner.scores))
    return {
        "run_id": run_id,
        "prediction": request.prediction,
        "version": version,
        "created_at": now(),
        "today": request.today,
        "recipe": training.recipe.as_json(),
        "spec_fingerprint": spec_fingerprint(staged.spec),
        "query_fingerprint": query_fingerprint(request.sql, today=request.today),
        "features_fingerprint": features_fingerprint(definitions),
        "definitions": json.dumps(definitions),
        "data_fingerprint": warehouse.fingerprint(staged.labelled),
        "trained_from": rows.as_of.min().astype(datetime),
        "trained_until": rows.matures_at.max().astype(datetime),
        "trained_rows": len(rows),
        "seed": SEED,
        "metrics": json.dumps(training.winner.metrics[-1]),
        "reference": json.dumps(reference),
        "libraries": json.dumps(
            {name: installed(name) for name in _LIBRARIES} | {"python": platform.python_version()}
        ),
        "sha256": sha256,
        "artifact": artifact,
    }


def _backtest_metrics(
    request: Request, staged: Staged, training: Training, version: int | None, run_id: str
) -> list[Row]:
    made: list[Row] = []
    for tried in training.all_tried:
        chosen = tried is training.winner
        for cutoff, scores in zip(training.cutoffs, tried.scores, strict=True):
            test = training.rows.take(cutoff.test)
            rule = test.rule[:, 0] if staged.spec.baseline else None
            values, sentence = quality(staged.spec, test.labels, scores, rule)
            made += metric_rows(
                request,
                run_id=run_id,
                version=version if chosen else None,
                recipe=tried.contender.name,
                origin="backtest",
                as_of=cutoff.at,
                values=values,
                row_count=len(test),
                note=sentence,
            )
    return made


def _stage_backtest(relation: Relation, warehouse: Warehouse, training: Training) -> None:
    """The first champion's backtest scores: a history to look at before there is a live one."""
    assert training.winner is not None  # noqa: S101
    parts = []
    for cutoff, scores in zip(training.cutoffs, training.winner.scores, strict=True):
        test = training.rows.take(cutoff.test)
        parts.append(
            test.table.append_column("score", pa.array(scores)).append_column(
                "matures_at", pa.array(test.matures_at.astype("datetime64[us]"))
            )
        )
    warehouse.stage_arrow(relation, pa.concat_tables(parts))


def _replace_view(request: Request, staged: Staged, warehouse: Warehouse) -> None:
    """One live row per entity and as-of time; `is_latest` marks each entity's newest."""
    entity, as_of = (quoted(name) for name in staged.key)
    reasons = [name for name in warehouse.columns(request.history) if name.startswith("reason_")]
    shown = [entity, as_of, "score", *reasons, "model_version", "origin", "scored_at", "matures_at"]
    columns = ",\n        ".join(shown)
    warehouse.execute(
        f"""create or replace view {request.relation} as
with live as (
    select
        {columns},
        row_number() over (
            partition by {entity}, {as_of} order by scored_at desc, model_version desc
        ) as newest_first
    from {request.history}
    where origin = 'live'
),

newest as (
    select
        {columns}
    from live
    where newest_first = 1
)

select
    {columns.replace("        ", "    ")},
    {as_of} = max({as_of}) over (partition by {entity}) as is_latest
from newest"""
    )
