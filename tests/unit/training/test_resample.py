"""Differences between scores, with how sure they are, where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from foretell.spec import Task
from foretell.training.metrics import METRICS, evaluate
from foretell.training.resample import (
    CONFIDENCE,
    RESAMPLES,
    Resamples,
    compare_scores,
    difference,
)


def test_entities_are_drawn_with_all_their_rows() -> None:
    entity = np.array([0, 0, 1, 2, 2, 2])
    resamples = Resamples(entity, seed=1)
    labels = np.array([5.0, 5.0, 7.0, 11.0, 11.0, 11.0])
    means = resamples.values("regression", "mae", labels, np.zeros(6))
    assert means[0] == pytest.approx(labels.mean()), "all rows once"
    # Each resample has three entities, each with all its rows or none of them.
    drawn = [(a, b, 3 - a - b) for a in range(4) for b in range(4 - a)]
    possible = [(10 * a + 7 * b + 33 * c) / (2 * a + b + 3 * c) for a, b, c in drawn]
    assert all(np.isclose(one, possible).any() for one in means)
    assert len(np.unique(means.round(9))) > 5
    assert np.array_equal(
        means, Resamples(entity, seed=1).values("regression", "mae", labels, np.zeros(6))
    )
    assert not np.array_equal(
        means, Resamples(entity, seed=2).values("regression", "mae", labels, np.zeros(6))
    )


def world(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """500 members with three rows each: outcomes, a good score, the same score, noise."""
    random = np.random.default_rng(seed)
    truth = np.repeat(random.random(500), 3)
    labels = random.random(1500) < truth
    return labels, truth.clip(0.01, 0.99), truth.clip(0.01, 0.99), np.full(1500, labels.mean())


@pytest.mark.parametrize("metric", ["log_loss", "brier", "roc_auc", "average_precision"])
def test_a_better_score_is_surely_better_and_an_equal_one_is_not(metric: str) -> None:
    labels, good, same, poor = world(1)
    weights = Resamples(np.repeat(np.arange(500), 3), seed=1)
    better = compare_scores("binary", metric, labels, good, poor, weights)
    assert better.lower > 0
    assert better.lower < better.mean < better.upper
    assert better.confidence == 1
    worse = compare_scores("binary", metric, labels, poor, good, weights)
    assert worse.mean == pytest.approx(-better.mean)
    assert worse.confidence == 0
    equal = compare_scores("binary", metric, labels, good, same, weights)
    assert equal.mean == equal.error == equal.confidence == 0
    assert compare_scores("binary", metric, labels, good, poor, weights, margin=9.0).confidence == 0


def test_rows_of_one_entity_are_not_taken_for_independent() -> None:
    """The same members three times over tell no more than once."""
    labels, good, _, poor = world(2)
    once = slice(None, None, 3)
    single = compare_scores(
        "binary", "brier", labels[once], good[once], poor[once], Resamples(np.arange(500), seed=1)
    )
    labels, good, poor = (np.repeat(one[once], 3) for one in (labels, good, poor))
    tripled = compare_scores(
        "binary", "brier", labels, good, poor, Resamples(np.repeat(np.arange(500), 3), seed=1)
    )
    assert tripled.error == pytest.approx(single.error)
    naive = compare_scores(
        "binary", "brier", labels, good, poor, Resamples(np.arange(1500), seed=1)
    )
    assert naive.error < 0.7 * single.error


@pytest.mark.parametrize(
    ("task", "metric"), [(task, metric) for task, found in METRICS.items() for metric in found]
)
def test_values_are_those_of_rows_that_are_really_drawn_again(task: Task, metric: str) -> None:
    """Against the metric of a table in which each row stands as often as its entity was drawn."""
    random = np.random.default_rng(3)
    entity = random.integers(0, 40, 120)
    _, entity = np.unique(entity, return_inverse=True)
    labels, scores = {
        "binary": (random.random(120) < 0.4, random.random(120).round(1)),
        "multiclass": (random.integers(0, 3, 120), random.dirichlet([1, 1, 1], 120)),
        "regression": (random.normal(size=120), random.normal(size=120)),
    }[task]
    resamples = Resamples(entity, seed=4)
    found = resamples.values(task, metric, labels, scores)
    # How often each entity was drawn, read off means: 1 for its rows, 0 for others.
    assert found.shape == (1 + RESAMPLES,)
    count = entity.max() + 1
    again = np.random.default_rng(4)
    for number in range(10):
        drawn = again.multinomial(count, np.full(count, 1 / count))
        positions = np.repeat(np.arange(120), drawn[entity])
        expected = evaluate(task, labels[positions], scores[positions])[metric]
        assert found[number + 1] == pytest.approx(expected)
    assert found[0] == pytest.approx(evaluate(task, labels, scores)[metric])


def test_a_ranking_that_cannot_be_resampled_is_not_sure() -> None:
    """One positive: resamples without it say nothing, and with none at all nothing is known."""
    labels = np.arange(30) == 3
    resamples = Resamples(np.arange(30), seed=1)
    found = resamples.values("binary", "roc_auc", labels, np.linspace(0, 1, 30))
    assert np.isnan(found[1:]).any()
    assert not np.isnan(found[1:]).all()
    assert np.isfinite(difference("binary", "roc_auc", found, found - 0.1).error)
    lost = np.full(5, np.nan)
    nothing = difference("binary", "roc_auc", np.append(0.7, lost), np.append(0.6, lost))
    assert (nothing.lower, nothing.upper, nothing.confidence) == (-np.inf, np.inf, 0.0)


def test_an_interval_leaves_out_as_much_at_either_end_as_it_says() -> None:
    changes = np.random.default_rng(5).permutation(np.linspace(-1, 3, 2_001))
    found = difference("binary", "roc_auc", np.append(0.9, changes), np.append(0.5, 0 * changes))
    outside = (1 - CONFIDENCE) / 2
    assert found.mean == pytest.approx(0.4)
    assert (found.lower, found.upper) == (
        pytest.approx(-1 + 4 * outside),
        pytest.approx(3 - 4 * outside),
    )
    assert found.error == pytest.approx(changes.std())
    assert found.confidence == pytest.approx(0.75, abs=0.001)


def test_the_interval_of_a_mean_is_that_of_theory() -> None:
    """Of many entities it is normal: so many standard errors wide."""
    random = np.random.default_rng(6)
    labels = random.normal(size=2_000)
    better = compare_scores(
        "regression",
        "mae",
        np.zeros(2_000),
        0.5 * labels,
        labels,
        Resamples(np.arange(2_000), seed=1),
    )
    error = np.abs(0.5 * labels).std() / np.sqrt(2_000)
    assert better.error == pytest.approx(error, rel=0.1)
    assert better.upper - better.lower == pytest.approx(
        2 * float(norm.ppf((1 + CONFIDENCE) / 2)) * error, rel=0.1
    )
