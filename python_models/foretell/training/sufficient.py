"""Whether the matured labels can be learnt from, and if not, when they will be."""

from __future__ import annotations

from datetime import datetime

from foretell.errors import DataError
from foretell.request import Request
from foretell.staging import MATURES_AT, Staged
from foretell.training.backtest import Cutoff
from foretell.training.rows import Rows
from foretell.warehouse.protocol import Warehouse
from foretell.warehouse.relation import quoted

MIN_ROWS = 100
MIN_OF_EACH_CLASS = 10


def check_sufficient(
    request: Request, staged: Staged, warehouse: Warehouse, rows: Rows, cutoffs: list[Cutoff]
) -> None:
    """Refuse to learn from too little.

    Raises:
        DataError: fewer matured labels than needed, or one class only.
    """
    positives = int(rows.labels.sum())
    have = f"{request.prediction} has {len(rows):,} matured labels ({positives:,} positive)"
    if len(rows) >= MIN_ROWS and positives in (0, len(rows)):
        raise DataError(
            f"{have}: all are {'true' if positives else 'false'}, and one outcome alone cannot "
            f"be learnt from. Check the label {staged.spec.label} in its SQL."
        )
    if not cutoffs:
        raise DataError(
            f"{have}. Needed are {MIN_ROWS} rows with at least {MIN_OF_EACH_CLASS} of each "
            "outcome that were known at a cut-off, and a later as-of time with both outcomes to "
            f"judge by. {_expected(request, staged, warehouse)}"
        )


def _expected(request: Request, staged: Staged, warehouse: Warehouse) -> str:
    """From which date there will be enough rows, if the rows that wait settle as usual."""
    as_of = f"cast({quoted(staged.spec.as_of)} as timestamp)"
    blocks: list[tuple[datetime, datetime, int]] = warehouse.rows(
        f"select {as_of}, {MATURES_AT}, count(*) from {staged.relation} "
        f"where {MATURES_AT} is not null group by 1, 2 order by 2"
    )
    for _, ready, _ in blocks:
        for start, matures, _ in blocks:
            known = sum(count for _, matured, count in blocks if matured <= start)
            if matures <= ready and ready.date() > request.today and known >= MIN_ROWS:
                return f"Judging by the rows that wait, there will be enough from {ready:%Y-%m-%d}."
    return (
        "The rows that wait to mature will not be enough either, so no date can be given: add "
        "earlier as-of times to the spine, or run again when there is a later one."
    )
