"""What a challenger may not cost: each guard just holds or just breaks, in words."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from made import make_rows, make_spec

from foretell.ground.recipe import Recipe
from foretell.training.backtest import Backtested, Contender
from foretell.training.cutoffs import Cutoff
from foretell.training.guards import ENOUGH, broken_guard, slices_of
from foretell.training.metrics import Floats, evaluate

RANDOM = np.random.default_rng(1)
TRUTH = RANDOM.uniform(0.1, 0.9, 1_200)
LABELS = RANDOM.random(1_200) < TRUTH
TOWN = np.array(["Ulm", "Bern", "Wien"])[np.arange(1_200) % 3]
TEST = np.arange(300, 1_200)
CUTOFF = Cutoff(date(2025, 1, 1), np.arange(300), TEST)


def backtested(scores: Floats) -> Backtested:
    here = scores[TEST]
    contender = Contender(Recipe("logistic", ("a",)), make_spec())
    return Backtested(contender, (), (here,), (evaluate("binary", LABELS[TEST], here),))


def broken(ours: Floats, theirs: Floats, guards: dict[str, Any], town: Any = TOWN) -> str | None:
    spec = make_spec(slices=["town"], promote={"guards": guards})
    rows = make_rows({"a": np.zeros(1_200)}, LABELS, slices={"town": town})
    return broken_guard(backtested(ours), backtested(theirs), rows, CUTOFF, spec)


def test_without_guards_nothing_is_broken() -> None:
    assert broken(1 - TRUTH, TRUTH, {}) is None


def test_probabilities_may_be_off_by_so_much() -> None:
    off = TRUTH.clip(0, 0.7) + 0.25
    error = backtested(off).metrics[-1]["calibration_error"]
    assert error > 0.15
    assert broken(off, TRUTH, {"calibration_error": error + 0.001}) is None
    said = broken(off, TRUTH, {"calibration_error": 0.05})
    assert said == (
        f"its probabilities are off by {error:.3f} on average, and 0.05 is allowed "
        "(guards.calibration_error)"
    )
    assert broken(TRUTH, off, {"calibration_error": 0.1}) is None, "the incumbent's are its own"


def test_no_slice_may_be_worse_by_more() -> None:
    worse_in_bern = np.where(TOWN == "Bern", 0.5, TRUTH)
    inside = TEST[TOWN[TEST] == "Bern"]
    ours, theirs = (
        evaluate("binary", LABELS[inside], one[inside])["log_loss"]
        for one in (worse_in_bern, TRUTH)
    )
    loss = ours / theirs - 1
    assert loss > 0.05
    assert broken(worse_in_bern, TRUTH, {"worst_slice": loss + 0.001}) is None
    said = broken(worse_in_bern, TRUTH, {"worst_slice": loss - 0.001})
    assert said is not None
    assert said.startswith(f"where town = Bern it is worse by {loss:.1%} (log_loss)")
    assert "guards.worst_slice" in said
    assert broken(TRUTH, worse_in_bern, {"worst_slice": 0}) is None, "better everywhere"


@pytest.mark.parametrize(("rows", "is_judged"), [(ENOUGH - 1, False), (ENOUGH, True)])
def test_a_slice_of_few_rows_is_not_judged(rows: int, is_judged: bool) -> None:
    rare = np.array(["Ulm "] * 1_200, object)
    rare[TEST[:rows]] = "Bern"
    surely_wrong = np.where(LABELS, 0.01, 0.99)
    said = broken(np.where(rare == "Bern", surely_wrong, TRUTH), TRUTH, {"worst_slice": 0.0}, rare)
    assert (said is not None and "town = Bern" in said) == is_judged


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision"])
def test_a_slice_of_one_outcome_cannot_be_ranked_and_is_left_out(metric: str) -> None:
    spec = make_spec(metric=metric, slices=["town"], promote={"guards": {"worst_slice": 0.0}})
    town = np.where(LABELS, "Ulm", "Bern")
    rows = make_rows({"a": np.zeros(1_200)}, LABELS, slices={"town": town})
    ours, theirs = backtested(1 - TRUTH), backtested(TRUTH)
    assert broken_guard(ours, theirs, rows, CUTOFF, spec) is None


def test_metrics_of_slices() -> None:
    found = list(slices_of({"town": TOWN.astype(object)}, LABELS, TRUTH, task="binary"))
    assert [(name, rows) for name, rows, _ in found] == [
        ("town = Bern", 400), ("town = Ulm", 400), ("town = Wien", 400),
    ]  # fmt: skip
    inside = TOWN == "Ulm"
    assert found[1][2] == evaluate("binary", LABELS[inside], TRUTH[inside])
    assert list(slices_of({}, LABELS, TRUTH, task="binary")) == []


def test_each_of_many_values_has_the_rows_that_are_its_own() -> None:
    town = np.array([f"town {n % 19}" for n in range(1_200)], object)
    town[::7] = "Ulm"
    found = {
        name: (rows, metrics)
        for name, rows, metrics in slices_of({"town": town}, LABELS, TRUTH, task="binary")
    }
    for value in {*town}:
        inside = town == value
        judged = (int(inside.sum()), evaluate("binary", LABELS[inside], TRUTH[inside]))
        assert found.pop(f"town = {value}", None) == (judged if inside.sum() >= ENOUGH else None)
    assert not found
