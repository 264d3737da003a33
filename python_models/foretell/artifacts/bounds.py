"""Trees whose nodes point only to nodes and columns that there are.

scikit-learn follows the numbers in a restored tree without a look, in compiled code: a forged one
would read memory that is not its own. skops leaves that to whoever trusts such trees.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.tree import BaseDecisionTree

_BOOSTING = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)


def check_bounds(model: Any) -> None:
    """Refuse a restored model with a tree that points out of its bounds.

    Raises
    ------
    ValueError
        A tree does.
    """
    for part in _held(model):
        if isinstance(part, BaseDecisionTree) and hasattr(part, "tree_"):
            _check_tree(part)
        elif isinstance(part, _BOOSTING) and hasattr(part, "_predictors"):
            for predictor in (tree for stage in part._predictors for tree in stage):
                _check_predictor(predictor, part)


def _held(model: Any) -> Iterator[Any]:
    """All objects in a model, each once."""
    waiting, seen = [model], set()
    while waiting:
        part = waiting.pop()
        if id(part) in seen or isinstance(
            part, str | bytes | int | float | np.generic | type(None)
        ):
            continue
        seen.add(id(part))
        yield part
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, list | tuple | set):
            waiting.extend(part)
        elif isinstance(part, np.ndarray):
            waiting.extend(part.ravel().tolist() if part.dtype == object else ())
        else:
            waiting.extend(getattr(part, "__dict__", {}).values())


def _check_tree(estimator: Any) -> None:
    tree = estimator.tree_
    inner = np.flatnonzero(tree.children_left != -1)
    _check_children(tree.children_left[inner], tree.children_right[inner], inner, tree.node_count)
    _check_columns(tree.feature[inner], estimator.n_features_in_)
    if tree.n_features != estimator.n_features_in_ or len(tree.value) != tree.node_count:
        raise ValueError("a tree has more or fewer columns or nodes than it says")


def _check_predictor(predictor: Any, estimator: Any) -> None:
    nodes = predictor.nodes
    inner = np.flatnonzero(nodes["is_leaf"] == 0)
    split = nodes[inner]
    _check_children(split["left"], split["right"], inner, len(nodes))
    _check_columns(split["feature_idx"], estimator.n_features_in_)
    by_category = split[split["is_categorical"] != 0]
    if not len(by_category):
        return
    is_categorical = np.asarray(estimator._bin_mapper.is_categorical_)
    bitsets = predictor.raw_left_cat_bitsets
    if (
        len(is_categorical) != estimator.n_features_in_
        or not is_categorical[by_category["feature_idx"].astype(np.int64)].all()
        or bitsets.ndim != 2
        or bitsets.shape[1] != 8
        or by_category["bitset_idx"].max() >= len(bitsets)
    ):
        raise ValueError("a tree splits by categories that it does not hold")


def _check_children(left: Any, right: Any, parents: Any, count: int) -> None:
    # Children come after their node, so that no way through the tree is endless.
    for child in (left.astype(np.int64), right.astype(np.int64)):
        if (child <= parents).any() or (child >= count).any():
            raise ValueError("a tree points to a node that is not there")


def _check_columns(columns: Any, count: int) -> None:
    columns = columns.astype(np.int64)
    if (columns < 0).any() or (columns >= count).any():
        raise ValueError("a tree looks at a column that is not there")
