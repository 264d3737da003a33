"""What scores rows before any calibration: arrays where they are the same model, else itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.scorers.frames import frame_of
from foretell.scorers.from_sklearn import arrays_of
from foretell.scorers.inputs import Columns, Floats
from foretell.spec import Task

if TYPE_CHECKING:
    from pandas import DataFrame

#: Columns by name to ``(rows,)`` probabilities or values; ``(rows, classes)`` of a multiclass task.
Scorer = Callable[[Columns], Floats]

#: By how much scores by arrays may differ from those of the estimator that they were read from.
SAME = 1e-9


def scorer_of(
    pipeline: Any, *, task: Task, classes: int = 0, seen: Columns | None = None
) -> Scorer:
    """What scores as a fitted pipeline does.

    Arrays and the estimator are compared on rows with all values that either may treat differently.

    Parameters
    ----------
    classes
        Of a multiclass task, else 0.
    seen
        Rows that it has seen, on which they are compared, too.
    """
    estimator = _by_estimator(pipeline, task=task, classes=classes)
    try:
        arrays = arrays_of(pipeline, classes=classes)
        if arrays is None:
            return estimator
        # What overflows is told by `differ`.
        with np.errstate(over="ignore", invalid="ignore"):
            tried = [arrays.to_try(), *([] if seen is None else [seen])]
            is_same = all(differ(arrays(rows), estimator(rows)) <= SAME for rows in tried)
    except Exception:
        # A pipeline of a project's own may look like one of foretell's.
        return estimator
    return arrays if is_same else estimator


def raw_scores(pipeline: Any, frame: DataFrame, *, task: Task, classes: int = 0) -> Floats:
    """A pipeline's own scores, before any calibration.

    A class that it has not seen while it was fitted has probability 0.
    """
    if not len(frame):
        return np.empty((0, classes) if task == "multiclass" else 0)
    if task == "regression":
        return np.asarray(pipeline.predict(frame), dtype=np.float64)
    probabilities = np.asarray(pipeline.predict_proba(frame), dtype=np.float64)
    if task == "binary":
        return np.ascontiguousarray(probabilities[:, 1])
    scores = np.zeros((len(frame), classes))
    scores[:, np.asarray(pipeline.classes_, dtype=np.int64)] = probabilities
    return scores


def differ(scores: Floats, reference: Floats) -> float:
    """The largest difference, relative where scores are larger than 1; infinite if one is NaN."""
    difference = np.abs(scores - reference) / np.maximum(1.0, np.abs(reference))
    return float(np.nan_to_num(difference, nan=np.inf).max(initial=0.0))


def _by_estimator(pipeline: Any, *, task: Task, classes: int) -> Scorer:
    def scores(columns: Columns) -> Floats:
        rows = len(next(iter(columns.values()))) if columns else 0
        return raw_scores(pipeline, frame_of(columns, rows=rows), task=task, classes=classes)

    return scores
