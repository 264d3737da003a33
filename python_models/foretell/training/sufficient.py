"""Whether the matured labels can be learnt from, and if not, when they will be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from foretell.errors import DataError
from foretell.ground.names import MATURES_AT
from foretell.ground.relation import quoted
from foretell.request import Request
from foretell.staging.staged import Staged
from foretell.training.cutoffs import MIN_JUDGED, MIN_OF_EACH_CLASS, MIN_ROWS, Cutoff
from foretell.training.rows import Rows
from foretell.warehouse.protocol import Warehouse


def check_sufficient(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    rows: Rows,
    cutoffs: Sequence[Cutoff],
) -> None:
    """Refuse to learn from too little.

    Raises:
        DataError: fewer matured labels than needed, or one outcome only.
    """
    spec, outcomes = staged.spec, np.unique(rows.labels)
    have = f"{request.prediction} has {len(rows):,} matured labels"
    if spec.task == "binary":
        have += f" ({int(rows.labels.sum()):,} positive)"
    if len(rows) >= MIN_ROWS and len(outcomes) == 1:
        (only,) = rows.classes or (str(outcomes[0]).lower(),)
        raise DataError(
            f"{have}: all are {only}, and one outcome alone cannot be learnt from. Check the label "
            f"{spec.label} in its SQL."
        )
    if cutoffs:
        return
    each = (
        "" if spec.task == "regression" else f" with at least {MIN_OF_EACH_CLASS} of each outcome"
    )
    if spec.is_flat:
        raise DataError(f"{have}. Needed are {MIN_ROWS} rows{each}. Add rows whose label is known.")
    later = "both outcomes" if spec.task == "binary" else f"{MIN_JUDGED} rows"
    raise DataError(
        f"{have}. Needed are {MIN_ROWS} rows{each} that were known at a cut-off, and a later as-of "
        f"time with {later} to judge by. {_expected(request, staged, warehouse)}"
    )


def _expected(request: Request, staged: Staged, warehouse: Warehouse) -> str:
    """From which date there will be enough rows, if the rows that wait settle as usual."""
    as_of = f"cast({quoted(staged.key[1])} as timestamp)"
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
