"""How good scores are, and how sure one can be of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def _log_loss(labels: Bools, scores: Floats) -> float:
    return float(log_loss(labels, np.clip(scores, 1e-6, 1 - 1e-6), labels=[False, True]))


_METRICS: dict[str, Callable[[Bools, Floats], float]] = {
    "roc_auc": lambda labels, scores: float(roc_auc_score(labels, scores)),
    "average_precision": lambda labels, scores: float(average_precision_score(labels, scores)),
    "brier": lambda labels, scores: float(brier_score_loss(labels, scores)),
    "log_loss": _log_loss,
}
_LOWER_IS_BETTER = {"brier", "log_loss"}


def evaluate(labels: Bools, scores: Floats) -> dict[str, float]:
    """AUC, average precision, Brier score and log loss of probabilities.

    AUC is the probability that a random positive is scored above a random negative; Brier is
    the mean squared distance between probability and outcome (Brier, 1950). AUC and average
    precision need both classes and are left out where one is missing.
    """
    both = bool(labels.any()) and not bool(labels.all())
    ranked = {"roc_auc", "average_precision"}
    return {
        name: metric(labels, scores)
        for name, metric in _METRICS.items()
        if both or name not in ranked
    }


def score_by(metric: str, labels: Bools, scores: Floats, weights: Floats) -> Floats:
    """A metric of the same scores under many weightings of the rows, such as resamples.

    Parameters
    ----------
    weights
        ``(weightings, rows)`` doubles, 0 or more.

    Returns
    -------
    ``(weightings,)`` values; NaN where a ranking metric lacks one of the classes.
    """
    if metric in ("brier", "log_loss"):
        truth = labels.astype(np.float64)
        if metric == "brier":
            losses = (scores - truth) ** 2
        else:
            clipped = np.clip(scores, 1e-6, 1 - 1e-6)
            losses = -np.where(labels, np.log(clipped), np.log1p(-clipped))
        return np.asarray(weights @ losses / weights.sum(axis=1))
    # Rows with one score are one step of the curve, whatever their order.
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=np.nan) != 0)
    positive = np.add.reduceat(weights[:, order] * labels[order], starts, axis=1)
    negative = np.add.reduceat(weights[:, order] * ~labels[order], starts, axis=1)
    hits, misses = positive.cumsum(axis=1), negative.cumsum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        if metric == "average_precision":
            precision = np.nan_to_num(hits / (hits + misses))
            return np.asarray((positive * precision).sum(axis=1) / hits[:, -1])
        above = (negative * (hits - positive / 2)).sum(axis=1)
        return np.asarray(above / (hits[:, -1] * misses[:, -1]))


def rank_auc(labels: Bools, values: Floats) -> float | None:
    """AUC of any numbers that order rows, such as a rule's; None where a class is missing."""
    if not labels.any() or labels.all() or np.isnan(values).all():
        return None
    return float(roc_auc_score(labels, np.nan_to_num(values, nan=float(np.nanmedian(values)))))


def gain(metric: str, challenger: float, other: float) -> float:
    """By how much a challenger's value of a metric is better than another's; above 0 is better."""
    return other - challenger if metric in _LOWER_IS_BETTER else challenger - other


def named(labels: Bools, scores: Floats, capacity: int) -> tuple[int, int]:
    """How many rows would be acted on, and how many of those are positives.

    The ``capacity`` highest scores are named; ties keep the order of the rows.
    """
    chosen = np.argsort(-scores, kind="stable")[:capacity]
    return len(chosen), int(labels[chosen].sum())
