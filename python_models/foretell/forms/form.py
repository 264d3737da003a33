"""The serving form of a version: what scores, as a function of plain columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from foretell.scorers.inputs import Columns
from foretell.scorers.scorer import Scorer, scorer_of
from foretell.spec import Task
from foretell.training.calibration import Calibration
from foretell.training.intervals import Intervals
from foretell.training.metrics import Floats
from foretell.training.model import Model

if TYPE_CHECKING:
    from foretell.training.train import Training

#: How many rows that a version has learnt from its form and its estimator are compared on.
COMPARED = 1_000


@dataclass(frozen=True)
class ServingForm:
    """What scores rows.

    Attributes
    ----------
    task
        What its scores are: probabilities of the positive class, of each class, or values.
    classes
        Of a multiclass task, in the order of the scores' columns.
    raw
        What makes scores before calibration.
    """

    task: Task
    classes: tuple[str, ...]
    raw: Scorer
    calibration: Calibration | None = None
    intervals: Intervals | None = None

    def scores(self, columns: Columns) -> Floats:
        """``(rows,)`` probabilities or values; ``(rows, classes)`` of a multiclass task."""
        scores = self.raw(columns)
        return self.calibration.apply(scores) if self.calibration is not None else scores


def serving_form(model: Model, seen: Columns | None = None) -> ServingForm:
    """The serving form of a fitted model: arrays where they say what it does, else its estimator.

    Parameters
    ----------
    seen
        Rows that it has seen, on which both are compared.
    """
    classes = tuple(model.classes)
    raw = scorer_of(model.pipeline, task=model.task, classes=len(classes), seen=seen)
    return ServingForm(model.task, classes, raw, model.calibration, model.intervals)


def form_of_training(training: Training) -> ServingForm:
    """The serving form of what a training made, compared with its estimator on rows that it saw."""
    assert training.model is not None  # noqa: S101
    assert training.winner is not None  # noqa: S101
    positions = np.unique(np.linspace(0, len(training.rows) - 1, COMPARED).astype(np.int64))
    frame = training.winner.contender.inputs(training.rows.take(positions))
    return serving_form(training.model, {name: np.asarray(frame[name]) for name in frame})
