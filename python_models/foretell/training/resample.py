"""How sure a difference is: the same rows, drawn again with whole entities at a time.

A household that is in the rows of three dates is drawn with all three or not at all, since its
dates are not independent (the cluster bootstrap; Davison and Hinkley, 1997, section 3.8). What
hits all entities of a date at once, such as a holiday, is not in these intervals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foretell.spec import Task
from foretell.training.metrics import METRICS, Floats, Labels, gain, score_by
from foretell.training.rows import Rows

RESAMPLES = 200
#: Share of resamples inside an interval.
CONFIDENCE = 0.95


@dataclass(frozen=True)
class MetricDifference:
    """By how much a metric is better than its rival's on the same rows; above 0 is better.

    Attributes
    ----------
    mean
        On all rows.
    lower, upper
        Ends of the 95 % percentile interval of the resamples.
    error
        Their standard deviation.
    confidence
        Share of the resamples in which it is more than the margin that was asked for.
    """

    mean: float
    lower: float
    upper: float
    error: float
    confidence: float


def codes_of(rows: Rows, entity: str) -> NDArray[np.int64]:
    """A number for each entity, one per row."""
    encoded = rows.table.column(entity).combine_chunks().dictionary_encode()
    return np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)


class Resamples:
    """All rows once, then ``RESAMPLES`` times entities drawn with replacement.

    Parameters
    ----------
    entity
        ``(rows,)`` numbers from 0 on, one for each entity.
    """

    def __init__(self, entity: NDArray[np.int64], *, seed: int) -> None:
        count = int(entity.max()) + 1 if len(entity) else 0
        random, even = np.random.default_rng(seed), np.full(count, 1 / max(1, count))
        self._entity = entity
        self._counts = np.ones((1 + RESAMPLES, count), dtype=np.float32)
        for number in range(RESAMPLES):
            self._counts[number + 1] = random.multinomial(count, even)
        self._weights: Floats | None = None

    def values(self, task: Task, metric: str, labels: Labels, scores: Floats) -> Floats:
        """``(1 + RESAMPLES,)`` values of a metric of the same scores."""
        definition = METRICS[task][metric]
        if definition.per_row is None:
            if self._weights is None:
                self._weights = self._counts[:, self._entity].astype(np.float64)
            return score_by(task, metric, labels, scores, self._weights)
        # A mean needs no more than each entity's sum.
        sums = np.bincount(self._entity, definition.per_row(labels, scores))
        sizes = np.bincount(self._entity)
        means = (self._counts @ sums) / (self._counts @ sizes)
        return np.asarray(np.sqrt(means) if definition.is_root else means)


def difference(
    task: Task, metric: str, values: Floats, rival_values: Floats, *, margin: float = 0.0
) -> MetricDifference:
    """From the values of a metric on all rows and on each resample, for both."""
    changes = np.array(
        [
            gain(task, metric, value, rival_value)
            for value, rival_value in zip(values, rival_values, strict=True)
        ]
    )
    resampled = changes[1:][~np.isnan(changes[1:])]
    if not len(resampled):
        return MetricDifference(float(changes[0]), -np.inf, np.inf, np.inf, 0.0)
    edge = (1 - CONFIDENCE) / 2
    lower, upper = np.quantile(resampled, [edge, 1 - edge])
    return MetricDifference(
        float(changes[0]),
        float(lower),
        float(upper),
        float(resampled.std()),
        float((resampled > margin).mean()),
    )


def compare_scores(
    task: Task,
    metric: str,
    labels: Labels,
    scores: Floats,
    rival_scores: Floats,
    resamples: Resamples,
    *,
    margin: float = 0.0,
) -> MetricDifference:
    """How two scores of the same rows differ."""
    return difference(
        task,
        metric,
        resamples.values(task, metric, labels, scores),
        resamples.values(task, metric, labels, rival_scores),
        margin=margin,
    )
