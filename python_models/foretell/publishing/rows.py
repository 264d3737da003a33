"""What a run writes under its id before anybody sees it: scores, feature values, rows set aside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa

from foretell.features.kept import kept_rows
from foretell.ground.relation import quoted
from foretell.published import columns_of, select_none
from foretell.publishing.view import renew_view
from foretell.request import Request
from foretell.scoring.columns import score_arrays
from foretell.staging.staged import Staged
from foretell.stores.record import now
from foretell.training.cutoffs import FOLDS
from foretell.warehouse.dialect import Dialect
from foretell.warehouse.protocol import Warehouse

if TYPE_CHECKING:
    from foretell.scoring.fitted import Fitted
    from foretell.training.train import Training

#: Columns that say when and how rows were made, of all rows of a run alike.
_MADE = ("origin", "today", "scored_at", "run_id")


def write_scores(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    scores: str,
    *,
    version: int,
    run_id: str,
) -> str:
    """Write a query's scores into the history, and beside them the features that they are of.

    Returns
    -------
    Query for them as they stand there.
    """
    rows = _made(request, warehouse.dialect, scores, origin="live", run_id=run_id)
    _add_to_history(request, warehouse, rows)
    kept_features = kept_rows(request, staged, warehouse, version=version, run_id=run_id)
    warehouse.add_rows(request.new_kept, kept_features)
    columns = ", ".join(quoted(name) for name in warehouse.names(scores))
    return (
        f"select {columns} from {request.new_history} where run_id = '{run_id}' and origin = 'live'"
    )


def write_backtest(
    request: Request, warehouse: Warehouse, training: Training, fitted: Fitted, *, run_id: str
) -> None:
    """Write the first champion's backtest: a history to look at before there is a live one."""
    with _staged_backtest(request, warehouse, training, fitted) as scores:
        sql = f"select {fitted.version} as model_version, scores.* from ({scores}) as scores"
        _add_to_history(
            request,
            warehouse,
            _made(request, warehouse.dialect, sql, origin="backtest", run_id=run_id),
        )


def write_no_scores(request: Request, staged: Staged, warehouse: Warehouse, *, run_id: str) -> None:
    """Make the history without rows, with the columns that it will have."""
    # What `_made` adds is not among what is scored.
    scored = [column for column in columns_of(staged.spec) if column.name not in _MADE]
    none = select_none(scored, str(staged.relation), flat=False)
    _add_to_history(
        request, warehouse, _made(request, warehouse.dialect, none, origin="live", run_id=run_id)
    )


def write_set_aside(request: Request, warehouse: Warehouse, *, run_id: str) -> None:
    """Keep the rows that the input gate set aside in this run, with the reasons."""
    if warehouse.exists(request.set_aside):
        rows = (
            f"select set_aside.*, {warehouse.dialect.day(request.today)} as foretell_today, "
            f"{warehouse.dialect.instant(now())} as foretell_at, "
            f"'{run_id}' as foretell_run_id from {request.set_aside} as set_aside"
        )
        # Its columns are the training query's, which a new version may have otherwise.
        warehouse.add_rows(request.quarantine, rows, as_text=True)


def _add_to_history(request: Request, warehouse: Warehouse, rows: str) -> None:
    with warehouse.together():
        warehouse.ensure(request.new_history, rows)
        if not request.begins_anew:
            renew_view(request, warehouse)
    warehouse.add_rows(request.new_history, rows)


def _made(request: Request, dialect: Dialect, scores: str, *, origin: str, run_id: str) -> str:
    """Query for scores with the columns that say when and how they were made."""
    return (
        f"select scores.*, '{origin}' as origin, {dialect.day(request.today)} as today, "
        f"{dialect.instant(now())} as scored_at, "
        f"'{run_id}' as run_id from ({scores}) as scores"
    )


@contextmanager
def _staged_backtest(
    request: Request, warehouse: Warehouse, training: Training, fitted: Fitted
) -> Iterator[str]:
    """Query for the winner's backtest scores, to be read inside the block."""
    assert training.winner is not None  # noqa: S101
    relation = request.table("backtest")
    parts = []
    for cutoff, scores in zip(training.cutoffs, training.winner.scores, strict=True):
        # Repeated folds score a row again: once is enough to look at.
        if cutoff.fold is not None and cutoff.fold > FOLDS:
            continue
        test = training.rows.take(cutoff.test)
        columns = score_arrays(fitted.form, scores)
        columns["matures_at"] = pa.array(test.matures_at.astype("datetime64[us]"))
        table = test.table
        for name, values in columns.items():
            table = table.append_column(name, values)
        parts.append(table)
    try:
        warehouse.stage_arrow(relation, pa.concat_tables(parts))
        yield f"select * from {relation}"
    finally:
        warehouse.drop(relation)
