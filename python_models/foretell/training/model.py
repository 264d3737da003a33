"""What serves: a fitted pipeline with its calibration or intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from foretell.scorers.scorer import raw_scores
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
