"""How rows are split: at successive cut-offs in time, or where there is no time, in folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from foretell.training.blocks import blocks_of, day_of
from foretell.training.rows import Labels, Rows

#: Cut-offs at most, and how many of those before the last count in any case.
MAX_CUTOFFS, RECENT = 6, 2
#: Rows, and rows times features, that are learnt from at a cut-off that selects.
MAX_LEARNT, MAX_LEARNT_VALUES = 100_000, 10_000_000
#: Of a flat table: share that decides promotion, folds of the rest, rows below which they repeat.
HELD_OUT, FOLDS = 0.25, 5
SMALL, REPEATS = 1_000, 3
#: What can be learnt from at the least.
MIN_ROWS = 100
MIN_OF_EACH_CLASS = 10
MIN_JUDGED = 10
#: Classes that are told apart at most: each has trees, and a column of probabilities, of its own.
MAX_CLASSES = 200


@dataclass(frozen=True)
class Cutoff:
    """One split.

    Attributes
    ----------
    at
        The first as-of time of the test rows; of a flat table, the day on which it is read.
    train
        Rows whose outcome was known at that instant (purged row by row); a bounded sample of
        them, but at the last cut-off.
    test
        Rows of the block that starts there.
    fold
        Of a flat table: which fold it is; None for the rows that decide promotion.
    """

    at: date
    train: NDArray[np.int64]
    test: NDArray[np.int64]
    fold: int | None = None


@dataclass(frozen=True)
class Cutoffs:
    """The splits, oldest first (the one that decides last), and what was passed over.

    Attributes
    ----------
    notes
        Sentences about as-of times that cannot be judged by.
    """

    all: tuple[Cutoff, ...]
    notes: tuple[str, ...] = ()


def cutoffs_of(rows: Rows, *, is_flat: bool = False, seed: int = 0) -> Cutoffs:
    """Cut-offs that can be learnt and judged, spread over the last year, oldest first.

    A flat table has no time to split by: a quarter, drawn by its keys and the seed with the same
    mix of outcomes, decides promotion, and five folds of the rest, three times over where rows are
    few, decide selection.
    """
    if is_flat:
        return _folds(rows, seed)
    blocks = blocks_of(rows)
    usable = []
    for first, last in reversed(blocks.all):
        test = np.flatnonzero((rows.as_of >= first) & (rows.as_of <= last))
        # A row with a `matures_at` of its own may mature the instant it starts: a test row.
        train = np.flatnonzero((rows.matures_at <= first) & (rows.as_of < first))
        can_judge = _can_be_judged(rows, rows.labels[test])
        if can_judge and can_be_learnt(rows, rows.labels[train]):
            usable.append(Cutoff(at=day_of(first), train=train, test=test))
    cutoffs = _spread(usable)
    selecting = _bounded(cutoffs[1:], rows, seed)
    return Cutoffs((*selecting[::-1], *cutoffs[:1]), blocks.notes)


def _spread(usable: Sequence[Cutoff]) -> list[Cutoff]:
    """Of cut-offs, newest first, the one that decides and those that select, spread over a year.

    Seasons differ, so the newest alone would select for one of them. But a cut-off that learns
    from few rows favours what is simple, and the winner will learn from all: so beside the newest,
    only those count that have half as many rows to learn from as the last.
    """
    if not usable:
        return []
    last, *earlier = usable
    comparable = [
        cutoff
        for number, cutoff in enumerate(earlier)
        if number < RECENT
        or (last.at - cutoff.at <= timedelta(days=366) and 2 * len(cutoff.train) >= len(last.train))
    ]
    most = min(len(comparable), MAX_CUTOFFS - 1)
    positions = np.unique(np.linspace(0, len(comparable) - 1, most).round().astype(int))
    return [last, *(comparable[position] for position in positions)]


def _bounded(cutoffs: Sequence[Cutoff], rows: Rows, seed: int) -> list[Cutoff]:
    """The same cut-offs with fewer rows to learn from, where there are many: beyond that number
    candidates hardly differ, and further cut-offs tell more than further rows.
    """
    most = min(MAX_LEARNT, MAX_LEARNT_VALUES // max(1, len(rows.names)))
    if all(len(cutoff.train) <= most for cutoff in cutoffs):
        return list(cutoffs)
    numbers = rows.draws(f"learnt {seed}", columns=rows.table.column_names)
    return [
        replace(
            cutoff,
            train=np.sort(cutoff.train[np.argsort(numbers[cutoff.train], kind="stable")[:most]]),
        )
        for cutoff in cutoffs
    ]


def can_be_learnt(rows: Rows, labels: Labels, *, least: int | None = None) -> bool:
    """Whether there is enough to learn from, and more than one outcome."""
    if len(labels) < (MIN_ROWS if least is None else least):
        return False
    if rows.task == "regression":
        return bool(labels.min() < labels.max())
    counts = np.bincount(labels.astype(np.int64), minlength=2)
    return int((counts >= MIN_OF_EACH_CLASS).sum()) >= 2


def _can_be_judged(rows: Rows, labels: Labels) -> bool:
    if rows.task == "binary":
        return 0 < int(labels.sum()) < len(labels)
    return len(labels) >= MIN_JUDGED


def _folds(rows: Rows, seed: int) -> Cutoffs:
    if not can_be_learnt(rows, rows.labels):
        return Cutoffs(())
    at = day_of(rows.as_of.max())
    everything = np.arange(len(rows))
    (rest, held_out), *_ = _split(rows, everything, round(1 / HELD_OUT), f"held out {seed}")
    splits = []
    for repeat in range(REPEATS if len(rows) < SMALL else 1):
        splits += _split(rows, rest, FOLDS, f"folds {seed + repeat}")
    folds = [
        Cutoff(at=at, train=train, test=test, fold=number)
        for number, (train, test) in enumerate(splits, start=1)
        if can_be_learnt(rows, rows.labels[train], least=MIN_ROWS // 2)
        and _can_be_judged(rows, rows.labels[test])
    ]
    if not _can_be_judged(rows, rows.labels[held_out]):
        return Cutoffs(())
    note = (
        "The table has no as-of times, so the past was not respected: rows were split at random, "
        "and what features knew only after the outcome counts as known before"
    )
    return Cutoffs((*folds, Cutoff(at=at, train=rest, test=held_out)), (note,))


def _split(
    rows: Rows, positions: NDArray[np.int64], parts: int, purpose: str
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Training and test positions of each part, with the same mix of outcomes in all.

    Rows of an outcome are dealt to the parts in turn, by the number that their entity draws for a
    purpose. Of an outcome with fewer rows than parts, some parts have none.
    """
    numbers = rows.draws(purpose, columns=rows.table.column_names[:1])[positions]
    labels = np.zeros(len(positions)) if rows.task == "regression" else rows.labels[positions]
    part_of = np.empty(len(positions), dtype=np.int64)
    part_of[np.lexsort((numbers, labels))] = np.arange(len(positions)) % parts
    return [(positions[part_of != part], positions[part_of == part]) for part in range(parts)]
