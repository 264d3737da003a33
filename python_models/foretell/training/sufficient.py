"""Whether the matured labels can be learnt from, and if not, when they will be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from foretell.errors import DataError
from foretell.ground.names import IS_MATURED, MATURES_AT
from foretell.ground.relation import quoted
from foretell.request import Request
from foretell.staging.staged import Staged
from foretell.training.cutoffs import (
    MAX_CLASSES,
    MIN_JUDGED,
    MIN_OF_EACH_CLASS,
    MIN_ROWS,
    Cutoff,
    cutoffs_of,
)
from foretell.training.rows import MAX_ROWS, Labels, Rows
from foretell.warehouse.protocol import Warehouse

_DAY = np.timedelta64(1, "D")
_EVEN = np.arange(2)
#: Dates from here on stand for "never", which is no date to wait for.
_NEVER = "9999-01-01"


def check_sufficient(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    rows: Rows,
    cutoffs: Sequence[Cutoff],
) -> None:
    """Refuse to learn from too little.

    Raises
    ------
    DataError
        Fewer matured labels than needed, or one outcome only.
    """
    spec, outcomes = staged.spec, np.unique(rows.labels)
    sentence = f"{request.prediction} has {len(rows):,} matured labels{_of_each(rows)}"
    if len(rows.classes) > MAX_CLASSES:
        raise DataError(
            f"{sentence}. One of at most {MAX_CLASSES} classes is predicted, and each has a column "
            f"of probabilities: in the SQL of the label {spec.label}, group what is rare, such as "
            "into 'other', or predict a coarser class."
        )
    if not len(rows) and (matured := _matured(staged, warehouse)) >= MIN_ROWS:
        raise DataError(
            f"The label {spec.label} of {request.prediction} is null in all {matured:,} rows that "
            "have matured, so there is nothing to learn from. Check it in its SQL; what is no "
            "number counts as null."
        )
    if len(rows) >= MIN_ROWS and len(outcomes) == 1:
        (only,) = rows.classes or (str(outcomes[0]).lower(),)
        raise DataError(
            f"{sentence}: all are {only}, and one outcome alone cannot be learnt from. Check the "
            f"label {spec.label} in its SQL."
        )
    if cutoffs:
        return
    clause = {
        "binary": f" with at least {MIN_OF_EACH_CLASS} of each outcome",
        "multiclass": f" with at least two classes of {MIN_OF_EACH_CLASS} rows or more",
        "regression": "",
    }[spec.task]
    if spec.is_flat:
        raise DataError(
            f"{sentence}. Needed are {MIN_ROWS} rows{clause}. Add rows whose label is known."
        )
    later = "both outcomes" if spec.task == "binary" else f"{MIN_JUDGED} rows"
    raise DataError(
        f"{sentence}. Needed are {MIN_ROWS} rows{clause} that were known at a cut-off, and a later "
        f"as-of time with {later} to judge by. {_expected(staged, warehouse, rows)}"
    )


def _matured(staged: Staged, warehouse: Warehouse) -> int:
    """How many rows have an outcome that should be known, whether it is or not."""
    ((count,),) = warehouse.rows(f"select count(*) from ({staged.matured}) as matured")
    return int(count)


def _of_each(rows: Rows) -> str:
    if rows.task == "binary":
        return f" ({int(rows.labels.sum()):,} positive)"
    if rows.task == "multiclass" and len(rows):
        most = int(np.bincount(rows.labels).max())
        return f" of {len(rows.classes):,} classes, the commonest with {most:,} rows"
    return ""


def _expected(staged: Staged, warehouse: Warehouse, rows: Rows) -> str:
    """From which date there will be enough rows, if those that wait turn out as those before."""
    if staged.data_end is not None:
        return staged.data_end.sentence
    waiting = _waiting(staged, warehouse, rows)
    day = waiting.first_day(rows)
    if day is not None and len(rows):
        return f"Judging by the rows that wait, there will be enough from {day}."
    if len(rows) < MIN_ROWS:
        # So few outcomes say little about those to come.
        day = waiting.with_outcomes(_EVEN).first_day(rows)
        if day is not None:
            return f"If outcomes are evenly mixed, there will be enough from {day}."
    return (
        "The rows that wait to mature will not be enough either, so no date can be given: add "
        "earlier as-of times to the spine, or run again when there is a later one."
    )


@dataclass(frozen=True)
class _Waiting:
    """Rows that have not matured, with outcomes like those that are known."""

    as_of: NDArray[np.datetime64]
    matures_at: NDArray[np.datetime64]
    labels: Labels

    def with_outcomes(self, outcomes: Labels) -> _Waiting:
        """The same rows with these outcomes in turn."""
        return replace(self, labels=np.resize(outcomes, len(self.labels)))

    def first_day(self, rows: Rows) -> date | None:
        """The first day on which there are cut-offs, found by halving; None if there is none."""
        # A run sees what has matured when its day begins.
        days = -((np.datetime64(0, "us") - self.matures_at) // _DAY)
        candidates = np.unique(days)
        if not len(candidates) or not self._is_enough(rows, days <= candidates[-1]):
            return None
        low, high = 0, len(candidates) - 1
        while low < high:
            middle = (low + high) // 2
            if self._is_enough(rows, days <= candidates[middle]):
                high = middle
            else:
                low = middle + 1
        day: date = (np.datetime64(0, "D") + int(candidates[high])).astype(date)
        return day

    def _is_enough(self, rows: Rows, matured: NDArray[np.bool_]) -> bool:
        future_rows = Rows(
            table=pa.table({"row": np.arange(len(rows) + int(matured.sum()))}),
            frame=rows.frame.iloc[:0],
            kinds={},
            task=rows.task,
            labels=np.concatenate([rows.labels, self.labels[matured].astype(rows.labels.dtype)]),
            as_of=np.concatenate([rows.as_of, self.as_of[matured]]),
            matures_at=np.concatenate([rows.matures_at, self.matures_at[matured]]),
        )
        return bool(cutoffs_of(future_rows).all)


def _waiting(staged: Staged, warehouse: Warehouse, rows: Rows) -> _Waiting:
    as_of = f"{staged.dialect.as_instant(quoted(staged.key[1]))} as as_of"
    table = warehouse.sample(
        f"select {quoted(staged.key[0])} as entity, {as_of}, {MATURES_AT} as matures_at "
        f"from ({staged.open}) as waiting "
        f"where {MATURES_AT} < {staged.dialect.instant(_NEVER)}",
        key=("entity", "as_of"),
        limit=MAX_ROWS,
    )
    ((matured, known),) = warehouse.rows(
        f"select count(*), count({quoted(staged.spec.label)}) from {staged.relation} "
        f"where {IS_MATURED}"
    )
    # Of the rows that mature, as many will have no outcome as until now.
    count = table.num_rows * known // matured if known else table.num_rows
    positions = np.random.default_rng(0).permutation(table.num_rows)[:count]
    as_of_times, matures_at = (
        np.asarray(
            table.column(name).cast(pa.timestamp("us")).to_numpy(zero_copy_only=False)[positions],
            dtype="datetime64[us]",
        )
        for name in ("as_of", "matures_at")
    )
    # Whatever their entity and time, they get the same mix of outcomes.
    outcomes = np.random.default_rng(0).permutation(rows.labels) if len(rows) else _EVEN
    return _Waiting(as_of_times, matures_at, np.resize(outcomes, count))
