"""What acting on scores is worth: gains, lift, the profit curve and where to cut it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foretell.spec import Value
from foretell.training.metrics import CALIBRATION_BINS, Bools, Floats

#: Points of a gains curve: every twentieth of the rows.
POINTS = 20


def break_even(value: Value) -> float | None:
    """The probability from which acting is worth more than it costs; None where it has no price.

    Acting on a row with probability p brings ``p * true_positive + (1 - p) * false_positive``,
    which is above 0 from ``-false_positive / (true_positive - false_positive)`` on (Elkan, 2001).
    It holds as far as probabilities are calibrated.
    """
    if value.true_positive is None or value.false_positive is None:
        return None
    return -value.false_positive / (value.true_positive - value.false_positive)


def named_rows(value: Value, scores: Floats) -> int:
    """How many of an as-of time's rows would be acted on.

    As many as the capacity, or where there is none, a tenth of the rows; where acting has a price,
    only rows from which more is expected than acting costs.
    """
    cut = break_even(value)
    rows = len(scores)
    if cut is None:
        return min(rows, value.capacity or max(1, rows // 10))
    return min(value.capacity or rows, int((scores >= cut).sum()))


def worth(value: Value, *, named: int, hits: int) -> float | None:
    """What acting on rows has brought, of which some were positives; None where it has no price."""
    if value.true_positive is None or value.false_positive is None:
        return None
    return hits * value.true_positive + (named - hits) * value.false_positive


@dataclass(frozen=True)
class Gain:
    """What acting on the highest scores finds.

    Attributes
    ----------
    named, threshold
        How many rows, and the score of the last of them.
    positives
        How many of these are positives.
    lift
        By how many times more than among as many rows at random.
    value
        What acting on them has brought; None where it has no price.
    is_chosen
        Whether it is the cut that the spec asks for.
    """

    named: int
    threshold: float
    positives: int
    lift: float
    value: float | None
    is_chosen: bool


def gains(value: Value, labels: Bools, scores: Floats) -> list[Gain]:
    """The gains curve of an as-of time's rows, with its profit and the chosen cut."""
    rows, positives = len(labels), int(labels.sum())
    if not rows or not positives:
        return []
    order = np.argsort(-scores, kind="stable")
    hits = np.concatenate([[0], np.cumsum(labels[order])])
    chosen = named_rows(value, scores)
    cuts = sorted({*(rows * step // POINTS for step in range(1, POINTS + 1)), chosen} - {0})
    return [
        Gain(
            named=named,
            threshold=float(scores[order[named - 1]]),
            positives=int(hits[named]),
            lift=float(hits[named] / named / (positives / rows)),
            value=worth(value, named=named, hits=int(hits[named])),
            is_chosen=named == chosen,
        )
        for named in cuts
    ]


@dataclass(frozen=True)
class Bin:
    """Rows of much the same score: what was promised and what came true."""

    rows: int
    mean_score: float
    positive_rate: float


def calibration_bins(labels: Bools, scores: Floats) -> list[Bin]:
    """Ten bins of equal size, from low to high scores."""
    order = np.argsort(scores, kind="stable")
    return [
        Bin(len(positions), float(scores[positions].mean()), float(labels[positions].mean()))
        for positions in np.array_split(order, min(CALIBRATION_BINS, len(order)))
        if len(positions)
    ]
