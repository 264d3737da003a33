"""What chance does to figures of few rows, beside what simulation says it does."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from foretell.monitoring.chance import (
    calibration_error_by_chance,
    drop_by_chance,
    miscalibration,
)
from foretell.training.metrics import calibration_error

SAMPLES = 400


def share_beyond(rows: int, rate: float) -> float:
    """How often the calibration error of honest probabilities is more than chance may do."""
    random = np.random.default_rng(rows)
    beyond = 0
    for _ in range(SAMPLES):
        scores = random.beta(4 * rate, 4 * (1 - rate), rows)
        labels = random.random(rows) < scores
        beyond += calibration_error(labels, scores) > calibration_error_by_chance(scores)
    return beyond / SAMPLES


@pytest.mark.parametrize(("rows", "rate"), [(100, 0.3), (400, 0.1), (2000, 0.1), (2000, 0.5)])
def test_honest_probabilities_exceed_it_in_about_one_of_twenty_samples(
    rows: int, rate: float
) -> None:
    assert 0.02 < share_beyond(rows, rate) < 0.09


def test_the_lower_end_of_an_auc_holds_in_nineteen_of_twenty_samples() -> None:
    random = np.random.default_rng(1)
    # The AUC of two normals one standard deviation apart (Green and Swets, 1966).
    truth, below = 0.7602, 0
    for _ in range(SAMPLES):
        labels = np.arange(300) < 60
        scores = random.normal(size=300) + labels
        value = float(roc_auc_score(labels, scores))
        allowed = drop_by_chance("roc_auc", value, labels, scores)
        assert allowed is not None
        below += value < truth - allowed
    assert 0.02 < below / SAMPLES < 0.09


@pytest.mark.parametrize("metric", ["mae", "rmse", "accuracy"])
def test_the_other_figures_vary_as_much_as_it_says(metric: str) -> None:
    random = np.random.default_rng(2)
    values, allowed = [], []
    for _ in range(SAMPLES):
        if metric == "accuracy":
            labels = random.integers(0, 2, 200)
            scores = np.eye(2)[np.where(random.random(200) < 0.8, labels, 1 - labels)]
            value = float((scores.argmax(axis=1) == labels).mean())
        else:
            labels, scores = random.normal(size=200), np.zeros(200)
            off = np.abs(labels)
            value = float(off.mean() if metric == "mae" else np.sqrt((off**2).mean()))
        values.append(value)
        allowed.append(drop_by_chance(metric, value, labels, scores))
    assert np.mean(allowed) == pytest.approx(1.645 * np.std(values), rel=0.15)


def test_nothing_is_said_of_too_few_rows() -> None:
    one = np.array([True])
    assert drop_by_chance("roc_auc", 1.0, one, np.array([0.5])) is None
    assert drop_by_chance("roc_auc", 1.0, np.array([True, True]), np.array([0.5, 0.6])) is None
    assert miscalibration("binary", np.array([], dtype=bool), np.array([]), None) is None


def test_the_class_predicted_is_judged_by_its_probability() -> None:
    scores = np.tile([0.7, 0.2, 0.1], (100, 1))
    right = np.repeat([0, 1], [70, 30])
    found = miscalibration("multiclass", right, scores, None)
    assert found is not None
    assert found[0] < 0.5, "in bins by the order of rows, but no further off than those"
    wrong = miscalibration("multiclass", np.repeat(2, 100), scores, None)
    assert wrong is not None
    assert wrong[0] == pytest.approx(0.7)


def test_intervals_are_judged_by_what_lies_outside() -> None:
    labels = np.arange(100.0)
    wide = (np.full(100, -1.0), np.full(100, 200.0))
    narrow = (np.full(100, -1.0), np.full(100, 69.5))
    assert miscalibration("regression", labels, labels, None) is None
    found = miscalibration("regression", labels, labels, wide)
    assert found is not None
    assert found[0] == 0.0
    found = miscalibration("regression", labels, labels, narrow)
    assert found is not None
    assert found == (pytest.approx(0.2), pytest.approx(1.645 * 0.03))


def test_chance_is_what_the_formulas_say() -> None:
    labels = np.array([True, True, False, False, False])
    # Hanley and McNeil (1982), formula 2, of an AUC of .8 with 2 positives and 3 negatives.
    one, other = 0.8 / 1.2, 2 * 0.64 / 1.8
    error = np.sqrt((0.8 * 0.2 + 1 * (one - 0.64) + 2 * (other - 0.64)) / 6)
    assert drop_by_chance("roc_auc", 0.8, labels, np.zeros(5)) == pytest.approx(1.645 * error)
    assert drop_by_chance("accuracy", 0.8, labels, np.zeros(5)) == pytest.approx(
        1.645 * np.sqrt(0.8 * 0.2 / 5)
    )
    values, scores = np.array([1.0, 2.0, 4.0, 8.0]), np.array([0.0, 4.0, 4.0, 5.0])
    off = np.array([1.0, 2.0, 0.0, 3.0])
    assert drop_by_chance("mae", 1.5, values, scores) == pytest.approx(1.645 * off.std() / 2)
    assert drop_by_chance("rmse", 2.0, values, scores) == pytest.approx(
        1.645 * (off**2).std() / 2 / (2 * 2.0)
    )
    assert drop_by_chance("mae", 0.0, values[:2], values[:2]) == 0.0
    assert drop_by_chance("rmse", 0.0, values, values) == 0.0
    assert drop_by_chance("mae", 1.0, values[:1], scores[:1]) is None


def test_where_one_outcome_alone_came_true_an_auc_has_no_chance() -> None:
    for labels in (np.ones(5, dtype=bool), np.zeros(5, dtype=bool)):
        assert drop_by_chance("roc_auc", 0.8, labels, np.zeros(5)) is None


def test_intervals_that_are_unknown_are_not_judged() -> None:
    unknown = (np.array([np.nan, 0.0]), np.array([np.nan, 1.0]))
    assert miscalibration("regression", np.zeros(2), np.zeros(2), unknown) is None
    ends = (np.array([0.0, 1.0]), np.array([0.5, 2.0]))
    found = miscalibration("regression", np.array([0.0, 2.0]), np.zeros(2), ends)
    assert found is not None
    assert found[0] == 0.0, "what lies on an end lies inside"
