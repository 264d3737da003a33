"""What a reader sees, changed all at once: scores, champion, backtest, the prediction's view."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from foretell.features.kept import kept_rows
from foretell.ground.relation import Relation, quoted
from foretell.published import columns_of, select_none, view_columns
from foretell.publishing.trained import store_training
from foretell.registry.versions import RESET
from foretell.request import Request
from foretell.scoring.columns import score_arrays
from foretell.scoring.fitted import Fitted
from foretell.staging.staged import Staged
from foretell.stores.record import Row, event_row, now
from foretell.training.cutoffs import FOLDS
from foretell.training.train import Training
from foretell.warehouse.protocol import Warehouse

#: Columns that say when and how rows were made, of all rows of a run alike.
_MADE = ("origin", "today", "scored_at", "run_id")


def publish(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    *,
    training: Training | None,
    made: int | None,
    fitted: Fitted,
    learned: Sequence[Row],
    run_id: str,
) -> None:
    """Make new scores and a new champion visible, in one transaction.

    Parameters
    ----------
    training
        What was trained in this run, if anything.
    made
        The number of the version that this made, if any.
    fitted
        The version that scored: the one made, or the champion while that one waits for approval.
    learned
        What the gates have learned, for its store.
    """
    promoted = made is not None and made == fitted.version
    backtest = request.store(f"{request.prediction}__backtest")
    first = promoted and not _has_rows(request, warehouse)
    if first and training is not None:
        _stage_backtest(backtest, warehouse, training)
    with warehouse.transaction():
        _begin_anew(request, warehouse, run_id)
        live = _made(request, request.scored, origin="live", run_id=run_id)
        warehouse.add_rows(request.history, live)
        kept = kept_rows(request, staged, warehouse, version=fitted.version, run_id=run_id)
        warehouse.add_rows(request.kept, kept)
        _keep_set_aside(request, warehouse, run_id)
        warehouse.append(request.store("learned_expectations"), learned)
        if training is not None:
            store_training(request, staged, warehouse, training, made, run_id, promoted=promoted)
            if first:
                scored = _made(request, backtest, origin="backtest", run_id=run_id)
                warehouse.add_rows(
                    request.history,
                    scored.replace("select ", f"select {made} as model_version, ", 1),
                )
        _replace_view(request, staged, warehouse)
    warehouse.drop(backtest)


def publish_nothing(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    *,
    training: Training | None,
    made: int | None,
    learned: Sequence[Row],
    run_id: str,
) -> None:
    """An empty prediction where nothing scores, for those downstream.

    There is no row to learn from yet, or the first version waits for approval.
    """
    with warehouse.transaction():
        _begin_anew(request, warehouse, run_id)
        if training is not None:
            store_training(request, staged, warehouse, training, made, run_id, promoted=False)
        _keep_set_aside(request, warehouse, run_id)
        warehouse.append(request.store("learned_expectations"), learned)
        if not warehouse.exists(request.history):
            _make_empty(request, staged, warehouse, run_id)


def _make_empty(request: Request, staged: Staged, warehouse: Warehouse, run_id: str) -> None:
    """A prediction without rows, with the columns that it will have."""
    # What `_made` adds is not among what was scored.
    scored = [one for one in columns_of(staged.spec) if one.name not in _MADE]
    warehouse.stage(request.scored, select_none(scored, str(staged.relation), flat=False))
    none = _made(request, request.scored, origin="live", run_id=run_id)
    warehouse.add_rows(request.history, none)
    _replace_view(request, staged, warehouse)


def _begin_anew(request: Request, warehouse: Warehouse, run_id: str) -> None:
    """Drop the history and forget the champion, where the run asked for it."""
    if request.full_refresh and request.reset:
        warehouse.drop(request.history, request.kept)
        reset = event_row(
            request,
            run_id=run_id,
            version=None,
            event=RESET,
            message="History dropped and champion forgotten, as foretell_reset asked",
        )
        warehouse.append(request.store("model_events"), [reset])


def _has_rows(request: Request, warehouse: Warehouse) -> bool:
    return warehouse.exists(request.history) and not (request.full_refresh and request.reset)


def _made(request: Request, scores: Relation, *, origin: str, run_id: str) -> str:
    """Query for scores with the columns that say when and how they were made."""
    return (
        f"select scores.*, '{origin}' as origin, cast('{request.today}' as date) as today, "
        f"cast('{now():%Y-%m-%d %H:%M:%S.%f}' as timestamp) as scored_at, "
        f"'{run_id}' as run_id from {scores} as scores"
    )


def _keep_set_aside(request: Request, warehouse: Warehouse, run_id: str) -> None:
    """Rows that the input gate set aside in this run, with the reasons."""
    if warehouse.exists(request.set_aside):
        rows = (
            f"select set_aside.*, cast('{request.today}' as date) as foretell_today, "
            f"cast('{now():%Y-%m-%d %H:%M:%S.%f}' as timestamp) as foretell_at, "
            f"'{run_id}' as foretell_run_id from {request.set_aside} as set_aside"
        )
        # Its columns are the training query's, which a new version may have otherwise.
        warehouse.add_rows(request.quarantine, rows, as_text=True)


def _stage_backtest(relation: Relation, warehouse: Warehouse, training: Training) -> None:
    """The first champion's backtest scores: a history to look at before there is a live one."""
    assert training.winner is not None  # noqa: S101
    assert training.model is not None  # noqa: S101
    parts = []
    for cutoff, scores in zip(training.cutoffs, training.winner.scores, strict=True):
        # Repeated folds score a row again: once is enough to look at.
        if cutoff.fold is not None and cutoff.fold > FOLDS:
            continue
        test = training.rows.take(cutoff.test)
        columns = score_arrays(training.model, scores)
        columns["matures_at"] = pa.array(test.matures_at.astype("datetime64[us]"))
        table = test.table
        for name, values in columns.items():
            table = table.append_column(name, values)
        parts.append(table)
    warehouse.stage_arrow(relation, pa.concat_tables(parts))


def _replace_view(request: Request, staged: Staged, warehouse: Warehouse) -> None:
    """One live row per entity and as-of time; `is_latest` marks each entity's newest."""
    entity, as_of = (quoted(name) for name in staged.key)
    have = warehouse.columns(request.history)
    named = [quoted(name) for name in view_columns(staged.spec, have)]
    columns = ",\n        ".join([entity, as_of, *named])
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
