"""Where a number will lie in nine of ten cases: conformal intervals around expected values.

Split conformal prediction (Vovk, Gammerman and Shafer, 2005) with the residuals of rows that a
model has not learnt from, separately for low and high scores (Mondrian), since what is large
varies more. The promise holds where later rows are like earlier ones, so its coverage is measured.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from foretell.training.metrics import Floats

#: Share of outcomes that an interval is to hold.
COVERAGE = 0.9
#: Groups of scores with residuals of their own, and how many of these each needs.
GROUPS, ENOUGH = 10, 200
#: Residuals without which no tail of a twentieth can be told.
LEAST = 20


class Intervals:
    """How far outcomes lie below and above a score, by the score's group.

    Attributes
    ----------
    edges
        Scores between the groups.
    below, above
        ``(groups,)`` residuals at 5 % and 95 %.
    least
        No outcome was ever lower, so no interval goes below; ``-inf`` where some were negative.
    """

    def __init__(
        self,
        edges: NDArray[np.float64],
        below: NDArray[np.float64],
        above: NDArray[np.float64],
        least: float,
    ) -> None:
        self.edges, self.below, self.above, self.least = edges, below, above, least

    def around(self, scores: Floats) -> tuple[Floats, Floats]:
        """Lower and upper ends for each score."""
        group = np.searchsorted(self.edges, scores, side="right")
        lower = np.maximum(scores + self.below[group], self.least)
        return lower, np.maximum(scores + self.above[group], lower)


def fit_intervals(labels: Floats, scores: Floats) -> Intervals | None:
    """Intervals from rows that the model has not learnt from; None where these are too few."""
    groups = min(GROUPS, len(labels) // ENOUGH)
    if len(labels) < LEAST:
        return None
    edges = _edges(scores, groups)
    group = np.searchsorted(edges, scores, side="right")
    residuals = labels - scores
    below, above = np.empty(len(edges) + 1), np.empty(len(edges) + 1)
    for number in range(len(edges) + 1):
        inside = np.sort(residuals[group == number])
        # The finite-sample correction: of n residuals, the (n + 1) q-th is taken.
        rank = min(len(inside), int(np.ceil((len(inside) + 1) * (1 + COVERAGE) / 2)))
        below[number], above[number] = inside[-rank], inside[rank - 1]
    return Intervals(edges, below, above, 0.0 if labels.min() >= 0 else float("-inf"))


def _edges(scores: Floats, groups: int) -> NDArray[np.float64]:
    """Scores between groups of much the same size; where many are tied, of fewer groups."""
    order = np.sort(scores)
    edges: list[float] = []
    last = 0
    for at in (len(order) * number // max(1, groups) for number in range(1, groups)):
        first = int(np.searchsorted(order, order[at], side="left"))
        if first - last >= ENOUGH and len(order) - first >= ENOUGH:
            edges.append(float(order[at]))
            last = first
    return np.asarray(edges, dtype=np.float64)


def intervals(
    labels: Sequence[Floats], scores: Sequence[Floats]
) -> tuple[Intervals | None, dict[str, float]]:
    """The intervals to serve with, and how those of earlier cut-offs did at the last.

    Returns
    -------
    Intervals from all cut-offs, and metrics: the share of outcomes inside, the mean width, the
    pinball losses of both ends (Koenker and Bassett, 1978). No metrics where there is one cut-off.
    """
    metrics: dict[str, float] = {}
    if len(scores) > 1:
        earlier = fit_intervals(np.concatenate(labels[:-1]), np.concatenate(scores[:-1]))
        if earlier is not None:
            metrics = judge_intervals(labels[-1], *earlier.around(scores[-1]))
    return fit_intervals(np.concatenate(labels), np.concatenate(scores)), metrics


def judge_intervals(labels: Floats, lower: Floats, upper: Floats) -> dict[str, float]:
    """Coverage, width and pinball losses of intervals whose outcomes are known."""
    tail = (1 - COVERAGE) / 2
    return {
        "coverage_90": float(((lower <= labels) & (labels <= upper)).mean()),
        "interval_width": float((upper - lower).mean()),
        "pinball_05": _pinball(labels, lower, tail),
        "pinball_95": _pinball(labels, upper, 1 - tail),
    }


def _pinball(labels: Floats, ends: Floats, quantile: float) -> float:
    missed = labels - ends
    return float(np.maximum(quantile * missed, (quantile - 1) * missed).mean())
