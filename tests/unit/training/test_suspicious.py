"""A feature that tells the outcome alone is found whatever its shape; an honest one is not."""

from __future__ import annotations

import numpy as np
import pytest

from foretell.training.suspicious import TOO_GOOD, auc_alone

RANDOM = np.random.default_rng(7)
SIZE = 2_000
LABELS = RANDOM.random(SIZE) < 0.2
DAYS = RANDOM.exponential(10, SIZE)


@pytest.mark.parametrize(
    "leak",
    [
        LABELS.astype(float),
        np.where(LABELS, -1.0, 1.0) + RANDOM.normal(scale=0.1, size=SIZE),
        np.where(LABELS, np.nan, DAYS),
        np.where(LABELS, 5 + RANDOM.random(SIZE), np.where(DAYS > 10, 20.0, 1.0)),
    ],
    ids=["the label", "its negative", "known only where it did not happen", "a band"],
)
def test_a_leak_is_too_good(leak: np.ndarray) -> None:
    found = auc_alone(LABELS, leak)
    assert found is not None
    assert found >= TOO_GOOD


@pytest.mark.parametrize("noise", [3.0, 1.5, 1.0])
def test_an_honest_recency_feature_is_not(noise: float) -> None:
    """Even one that reaches an AUC of .9 says what a good feature says."""
    labels = np.random.default_rng(3).logistic(scale=noise, size=SIZE) + DAYS / 4 > 6
    found = auc_alone(labels, DAYS)
    assert found is not None
    assert 0.6 < found < 0.96 < TOO_GOOD


def test_noise_and_constants_tell_nothing() -> None:
    for values in (
        np.random.default_rng(5).normal(size=SIZE),
        np.ones(SIZE),
        np.full(SIZE, np.nan),
    ):
        assert auc_alone(LABELS, values) == pytest.approx(0.5, abs=0.06)


def test_an_identifier_is_not_learnt_by_heart() -> None:
    assert auc_alone(LABELS, np.arange(SIZE, dtype=float)) == pytest.approx(0.5, abs=0.06)


def test_one_outcome_alone_has_no_answer() -> None:
    assert auc_alone(np.ones(SIZE, bool), DAYS) is None
