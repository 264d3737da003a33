"""The serving form of linear models: arrays and numbers, which no library has to read.

What a fitted pipeline does to a row, written out: fill, cut, scale, look categories up, weigh, add.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from foretell.training.metrics import Floats

Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Numbers:
    """Numeric columns, each as one of the model's inputs, then a flag for those that miss values.

    Attributes
    ----------
    names, fills
        The columns, and what stands in where one is unknown.
    flagged
        Positions of the columns that have a flag.
    scale, offset, mean, spread
        ``(inputs,)``: scaled to what was learnt from, cut to 0 and 1, then standardised.
    """

    names: tuple[str, ...]
    fills: Floats
    flagged: NDArray[np.int64]
    scale: Floats
    offset: Floats
    mean: Floats
    spread: Floats

    def inputs(self, columns: Columns) -> Floats:
        """``(rows, inputs)``."""
        values = np.column_stack([columns[name] for name in self.names])
        unknown = np.isnan(values)
        filled = np.where(unknown, self.fills, values)
        inputs = np.column_stack([filled, unknown[:, self.flagged].astype(np.float64)])
        cut = np.clip(inputs * self.scale + self.offset, 0.0, 1.0)
        return np.asarray((cut - self.mean) / self.spread)


@dataclass(frozen=True)
class Categories:
    """A column of strings, each of which stands for some numbers.

    Attributes
    ----------
    name
        The column.
    known
        What each string of the training rows stands for: a row of ``numbers``.
    unseen
        The row of a string that was not among them.
    numbers
        ``(strings, inputs)``.
    """

    name: str
    known: Mapping[str, int]
    unseen: int
    numbers: Floats

    def inputs(self, columns: Columns) -> Floats:
        """``(rows, inputs)``."""
        strings, places = np.unique(columns[self.name].astype(str), return_inverse=True)
        rows = np.asarray(
            [self.known.get(string, self.unseen) for string in strings], dtype=np.int64
        )
        return np.asarray(self.numbers[rows[places]])


@dataclass(frozen=True)
class Linear:
    """Weights of all inputs, and what makes a score of their sum.

    Attributes
    ----------
    encoders
        In the order of the weights.
    weights, intercept
        ``(outputs, inputs)`` and ``(outputs,)``. Of a class that was not there while it was fitted
        the weights are 0 and the intercept is ``-inf``: its probability is 0.
    link
        ``identity`` for numbers, ``logistic`` for yes or no, ``softmax`` for classes.
    """

    encoders: tuple[Numbers | Categories, ...]
    weights: Floats
    intercept: Floats
    link: Literal["identity", "logistic", "softmax"]

    def __call__(self, columns: Columns) -> Floats:
        """``(rows,)`` values or probabilities; ``(rows, outputs)`` of classes."""
        inputs = np.column_stack([encoder.inputs(columns) for encoder in self.encoders])
        sums = inputs @ self.weights.T + self.intercept
        if self.link == "softmax":
            return np.asarray(softmax(sums, axis=1))
        return np.asarray(expit(sums[:, 0]) if self.link == "logistic" else sums[:, 0])


def linear_form(pipeline: Any, *, classes: int) -> Linear | None:
    """The linear model that a fitted pipeline is; None where it is none, or reads texts.

    Parameters
    ----------
    classes
        Of a multiclass task, else 0.
    """
    from sklearn.linear_model import HuberRegressor, LogisticRegression, RidgeCV
    from sklearn.pipeline import Pipeline

    if not isinstance(pipeline, Pipeline) or len(pipeline.steps) != 2:
        return None
    encode, estimator = (step for _, step in pipeline.steps)
    kinds = (HuberRegressor, LogisticRegression, RidgeCV)
    encoders = _encoders(encode) if type(estimator) in kinds else None
    if encoders is None:
        return None
    weights = np.atleast_2d(np.asarray(estimator.coef_, dtype=np.float64))
    intercept = np.atleast_1d(np.asarray(estimator.intercept_, dtype=np.float64))
    if not isinstance(estimator, LogisticRegression):
        return Linear(tuple(encoders), weights, intercept, "identity")
    if not classes:
        return Linear(tuple(encoders), weights, intercept, "logistic")
    if len(weights) == 1:  # Of two classes scikit-learn keeps the weights of the second.
        weights = np.vstack([np.zeros_like(weights), weights])
        intercept = np.append(0.0, intercept)
    fitted_classes = np.asarray(estimator.classes_, dtype=np.int64)
    all_weights, all_intercepts = np.zeros((classes, weights.shape[1])), np.full(classes, -np.inf)
    all_weights[fitted_classes], all_intercepts[fitted_classes] = weights, intercept
    return Linear(tuple(encoders), all_weights, all_intercepts, "softmax")


def _encoders(encode: Any) -> list[Numbers | Categories] | None:
    """What a fitted ColumnTransformer does, column by column; None where that is more than this."""
    from sklearn.compose import ColumnTransformer

    if not isinstance(encode, ColumnTransformer):
        return None
    makers = {"numbers": _numbers, "categories": _one_hot, "many categories": _target_encoded}
    encoders: list[Numbers | Categories] = []
    for name, fitted, columns in encode.transformers_:
        if fitted == "drop" or name == "remainder":
            continue
        if name not in makers:
            return None
        encoders += makers[name](fitted, list(columns))
    return encoders


def _numbers(fitted: Any, columns: list[str]) -> list[Numbers | Categories]:
    impute, cut, standard = (step for _, step in fitted.steps)
    return [
        Numbers(
            tuple(columns),
            np.asarray(impute.statistics_, dtype=np.float64),
            np.asarray(impute.indicator_.features_, dtype=np.int64),
            np.asarray(cut.scale_),
            np.asarray(cut.min_),
            np.asarray(standard.mean_),
            np.asarray(standard.scale_),
        )
    ]


def _one_hot(fitted: Any, columns: list[str]) -> list[Numbers | Categories]:
    encoders: list[Numbers | Categories] = []
    for position, name in enumerate(columns):
        categories = [str(category) for category in fitted.categories_[position]]
        rare = fitted.infrequent_categories_[position]
        rare = set() if rare is None else {str(category) for category in rare}
        common = [category for category in categories if category not in rare]
        width = len(common) + bool(rare)
        # The last column is that of all rare strings; one never seen is rare, or has no column.
        numbers = np.vstack([np.eye(width), np.zeros(width)])
        places = {
            category: common.index(category) if category in common else len(common)
            for category in categories
        }
        encoders.append(Categories(name, places, len(common) if rare else width, numbers))
    return encoders


def _target_encoded(fitted: Any, columns: list[str]) -> list[Numbers | Categories]:
    encode, standard = (step for _, step in fitted.steps)
    is_multiclass = encode.target_type_ == "multiclass"
    width = len(encode.classes_) if is_multiclass else 1
    mean = np.atleast_1d(np.asarray(encode.target_mean_, dtype=np.float64))
    encoders: list[Numbers | Categories] = []
    for position, name in enumerate(columns):
        categories = [str(category) for category in encode.categories_[position]]
        span = slice(position * width, (position + 1) * width)
        encodings = np.column_stack([np.asarray(encoding) for encoding in encode.encodings_[span]])
        numbers = np.vstack([encodings, mean])
        scaled = (numbers - standard.mean_[span]) / standard.scale_[span]
        encoders.append(
            Categories(
                name,
                {category: row for row, category in enumerate(categories)},
                len(categories),
                scaled,
            )
        )
    return encoders
