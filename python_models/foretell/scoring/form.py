"""The serving form of a version: what scores, as a function of plain columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from foretell.scoring.linear import Columns, linear_form
from foretell.spec import Task
from foretell.training.calibration import Calibration
from foretell.training.intervals import Intervals
from foretell.training.metrics import Floats
from foretell.training.model import Model, raw_scores

if TYPE_CHECKING:
    from pandas import DataFrame


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
        found = self.raw(columns)
        return self.calibration.apply(found) if self.calibration is not None else found


def serving_form(model: Model) -> ServingForm:
    """The serving form of a fitted model: arrays where it is linear, else its estimator."""
    linear = linear_form(model.pipeline)
    raw = _by_estimator(model)
    if linear is not None:
        raw = _by_class(linear, model) if model.task == "multiclass" else linear
    return ServingForm(model.task, tuple(model.classes), raw, model.calibration, model.intervals)


def _by_estimator(model: Model) -> Callable[[Columns], Floats]:
    def raw(columns: Columns) -> Floats:
        return raw_scores(
            model.pipeline, _frame(columns), task=model.task, classes=len(model.classes)
        )

    return raw


def _by_class(linear: Callable[[Columns], Floats], model: Model) -> Callable[[Columns], Floats]:
    """Scores of all classes; one that was not there while it was fitted has probability 0."""
    seen = np.asarray(model.pipeline.classes_, dtype=np.int64)

    def raw(columns: Columns) -> Floats:
        found = linear(columns)
        if found.ndim == 1:
            found = np.column_stack([1 - found, found])
        scores = np.zeros((len(found), len(model.classes)))
        scores[:, seen] = found
        return scores

    return raw


def _frame(columns: Columns) -> DataFrame:
    import pandas as pd

    from foretell.training.rows import with_columns

    rows = len(next(iter(columns.values()))) if columns else 0
    return with_columns(pd.DataFrame(index=pd.RangeIndex(rows)), columns)
