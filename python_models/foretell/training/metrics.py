"""How good scores are, and how sure one can be of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretell.spec import Task

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Labels = NDArray[Any]

#: Probabilities nearer to 0 or 1 than this count as this far away: no row's loss is infinite.
_EDGE = 1e-6
#: Bins of equal size in which calibration is judged.
CALIBRATION_BINS = 10


@dataclass(frozen=True)
class Metric:
    """One way to judge scores against outcomes.

    Attributes
    ----------
    words
        As a stakeholder reads it.
    per_row
        ``(rows,)`` values whose mean it is; None where it looks at the order of all rows.
    is_root
        Whether it is the root of that mean, in the unit of the label.
    """

    words: str
    lower_is_better: bool
    per_row: Callable[[Labels, Floats], Floats] | None = None
    is_root: bool = False


#: The one figure of a task that people know; of a regression, the metric of its spec.
HEADLINES: dict[Task, str] = {"binary": "roc_auc", "multiclass": "accuracy"}


def _log_losses(labels: Bools, scores: Floats) -> Floats:
    clipped = np.clip(scores, _EDGE, 1 - _EDGE)
    return np.asarray(-np.where(labels, np.log(clipped), np.log1p(-clipped)))


def _class_log_losses(labels: Labels, scores: Floats) -> Floats:
    clipped = np.clip(scores, _EDGE, 1)
    clipped = clipped / clipped.sum(axis=1, keepdims=True)
    return np.asarray(-np.log(clipped[np.arange(len(labels)), labels]))


def _hits(labels: Labels, scores: Floats) -> Floats:
    return np.asarray(scores.argmax(axis=1) == labels, dtype=np.float64)


METRICS: dict[Task, dict[str, Metric]] = {
    "binary": {
        "roc_auc": Metric("AUC", False),
        "average_precision": Metric("average precision", False),
        "brier": Metric(
            "Brier score", True, lambda labels, scores: (scores - labels.astype(np.float64)) ** 2
        ),
        "log_loss": Metric("log loss", True, _log_losses),
    },
    "multiclass": {
        "log_loss": Metric("log loss", True, _class_log_losses),
        "accuracy": Metric("accuracy", False, _hits),
    },
    "regression": {
        "mae": Metric("mean absolute error", True, lambda labels, scores: np.abs(scores - labels)),
        "rmse": Metric(
            "root mean squared error",
            True,
            lambda labels, scores: (scores - labels) ** 2,
            is_root=True,
        ),
    },
}


def evaluate(task: Task, labels: Labels, scores: Floats) -> dict[str, float]:
    """All metrics of a task for scores with known outcomes.

    Binary: AUC, the probability that a random positive is scored above a random negative; average
    precision; Brier score, the mean squared distance between probability and outcome (Brier, 1950);
    log loss; calibration error. Multiclass: log loss and accuracy. Regression: mean absolute and
    root mean squared error in the unit of the label, and the bias, mean score minus mean outcome.
    AUC and average precision need both classes and are left out where one is missing.
    """
    values = {}
    evenly = np.ones((1, len(scores)))
    for name, metric in METRICS[task].items():
        if metric.per_row is not None or (labels.any() and not labels.all()):
            values[name] = float(score_by(task, name, labels, scores, evenly)[0])
    if task == "binary":
        values["calibration_error"] = calibration_error(labels, scores)
    if task == "regression":
        values["bias"] = float(scores.mean() - labels.mean())
    return values


def calibration_error(labels: Bools, scores: Floats) -> float:
    """By how much probabilities differ from what came true, on average over ten equal bins.

    The expected calibration error with bins of equal size (Nixon et al., 2019): 0.02 means that
    where 30 % were promised, 28 to 32 % came true. Honest probabilities of few rows have one too.
    """
    gaps = [
        abs(float(labels[positions].mean()) - float(scores[positions].mean())) * len(positions)
        for positions in calibration_bins(scores)
    ]
    return sum(gaps) / max(1, len(scores))


def calibration_bins(scores: Floats) -> list[NDArray[np.int_]]:
    """Places of the rows in ten bins of equal size, the lowest scores first."""
    return np.array_split(np.argsort(scores, kind="stable"), min(CALIBRATION_BINS, len(scores)))


def score_by(task: Task, metric: str, labels: Labels, scores: Floats, weights: Floats) -> Floats:
    """A metric of the same scores under many weightings of the rows, such as resamples.

    Parameters
    ----------
    weights
        ``(weightings, rows)`` doubles, 0 or more.

    Returns
    -------
    ``(weightings,)`` values; NaN where a ranking metric lacks one of the classes.
    """
    definition = METRICS[task][metric]
    if definition.per_row is not None:
        means = weights @ definition.per_row(labels, scores) / weights.sum(axis=1)
        return np.asarray(np.sqrt(means) if definition.is_root else means)
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
    filled = np.nan_to_num(values, nan=float(np.nanmedian(values)))
    return float(score_by("binary", "roc_auc", labels, filled, np.ones((1, len(values))))[0])


def gain(task: Task, metric: str, challenger: float, rival: float) -> float:
    """By how much a challenger's value of a metric beats its rival's; above 0 is better."""
    lower = METRICS[task][metric].lower_is_better
    return rival - challenger if lower else challenger - rival


def named(labels: Bools, scores: Floats, capacity: int) -> tuple[int, int]:
    """How many rows would be acted on, and how many of those are positives.

    The ``capacity`` highest scores are named; ties keep the order of the rows.
    """
    positions = np.argsort(-scores, kind="stable")[:capacity]
    return len(positions), int(labels[positions].sum())
