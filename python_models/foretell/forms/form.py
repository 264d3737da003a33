"""The serving form of a version: what scores, as a function of plain columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from foretell.forms.from_sklearn import form_of_pipeline
from foretell.forms.inputs import Columns
from foretell.spec import Task
from foretell.training.calibration import Calibration
from foretell.training.intervals import Intervals
from foretell.training.metrics import Floats
from foretell.training.model import Model, raw_scores

if TYPE_CHECKING:
    from pandas import DataFrame

    from foretell.training.train import Training

#: By how much scores by arrays may differ from those of the estimator that they were read from, and
#: how many rows that it has seen are compared.
SAME, COMPARED = 1e-9, 1_000


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
        Columns by name, doubles (NaN where unknown) or strings, to scores before calibration.
    """

    task: Task
    classes: tuple[str, ...]
    raw: Callable[[Columns], Floats]
    calibration: Calibration | None = None
    intervals: Intervals | None = None

    def scores(self, columns: Columns) -> Floats:
        """``(rows,)`` probabilities or values; ``(rows, classes)`` of a multiclass task."""
        scores = self.raw(columns)
        return self.calibration.apply(scores) if self.calibration is not None else scores


def serving_form(model: Model, columns: Columns | None = None) -> ServingForm:
    """The serving form of a fitted model: arrays where they say what it does, else its estimator.

    Arrays and the estimator are compared on rows with all values that either may treat differently.

    Parameters
    ----------
    columns
        Rows that it has seen, on which they are compared, too.
    """
    by_estimator = _by_estimator(model)
    arrays = form_of_pipeline(model.pipeline, classes=len(model.classes))
    raw = by_estimator if arrays is None else arrays
    if arrays is not None:
        for rows in (arrays.to_try(), *([] if columns is None else [columns])):
            if differ(arrays(rows), by_estimator(rows)) > SAME:
                raw = by_estimator
    return ServingForm(model.task, tuple(model.classes), raw, model.calibration, model.intervals)


def form_of_training(training: Training) -> ServingForm:
    """The serving form of what a training made, compared with its estimator on rows that it saw."""
    assert training.model is not None  # noqa: S101
    assert training.winner is not None  # noqa: S101
    positions = np.unique(np.linspace(0, len(training.rows) - 1, COMPARED).astype(np.int64))
    frame = training.winner.contender.inputs(training.rows.take(positions))
    return serving_form(training.model, {name: np.asarray(frame[name]) for name in frame})


def differ(scores: Floats, reference: Floats) -> float:
    """The largest difference, relative where scores are larger than 1; infinite if one is NaN."""
    difference = np.abs(scores - reference) / np.maximum(1.0, np.abs(reference))
    return float(np.nan_to_num(difference, nan=np.inf).max(initial=0.0))


def _by_estimator(model: Model) -> Callable[[Columns], Floats]:
    def raw(columns: Columns) -> Floats:
        return raw_scores(
            model.pipeline, _frame(columns), task=model.task, classes=len(model.classes)
        )

    return raw


def _frame(columns: Columns) -> DataFrame:
    import pandas as pd

    from foretell.training.rows import with_columns

    rows = len(next(iter(columns.values()))) if columns else 0
    return with_columns(pd.DataFrame(index=pd.RangeIndex(rows)), columns)
