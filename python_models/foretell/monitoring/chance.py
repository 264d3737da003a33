"""What chance does to figures of few rows: a trust light turns only at more than that."""

from __future__ import annotations

import numpy as np

from foretell.spec import Task
from foretell.training.intervals import COVERAGE
from foretell.training.metrics import Floats, Labels, calibration_bins, calibration_error

#: Chance alone does more in one of twenty samples (one-sided, normal).
_ONE_IN_TWENTY = 1.645


def drop_by_chance(metric: str, value: float, labels: Labels, scores: Floats) -> float | None:
    """How far below the truth a headline figure may lie though nothing changed.

    Its standard error, of one sample of independent rows, times 1.645. Of an AUC by Hanley and
    McNeil (1982); of an accuracy, the binomial's; of errors, that of their mean (of their root,
    by the delta method). Shocks that all rows of a date share come on top.
    """
    rows = len(labels)
    if rows < 2:
        return None
    if metric == "roc_auc":
        positives = int(labels.sum())
        negatives = rows - positives
        if not positives or not negatives:
            return None
        two_positives, two_negatives = value / (2 - value), 2 * value**2 / (1 + value)
        variance = (
            value * (1 - value)
            + (positives - 1) * (two_positives - value**2)
            + (negatives - 1) * (two_negatives - value**2)
        ) / (positives * negatives)
    elif metric == "accuracy":
        variance = value * (1 - value) / rows
    else:
        off = np.abs(scores - labels)
        if metric == "rmse":
            variance = float(np.var(off**2)) / rows / (4 * max(value, 1e-12) ** 2)
        else:
            variance = float(np.var(off)) / rows
    return _ONE_IN_TWENTY * float(np.sqrt(max(variance, 0.0)))


def miscalibration(
    task: Task, labels: Labels, scores: Floats, bounds: tuple[Floats, Floats] | None
) -> tuple[float, float] | None:
    """By how much what was promised differs from what came true, and how much of it is chance.

    Binary: the calibration error. Multiclass: that of the likeliest class (Guo et al., 2017).
    Regression: by how much fewer outcomes lie in their interval than the nine of ten promised;
    None without intervals.
    """
    if not len(labels):
        return None
    if task == "regression":
        if bounds is None or np.isnan(bounds[0]).any():
            return None
        inside = float(((bounds[0] <= labels) & (labels <= bounds[1])).mean())
        by_chance = _ONE_IN_TWENTY * float(np.sqrt(COVERAGE * (1 - COVERAGE) / len(labels)))
        return max(0.0, COVERAGE - inside), by_chance
    if task == "multiclass":
        labels, scores = scores.argmax(axis=1) == labels, scores.max(axis=1)
    return calibration_error(labels, scores), calibration_error_by_chance(scores)


def calibration_error_by_chance(scores: Floats) -> float:
    """The calibration error that honest probabilities exceed in one of twenty samples.

    In each bin the gap between promise and outcome is nearly normal, so its size is half-normal;
    the error is their weighted sum.
    """
    deviations = np.array(
        [
            np.sqrt(float((scores[places] * (1 - scores[places])).sum())) / len(scores)
            for places in calibration_bins(scores)
        ]
    )
    mean = float(deviations.sum()) * np.sqrt(2 / np.pi)
    spread = np.sqrt(float((deviations**2).sum()) * (1 - 2 / np.pi))
    return float(mean + _ONE_IN_TWENTY * spread)
