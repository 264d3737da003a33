"""Reads what scikit-learn has fitted as arrays and numbers, which score without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretell.scorers.inputs import Categories
from foretell.scorers.leaves import LEAF, At
from foretell.scorers.linear import Linear, Numbers
from foretell.scorers.link import Link
from foretell.scorers.trees import Trees


def arrays_of(pipeline: Any, *, classes: int) -> Linear | Trees | None:
    """What a fitted pipeline does to a row; None where that is more than arrays and numbers say.

    It reads texts, or is none of foretell's linear models and boosted trees.

    Parameters
    ----------
    classes
        Of a multiclass task, else 0.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import HuberRegressor, LogisticRegression, PoissonRegressor, RidgeCV
    from sklearn.pipeline import Pipeline

    if not isinstance(pipeline, Pipeline) or len(pipeline.steps) != 2:
        return None
    encode, estimator = (step for _, step in pipeline.steps)
    if not isinstance(encode, ColumnTransformer):
        return None
    if type(estimator) in (HuberRegressor, LogisticRegression, PoissonRegressor, RidgeCV):
        encoders = _linear_encoders(encode)
        return None if encoders is None else _linear(encoders, estimator, classes)
    if type(estimator) in (HistGradientBoostingClassifier, HistGradientBoostingRegressor):
        columns = _tree_encoders(encode)
        return None if columns is None else _trees(columns, estimator, classes)
    return None


def _linear(encoders: list[Numbers | Categories], estimator: Any, classes: int) -> Linear:
    from sklearn.linear_model import LogisticRegression, PoissonRegressor

    weights = np.atleast_2d(np.asarray(estimator.coef_, dtype=np.float64))
    intercept = np.atleast_1d(np.asarray(estimator.intercept_, dtype=np.float64))
    if not isinstance(estimator, LogisticRegression):
        link: Link = "log" if isinstance(estimator, PoissonRegressor) else "identity"
        return Linear(tuple(encoders), weights, intercept, link)
    if not classes:
        return Linear(tuple(encoders), weights, intercept, "logistic")
    if len(weights) == 1:  # Of two classes scikit-learn keeps the weights of the second.
        weights = np.vstack([np.zeros_like(weights), weights])
        intercept = np.append(0.0, intercept)
    fitted_classes = np.asarray(estimator.classes_, dtype=np.int64)
    all_weights, all_intercepts = np.zeros((classes, weights.shape[1])), np.full(classes, -np.inf)
    all_weights[fitted_classes], all_intercepts[fitted_classes] = weights, intercept
    return Linear(tuple(encoders), all_weights, all_intercepts, "softmax")


def _trees(encoders: list[str | Categories], estimator: Any, classes: int) -> Trees | None:
    asks, at, unknown_left = _nodes(estimator)
    baseline = np.asarray(estimator._baseline_prediction, dtype=np.float64).ravel()
    link: Link = "log" if estimator.loss == "poisson" else "identity"
    if hasattr(estimator, "classes_"):
        link = "softmax" if classes else "logistic"
    outputs: tuple[int, ...] = (0,)
    intercept = baseline
    if classes:
        fitted_classes = [int(position) for position in estimator.classes_]
        # Of two classes scikit-learn keeps the trees of the second.
        outputs = tuple(fitted_classes[-len(baseline) :])
        intercept = np.full(classes, -np.inf)
        intercept[fitted_classes] = 0.0
        intercept[list(outputs)] = baseline
    trees = Trees(tuple(encoders), asks, at, unknown_left, outputs, intercept, link)
    try:
        trees.check()
    except ValueError:  # Larger than what is looked up.
        return None
    return trees


def _nodes(estimator: Any) -> tuple[NDArray[np.int64], tuple[At, ...], NDArray[np.bool_]]:
    """All nodes of all trees, round by round, each before those on its left, then on its right."""
    asks: list[int] = []
    at: list[At] = []
    unknown_left: list[bool] = []
    for tree in (tree for of_round in estimator._predictors for tree in of_round):
        nodes = {name: tree.nodes[name].tolist() for name in tree.nodes.dtype.names}
        ahead = [0]
        while ahead:
            node = ahead.pop()
            if nodes["is_leaf"][node]:
                asks.append(LEAF)
                at.append(nodes["value"][node])
                unknown_left.append(False)
                continue
            asks.append(nodes["feature_idx"][node])
            unknown_left.append(bool(nodes["missing_go_to_left"][node]))
            if nodes["is_categorical"][node]:
                at.append(_codes(tree.raw_left_cat_bitsets[nodes["bitset_idx"][node]]))
            else:
                at.append(nodes["num_threshold"][node])
            ahead += [nodes["right"][node], nodes["left"][node]]
    return np.asarray(asks, dtype=np.int64), tuple(at), np.asarray(unknown_left, dtype=np.bool_)


