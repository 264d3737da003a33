"""The serving form of a model scores as the estimator does that it was read from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fitted_models import ALL, ROWS, columns, frame_of, outcome
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from foretell.forms.form import serving_form
from foretell.scorers.leaves import LEAF
from foretell.scorers.linear import Linear
from foretell.scorers.trees import Trees
from foretell.training.candidates import Problem, candidate
from foretell.training.model import Model


@pytest.mark.parametrize("name", ALL)
def test_it_scores_as_the_estimator_does(name: str) -> None:
    model = ALL[name]
    form = serving_form(model)
    assert isinstance(form.raw, Linear | Trees), "it is none of arrays, so nothing is compared"
    for seed, beyond in ((1, False), (2, False), (3, True)):
        rows = columns(seed, beyond=beyond)
        expected = model.scores(frame_of(rows))
        found = form.scores(rows)
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() < 1e-12


def test_trees_are_tried_at_each_threshold_and_just_above() -> None:
    trees = serving_form(ALL["trees of yes or no"]).raw
    assert isinstance(trees, Trees)
    tried = trees.to_try()
    number = trees.encoders.index("visits")
    splits = zip(trees.asks, trees.at, strict=True)
    thresholds = np.unique([at for asks, at in splits if asks == number])
    assert len(thresholds) > 10
    assert np.isin(thresholds, tried["visits"]).all()
    assert np.isin(np.nextafter(thresholds, np.inf), tried["visits"]).all()
    assert np.isnan(tried["visits"]).any()
    assert not np.isin(tried["plan"], columns(1)["plan"]).all(), "a string that was never seen"


def test_it_holds_arrays_and_numbers_alone() -> None:
    def held(one: Any) -> set[type]:
        if isinstance(one, dict):
            return {type(one)}.union(*map(held, one.values()), map(type, one))
        if isinstance(one, tuple):
            return {type(one)}.union(*map(held, one))
        if hasattr(one, "__dataclass_fields__"):
            return set().union(*(held(getattr(one, name)) for name in one.__dataclass_fields__))
        return {type(one)}

    for name in ("yes or no", "trees of yes or no"):
        assert held(serving_form(ALL[name]).raw) <= {np.ndarray, tuple, dict, str, int, float}


def test_a_pipeline_that_looks_like_ours_scores_itself() -> None:
    names = ["visits", "since"]
    rows = {name: np.nan_to_num(values) for name, values in columns(1).items() if name in names}
    pipeline = make_pipeline(
        ColumnTransformer([("numbers", StandardScaler(), names)]), LogisticRegression()
    )
    pipeline.fit(frame_of(rows), outcome() > 11)
    model = Model(pipeline, task="binary")
    assert (serving_form(model).scores(rows) == model.scores(frame_of(rows))).all()


def test_numbers_near_the_end_of_doubles_are_compared_as_well() -> None:
    rows = columns(1) | {"visits": np.linspace(-8e307, 8e307, ROWS)}
    for name in ("logistic", "hist_gradient_boosting"):
        kinds = {"visits": "number", "plan": "category"}
        pipeline = candidate(name).make(Problem("binary", None, kinds, 1, (200, 200), ROWS))
        pipeline.fit(frame_of(rows), rows["visits"] > 0)
        model = Model(pipeline, task="binary")
        form = serving_form(model)
        assert isinstance(form.raw, Linear | Trees)
        assert np.abs(form.scores(rows) - model.scores(frame_of(rows))).max() < 1e-12


def test_trees_of_one_leaf_add_the_same_to_all() -> None:
    leaves = Trees(
        ("visits",), np.asarray([LEAF, LEAF]), (1.0, 0.5), np.zeros(2, bool), (0,),
        np.asarray([0.25]), "identity",
    )  # fmt: skip
    assert (leaves({"visits": np.asarray([1.0, np.nan])}) == 1.75).all()
    nothing = Trees((), np.empty(0, np.int64), (), np.empty(0, bool), (0,), np.ones(1), "identity")
    assert (nothing({"visits": np.zeros(3)}) == 1.0).all()
