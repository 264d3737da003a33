"""The serving form of linear models scores as the estimators do that it was read from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from linear_models import KINDS, MODELS, ROWS, columns, frame_of, outcome

from foretell.forms.form import serving_form
from foretell.forms.linear import Linear
from foretell.training.candidates import Problem, candidate
from foretell.training.model import Model


@pytest.mark.parametrize("name", MODELS)
def test_it_scores_as_the_estimator_does(name: str) -> None:
    model = MODELS[name]
    form = serving_form(model)
    assert isinstance(form.raw, Linear), "it is not read from the estimator, so nothing is compared"
    for seed, beyond in ((1, False), (2, False), (3, True)):
        rows = columns(seed, beyond=beyond)
        expected = model.scores(frame_of(rows))
        found = form.scores(rows)
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() < 1e-12


def test_it_holds_arrays_and_numbers_alone() -> None:
    def held(one: Any) -> set[type]:
        if isinstance(one, dict):
            return {type(one)}.union(*map(held, one.values()), map(type, one))
        if isinstance(one, tuple):
            return {type(one)}.union(*map(held, one))
        if hasattr(one, "__dataclass_fields__"):
            return set().union(*(held(getattr(one, name)) for name in one.__dataclass_fields__))
        return {type(one)}

    form = serving_form(MODELS["yes or no"]).raw
    assert held(form) <= {np.ndarray, tuple, dict, str, int}


def test_what_is_not_linear_scores_by_its_estimator() -> None:
    rows = {name: one for name, one in columns(1).items() if name != "never_known"}
    kinds = {name: KINDS[name] for name in rows}
    problem = Problem("binary", None, kinds, seed=1, counts=(200, 200), rows=ROWS)
    pipeline = candidate("hist_gradient_boosting").make(problem)
    pipeline.fit(frame_of(rows), outcome() > 11)
    model = Model(pipeline, task="binary")
    assert (serving_form(model).scores(rows) == model.scores(frame_of(rows))).all()
