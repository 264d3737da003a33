"""What serves: a fitted pipeline with its calibration or intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.spec import Task
from foretell.training.calibration import Calibration
from foretell.training.intervals import Intervals
from foretell.training.metrics import Floats

if TYPE_CHECKING:
    from pandas import DataFrame


class Model:
    """A fitted pipeline and what turns its output into scores.

    Attributes
    ----------
    task
        What its scores are: probabilities of the positive class, of each class, or values.
    classes
        Of a multiclass task, in the order of the scores' columns.
    """

    def __init__(
        self,
        pipeline: Any,
        *,
        task: Task,
        classes: tuple[str, ...] = (),
        calibration: Calibration | None = None,
        intervals: Intervals | None = None,
    ) -> None:
        self.pipeline, self.task, self.classes = pipeline, task, list(classes)
        self.calibration, self.intervals = calibration, intervals

    def scores(self, frame: DataFrame) -> Floats:
        """``(rows,)`` probabilities or values; ``(rows, classes)`` of a multiclass task."""
        raw = raw_scores(self.pipeline, frame, task=self.task, classes=len(self.classes))
        return self.calibration.apply(raw) if self.calibration is not None else raw


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
