"""Metrics against independent formulas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    brier_score_loss,
    log_loss,
    mean_absolute_error,
    roc_auc_score,
    root_mean_squared_error,
)

from foretell import spec
from foretell.training.metrics import (
    METRICS,
    calibration_error,
    evaluate,
    gain,
    named,
    rank_auc,
    score_by,
)

LABELS = np.array([True, False, True, False])
SCORES = np.array([0.9, 0.8, 0.4, 0.1])


def auc_by_pairs(labels: np.ndarray, scores: np.ndarray) -> float:
    """Share of (positive, negative) pairs in the right order; ties count half."""
    gaps = scores[labels][:, None] - scores[~labels][None, :]
    return float(np.mean((gaps > 0) + 0.5 * (gaps == 0)))


def average_precision_by_ranks(labels: np.ndarray, scores: np.ndarray) -> float:
    """Mean over the positives of the precision among rows scored at least as high."""
    return float(np.mean([labels[scores >= own].mean() for own in scores[labels]]))


def test_values_computed_by_hand() -> None:
    found = evaluate("binary", LABELS, SCORES)
    assert found["roc_auc"] == pytest.approx(3 / 4)
    assert found["average_precision"] == pytest.approx((1 + 2 / 3) / 2)
    assert found["brier"] == pytest.approx((0.01 + 0.64 + 0.36 + 0.01) / 4)
    by_hand = -(np.log(0.9) + np.log(0.2) + np.log(0.4) + np.log(0.9)) / 4
    assert found["log_loss"] == pytest.approx(by_hand)


@pytest.mark.parametrize("seed", range(5))
def test_random_values_against_independent_formulas(seed: int) -> None:
    random = np.random.default_rng(seed)
    scores = np.round(random.random(300), 2)  # two digits: ties
    labels = random.random(300) < scores
    found = evaluate("binary", labels, scores)
    assert found["roc_auc"] == pytest.approx(auc_by_pairs(labels, scores))
    assert found["average_precision"] == pytest.approx(average_precision_by_ranks(labels, scores))
    assert found["brier"] == pytest.approx(np.mean((scores - labels) ** 2))
    assert rank_auc(labels, 100 * scores - 3) == pytest.approx(found["roc_auc"])


def test_certain_and_wrong_costs_much_but_not_everything() -> None:
    assert 10 < evaluate("binary", LABELS, 1.0 - LABELS)["log_loss"] < 20


@pytest.mark.parametrize("label", [True, False])
def test_one_class_has_no_ranking(label: bool) -> None:
    labels = np.full(3, label)
    found = evaluate("binary", labels, np.array([0.1, 0.2, 0.3]))
    assert set(found) == {"brier", "log_loss", "calibration_error"}
    assert rank_auc(labels, np.array([1.0, 2.0, 3.0])) is None


def test_a_rule_without_values_has_no_auc_and_gaps_stand_in_the_middle() -> None:
    assert rank_auc(LABELS, np.full(4, np.nan)) is None
    assert rank_auc(LABELS, np.array([3.0, np.nan, 2.0, 1.0])) == pytest.approx(3.5 / 4)


@pytest.mark.parametrize(
    ("task", "metric", "better"),
    [
        ("binary", "roc_auc", 0.8),
        ("binary", "average_precision", 0.8),
        ("binary", "brier", 0.6),
        ("binary", "log_loss", 0.6),
        ("multiclass", "accuracy", 0.8),
        ("multiclass", "log_loss", 0.6),
        ("regression", "mae", 0.6),
        ("regression", "rmse", 0.6),
    ],
)
def test_gain_is_positive_when_better(task: spec.Task, metric: str, better: float) -> None:
    assert gain(task, metric, better, 0.7) == pytest.approx(0.1)
    assert gain(task, metric, 0.7, better) == pytest.approx(-0.1)


def test_named_are_the_highest_scores() -> None:
    assert named(LABELS, SCORES, 1) == (1, 1)
    assert named(LABELS, SCORES, 2) == (2, 1)
    assert named(LABELS, SCORES, 9) == (4, 2)


@pytest.mark.parametrize("seed", range(5))
def test_a_metric_under_weights_is_scikit_learns(seed: int) -> None:
    random = np.random.default_rng(seed)
    # One decimal, so that many scores are equal.
    scores = random.random(300).round(1).clip(0.01, 0.99)
    labels = random.random(300) < scores
    weights = random.integers(0, 4, (4, 300)).astype(float)
    for metric, theirs in {
        "roc_auc": roc_auc_score,
        "average_precision": average_precision_score,
        "brier": brier_score_loss,
        "log_loss": log_loss,
    }.items():
        expected = [theirs(labels, scores, sample_weight=one) for one in weights]
        found = score_by("binary", metric, labels, scores, weights)
        assert found == pytest.approx(expected), metric


@pytest.mark.parametrize("seed", range(3))
def test_metrics_of_several_classes_are_scikit_learns(seed: int) -> None:
    random = np.random.default_rng(seed)
    scores = random.dirichlet([1, 2, 3], 200).clip(1e-3)
    scores /= scores.sum(axis=1, keepdims=True)
    labels = random.integers(0, 3, 200)
    found = evaluate("multiclass", labels, scores)
    assert found == {
        "log_loss": pytest.approx(log_loss(labels, scores, labels=[0, 1, 2])),
        "accuracy": pytest.approx(accuracy_score(labels, scores.argmax(axis=1))),
    }
    weights = random.integers(0, 4, (5, 200)).astype(float)
    losses = [log_loss(labels, scores, labels=[0, 1, 2], sample_weight=one) for one in weights]
    assert score_by("multiclass", "log_loss", labels, scores, weights) == pytest.approx(losses)


def test_a_class_without_any_probability_costs_much_but_not_everything() -> None:
    found = evaluate("multiclass", np.array([2, 0]), np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]))
    assert 5 < found["log_loss"] < 10


@pytest.mark.parametrize("seed", range(3))
def test_metrics_of_numbers_are_scikit_learns(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = random.exponential(50, 200)
    scores = labels + random.normal(3, 10, 200)
    assert evaluate("regression", labels, scores) == {
        "mae": pytest.approx(mean_absolute_error(labels, scores)),
        "rmse": pytest.approx(root_mean_squared_error(labels, scores)),
        "bias": pytest.approx(scores.mean() - labels.mean()),
    }
    weights = random.integers(0, 4, (5, 200)).astype(float)
    roots = [root_mean_squared_error(labels, scores, sample_weight=one) for one in weights]
    assert score_by("regression", "rmse", labels, scores, weights) == pytest.approx(roots)


def test_a_spec_may_name_exactly_the_metrics_that_there_are() -> None:
    assert {task: set(found) for task, found in METRICS.items()} == {
        task: set(names) for task, names in spec.METRICS.items()
    }


def test_honest_probabilities_have_almost_no_calibration_error() -> None:
    random = np.random.default_rng(5)
    scores = random.random(50_000)
    labels = random.random(50_000) < scores
    assert calibration_error(labels, scores) < 0.01
    assert evaluate("binary", labels, scores)["calibration_error"] < 0.01


def test_a_calibration_error_is_by_how_much_promises_are_off() -> None:
    random = np.random.default_rng(6)
    scores = random.uniform(0.2, 0.7, 50_000)
    labels = random.random(50_000) < scores + 0.2
    assert calibration_error(labels, scores) == pytest.approx(0.2, abs=0.01)
    # Ten rows are ten bins of one.
    assert calibration_error(np.ones(10, bool), np.full(10, 0.75)) == pytest.approx(0.25)
    assert calibration_error(np.ones(3, bool), np.full(3, 0.75)) == pytest.approx(0.25)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=60))
def test_a_calibration_error_is_a_share_and_at_least_the_error_of_the_mean(
    rows: list[tuple[bool, float]],
) -> None:
    labels, scores = (np.array(one) for one in zip(*rows, strict=True))
    found = calibration_error(labels, scores)
    assert abs(labels.mean() - scores.mean()) - 1e-9 <= found <= 1