def _codes(bits: NDArray[np.uint32]) -> tuple[int, ...]:
    """The codes in a set of them, of which each 32 are the bits of a number.

    >>> _codes(np.asarray([0b101, 0b1], dtype=np.uint32))
    (0, 2, 32)
    """
    return tuple(
        32 * place + bit
        for place, number in enumerate(bits.tolist())
        for bit in range(32)
        if number >> bit & 1
    )


def _linear_encoders(encode: Any) -> list[Numbers | Categories] | None:
    encoders: list[Numbers | Categories] = []
    for name, fitted, columns in _steps(encode):
        if name == "numbers":
            encoders.append(_numbers(fitted, columns))
        elif name == "categories":
            encoders += _one_hot(fitted, columns)
        elif name == "many categories":
            target_encoder, standard = (step for _, step in fitted.steps)
            encoders += _target_encoded(target_encoder, columns, standard)
        else:
            return None
    return encoders


def _tree_encoders(encode: Any) -> list[str | Categories] | None:
    encoders: list[str | Categories] = []
    for name, fitted, columns in _steps(encode):
        if name == "numbers":
            encoders += columns
        elif name == "categories":
            encoders += _codes_of_strings(fitted, columns)
        elif name == "many categories":
            encoders += _target_encoded(fitted, columns)
        else:
            return None
    return encoders


def _steps(encode: Any) -> list[tuple[str, Any, list[str]]]:
    """The parts of a fitted ColumnTransformer with the columns that each looks at, in order."""
    return [
        (name, fitted, [columns] if isinstance(columns, str) else list(columns))
        for name, fitted, columns in encode.transformers_
        if fitted != "drop" and name != "remainder"
    ]


def _numbers(fitted: Any, columns: Sequence[str]) -> Numbers:
    impute, cut, standard = (step for _, step in fitted.steps)
    return Numbers(
        tuple(columns),
        np.asarray(impute.statistics_, dtype=np.float64),
        np.asarray(impute.indicator_.features_, dtype=np.int64),
        np.asarray(cut.scale_),
        np.asarray(cut.min_),
        np.asarray(standard.mean_),
        np.asarray(standard.scale_),
    )


def _one_hot(fitted: Any, columns: Sequence[str]) -> list[Categories]:
    encoders: list[Categories] = []
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


def _codes_of_strings(fitted: Any, columns: Sequence[str]) -> list[Categories]:
    """Each string's code, which rare ones share; one never seen is unknown."""
    import pandas as pd

    encoders: list[Categories] = []
    firsts = dict(zip(columns, (of_column[0] for of_column in fitted.categories_), strict=True))
    for position, name in enumerate(columns):
        categories = fitted.categories_[position]
        rows = pd.DataFrame(firsts | {name: categories})
        codes = np.asarray(fitted.transform(rows)[:, position], dtype=np.float64)
        known = {str(category): place for place, category in enumerate(categories)}
        numbers = np.append(codes, np.nan)[:, np.newaxis]
        encoders.append(Categories(name, known, len(categories), numbers))
    return encoders


def _target_encoded(fitted: Any, columns: Sequence[str], standard: Any = None) -> list[Categories]:
    """The outcome that each string stands for, of each class; standardised where asked for."""
    is_multiclass = fitted.target_type_ == "multiclass"
    width = len(fitted.classes_) if is_multiclass else 1
    mean = np.atleast_1d(np.asarray(fitted.target_mean_, dtype=np.float64))
    encoders: list[Categories] = []
    for position, name in enumerate(columns):
        categories = [str(category) for category in fitted.categories_[position]]
        span = slice(position * width, (position + 1) * width)
        encodings = np.column_stack([np.asarray(encoding) for encoding in fitted.encodings_[span]])
        numbers = np.vstack([encodings, mean])
        if standard is not None:
            numbers = (numbers - standard.mean_[span]) / standard.scale_[span]
        known = {category: place for place, category in enumerate(categories)}
        encoders.append(Categories(name, known, len(categories), numbers))
    return encoders
