"""Differences between scores, with how sure they are, where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from foretell.training.resample import compare, entity_weights


def test_entities_are_drawn_with_all_their_rows() -> None:
    entity = np.array([0, 0, 1, 2, 2, 2])
    weights = entity_weights(entity, seed=1)
    assert (weights[0] == 1).all()
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 5]).all()
    assert (weights[1:, [0, 2, 3]].sum(axis=1) == 3).all(), "as many entities as there are"
    assert len(np.unique(weights[:, 2])) > 2


def world(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """500 members with three rows each: outcomes, a good score, the same score, noise."""
    random = np.random.default_rng(seed)
    truth = np.repeat(random.random(500), 3)
    labels = random.random(1500) < truth
    return labels, truth.clip(0.01, 0.99), truth.clip(0.01, 0.99), np.full(1500, labels.mean())


@pytest.mark.parametrize("metric", ["log_loss", "brier", "roc_auc", "average_precision"])
def test_a_better_score_is_surely_better_and_an_equal_one_is_not(metric: str) -> None:
    labels, good, same, poor = world(1)
    weights = entity_weights(np.repeat(np.arange(500), 3), seed=1)
    better = compare(metric, labels, good, poor, weights)
    assert better.lower > 0
    assert better.lower < better.mean < better.upper
    assert better.confidence == 1
    worse = compare(metric, labels, poor, good, weights)
    assert worse.mean == pytest.approx(-better.mean)
    assert worse.confidence == 0
    equal = compare(metric, labels, good, same, weights)
    assert equal.mean == equal.error == equal.confidence == 0
    assert compare(metric, labels, good, poor, weights, margin=9.0).confidence == 0


def test_rows_of_one_entity_are_not_taken_for_independent() -> None:
    """The same members three times over tell no more than once."""
    labels, good, _, poor = world(2)
    once = slice(None, None, 3)
    single = compare(
        "brier", labels[once], good[once], poor[once], entity_weights(np.arange(500), seed=1)
    )
    labels, good, poor = (np.repeat(one[once], 3) for one in (labels, good, poor))
    tripled = compare(
        "brier", labels, good, poor, entity_weights(np.repeat(np.arange(500), 3), seed=1)
    )
    assert tripled.error == pytest.approx(single.error)
    naive = compare("brier", labels, good, poor, entity_weights(np.arange(1500), seed=1))
    assert naive.error < 0.7 * single.error
