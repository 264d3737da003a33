"""A serving form that is read from its text scores as before, and text that is none is refused."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from fitted_models import ALL, KINDS, MODELS, ROWS, columns, outcome

from foretell.errors import RegistryError
from foretell.forms.form import serving_form
from foretell.forms.stored import form_of, text_of
from foretell.training.intervals import fit_intervals
from foretell.training.model import Model


def text(name: str = "classes") -> str:
    found = text_of(serving_form(ALL[name]))
    assert found is not None
    return found


def changed(path: list[Any], value: Any, *, name: str = "classes") -> str:
    """The text with one thing in it changed by somebody who also knows how to hash."""
    said = json.loads(text(name))
    inside = said["form"]
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = value
    body = json.dumps(said["form"], sort_keys=True).encode()
    return json.dumps(said | {"sha256": hashlib.sha256(body).hexdigest()})


@pytest.mark.parametrize("name", ALL)
def test_it_scores_exactly_as_it_did(name: str) -> None:
    form = serving_form(ALL[name])
    read = form_of(text(name), needs=KINDS, named="p v1")
    assert read is not None
    rows = columns(3, beyond=True)
    assert (read.scores(rows) == form.scores(rows)).all()
    assert (read.task, read.classes) == (form.task, form.classes)


def test_its_intervals_come_with_it() -> None:
    labels = outcome()
    scores = labels + np.random.default_rng(5).normal(0, 1, len(labels))
    around = fit_intervals(labels - 100, scores - 100)
    assert around is not None
    assert around.least == -np.inf
    linear = MODELS["mean"]
    form = serving_form(Model(linear.pipeline, task="regression", intervals=around))
    stored = text_of(form)
    assert stored is not None
    read = form_of(stored, needs=KINDS, named="p v1")
    assert read is not None
    assert read.intervals is not None
    for found, expected in zip(read.intervals.around(scores), around.around(scores), strict=True):
        assert (found == expected).all()


@pytest.mark.parametrize("name", ["classes", "trees of classes"])
def test_it_scores_without_scikit_learn(name: str) -> None:
    code = (
        "import sys\n"
        "import numpy as np\n"
        "from foretell.forms.stored import form_of\n"
        f"form = form_of(sys.stdin.read(), needs={[*KINDS]}, named='p v1')\n"
        "strings = {'plan': 'gold', 'town': 'town 1'}\n"
        "row = {one: np.asarray([3.0]) for one in ('visits', 'never_known', 'since')}\n"
        "row |= {one: np.asarray([said], dtype=object) for one, said in strings.items()}\n"
        "assert abs(form.scores(row).sum() - 1) < 1e-9\n"
        "print(*{'sklearn', 'skops', 'pandas'} & sys.modules.keys())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=text(name), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_a_change_of_a_number_is_seen() -> None:
    said = json.loads(text())
    said["form"]["linear"]["intercept"][0] += 1
    with pytest.raises(RegistryError, match="was changed after it was stored"):
        form_of(json.dumps(said), needs=KINDS, named="p v1")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["linear", "weights"], [[1.0]]),
        (["linear", "weights"], "numpy.core:load"),
        (["linear", "intercept"], [0.0]),
        (["linear", "encoders", 0, "fills"], [1.0, 2.0]),
        (["linear", "encoders", 0, "flagged"], [99]),
        (["linear", "encoders", 1, "other"], 10_000),
        (["linear", "encoders", 1, "known"], {"basic": -1}),
        (["linear", "encoders"], []),
        (["linear", "encoders", 0, "numbers", 0], "a column that its recipe has not"),
        (["linear", "link"], "__import__('os').abort()"),
        (["task"], "of no kind"),
        (["classes"], None),
        (["calibration"], {"kind": "sigmoid"}),
    ],
)
def test_what_does_not_fit_together_is_refused(path: list[Any], value: Any) -> None:
    with pytest.raises(RegistryError, match=r"serving form of p v1 in model_versions is none"):
        form_of(changed(path, value), needs=KINDS, named="p v1")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["asks"], [0]),
        (["asks"], [-1]),
        (["asks", 0], 99),
        (["asks", 0], -2),
        (["asks", 0], 10**400),
        (["at", 0], [10**400]),
        (["asks", 0], "numpy.core:load"),
        (["at"], []),
        (["at", 0], "numpy.core:load"),
        (["at", 0], {"a": 1}),
        (["unknown_left"], []),
        (["adds_to"], []),
        (["adds_to"], [0, 1, 3]),
        (["adds_to"], [0, 1, 2, 0, 1, 2, 0]),
        (["intercept"], [0.0]),
        (["encoders", 0], "a column that its recipe has not"),
        (["encoders", 0, "other"], 10_000),
        (["encoders"], []),
        (["link"], "logistic"),
    ],
)
def test_trees_that_do_not_fit_together_are_refused(path: list[Any], value: Any) -> None:
    with pytest.raises(RegistryError, match=r"serving form of p v1 in model_versions is none"):
        form_of(
            changed(["trees", *path], value, name="trees of classes"), needs=KINDS, named="p v1"
        )


@pytest.mark.parametrize("said", ["", "{", "[]", "{}", "null", "[" * 100_000])
def test_other_text_is_refused(said: str) -> None:
    with pytest.raises(RegistryError, match="is none"):
        form_of(said, needs=KINDS, named="p v1")


def test_a_layout_of_later_is_left_to_the_artifact() -> None:
    assert form_of(json.dumps({"layout": 3, "form": "unknown"}), needs=KINDS, named="p v1") is None


@pytest.mark.parametrize("name", ["yes or no", "trees of yes or no"])
def test_arrays_that_score_differently_give_way_to_the_estimator(name: str) -> None:
    model = ALL[name]
    assert text_of(serving_form(model, columns(1))) is not None
    estimator = model.pipeline.steps[-1][1]
    before = estimator.predict_proba
    try:
        estimator.predict_proba = lambda inputs: np.roll(before(inputs), 1, axis=0)
        assert text_of(serving_form(model)) is None
    finally:
        del estimator.predict_proba


def test_rows_that_were_seen_are_compared_as_well() -> None:
    model, rows = MODELS["yes or no"], columns(1)
    estimator = model.pipeline.steps[-1][1]
    before = estimator.predict_proba
    try:
        estimator.predict_proba = lambda inputs: before(inputs) + (len(inputs) == ROWS)
        assert text_of(serving_form(model)) is not None
        assert text_of(serving_form(model, rows)) is None
    finally:
        del estimator.predict_proba
