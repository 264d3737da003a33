"""Metrics against independent formulas."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from foretell.training.metrics import evaluate, gain, named, rank_auc, score_by

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
    found = evaluate(LABELS, SCORES)
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
    found = evaluate(labels, scores)
    assert found["roc_auc"] == pytest.approx(auc_by_pairs(labels, scores))
    assert found["average_precision"] == pytest.approx(average_precision_by_ranks(labels, scores))
    assert found["brier"] == pytest.approx(np.mean((scores - labels) ** 2))
    assert rank_auc(labels, 100 * scores - 3) == pytest.approx(found["roc_auc"])


def test_certain_and_wrong_costs_much_but_not_everything() -> None:
    assert 10 < evaluate(LABELS, 1.0 - LABELS)["log_loss"] < 20


@pytest.mark.parametrize("label", [True, False])
def test_one_class_has_no_ranking(label: bool) -> None:
    labels = np.full(3, label)
    assert set(evaluate(labels, np.array([0.1, 0.2, 0.3]))) == {"brier", "log_loss"}
    assert rank_auc(labels, np.array([1.0, 2.0, 3.0])) is None


def test_a_rule_without_values_has_no_auc_and_gaps_stand_in_the_middle() -> None:
    assert rank_auc(LABELS, np.full(4, np.nan)) is None
    assert rank_auc(LABELS, np.array([3.0, np.nan, 2.0, 1.0])) == pytest.approx(3.5 / 4)


@pytest.mark.parametrize(
    ("metric", "better"),
    [("roc_auc", 0.8), ("average_precision", 0.8), ("brier", 0.6), ("log_loss", 0.6)],
)
def test_gain_is_positive_when_better(metric: str, better: float) -> None:
    assert gain(metric, better, 0.7) == pytest.approx(0.1)
    assert gain(metric, 0.7, better) == pytest.approx(-0.1)


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
        assert score_by(metric, labels, scores, weights) == pytest.approx(expected), metric
