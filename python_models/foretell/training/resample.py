"""How sure a difference is: the same rows, drawn again with whole entities at a time.

A household that is in the rows of three dates is drawn with all three or not at all, since its
dates are not independent (the cluster bootstrap; Davison and Hinkley, 1997, section 3.8). What
hits all entities of a date at once, such as a holiday, is not in these intervals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foretell.training.metrics import Bools, Floats, gain, score_by
from foretell.training.rows import Rows

RESAMPLES = 200
#: Share of resamples inside an interval.
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Difference:
    """By how much one is better than another on the same rows; above 0 is better.

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


def entity_weights(entity: NDArray[np.int64], *, seed: int) -> Floats:
    """``(1 + RESAMPLES, rows)`` weights: all rows once, then entities drawn with replacement."""
    count = int(entity.max()) + 1 if len(entity) else 0
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), RESAMPLES)
    return np.vstack([np.ones(len(entity)), drawn[:, entity]]).astype(np.float64)


def difference(metric: str, ours: Floats, theirs: Floats, *, margin: float = 0.0) -> Difference:
    """From the values of a metric on all rows and on each resample, for both."""
    changes = np.array([gain(metric, one, other) for one, other in zip(ours, theirs, strict=True)])
    resampled = changes[1:][~np.isnan(changes[1:])]
    if not len(resampled):
        return Difference(float(changes[0]), -np.inf, np.inf, np.inf, 0.0)
    edge = (1 - CONFIDENCE) / 2
    lower, upper = np.quantile(resampled, [edge, 1 - edge])
    return Difference(
        float(changes[0]),
        float(lower),
        float(upper),
        float(resampled.std()),
        float((resampled > margin).mean()),
    )


def compare(
    metric: str,
    labels: Bools,
    ours: Floats,
    theirs: Floats,
    weights: Floats,
    *,
    margin: float = 0.0,
) -> Difference:
    """How two scores of the same rows differ."""
    return difference(
        metric,
        score_by(metric, labels, ours, weights),
        score_by(metric, labels, theirs, weights),
        margin=margin,
    )
