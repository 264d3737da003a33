"""The serving form of a model scores as the estimator does that it was read from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fitted_models import ALL, columns, frame_of

from foretell.forms.form import serving_form
from foretell.scorers.linear import Linear
from foretell.scorers.trees import Trees


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
