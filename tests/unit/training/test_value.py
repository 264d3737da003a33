"""What acting is worth, against sums done by hand and by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretell.spec import Value
from foretell.training.value import (
    POINTS,
    break_even,
    calibration_bins,
    gains,
    named_rows,
    worth,
)

PRICED = Value(true_positive=40, false_positive=-5)
LIMITED = Value(capacity=2)
BOTH = Value(true_positive=40, false_positive=-5, capacity=2)
SCORES = np.array([0.05, 0.9, 0.2, 0.11, 0.12])


def test_acting_pays_from_the_break_even_on() -> None:
    assert break_even(PRICED) == pytest.approx(5 / 45)
    assert break_even(Value(true_positive=1, false_positive=-1)) == pytest.approx(0.5)
    assert break_even(Value(true_positive=1, false_positive=0)) == 0
    assert break_even(LIMITED) is None


@settings(deadline=None)
@given(gain=st.floats(0.01, 1e4), loss=st.floats(-1e4, 0))
def test_at_the_break_even_acting_brings_nothing(gain: float, loss: float) -> None:
    cut = break_even(Value(true_positive=gain, false_positive=loss))
    assert cut is not None
    assert 0 <= cut < 1 or loss / gain < -1e6
    assert cut * gain + (1 - cut) * loss == pytest.approx(0, abs=1e-6 * (gain - loss))


def test_rows_are_named_by_capacity_by_price_or_by_both() -> None:
    assert named_rows(LIMITED, SCORES) == 2
    assert named_rows(PRICED, SCORES) == 3, "0.9, 0.2 and 0.12 are above 1 in 9"
    assert named_rows(BOTH, SCORES) == 2
    assert named_rows(BOTH, SCORES.clip(0, 0.1)) == 0, "nobody is worth it"
    assert named_rows(Value(true_positive=40, false_positive=-5, capacity=4), SCORES) == 3
    assert named_rows(Value(capacity=9), SCORES) == 5
    assert named_rows(Value(), np.zeros(57)) == 5, "one in ten"
    assert named_rows(Value(), SCORES) == 1
    for value in (Value(), LIMITED, PRICED, BOTH):
        assert named_rows(value, np.empty(0)) == 0


def test_what_acting_has_brought() -> None:
    assert worth(PRICED, named=10, hits=3) == 3 * 40 - 7 * 5
    assert worth(PRICED, named=0, hits=0) == 0
    assert worth(LIMITED, named=10, hits=3) is None


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    size=st.integers(1, 150),
    value=st.sampled_from([Value(), PRICED, LIMITED, BOTH]),
)
def test_the_gains_curve_by_brute_force(seed: int, size: int, value: Value) -> None:
    random = np.random.default_rng(seed)
    scores = random.permutation(size) / size  # no ties
    labels = random.random(size) < scores
    found = gains(value, labels, scores)
    if not labels.any():
        assert found == []
        return
    best_first = sorted(zip(scores, labels, strict=True), reverse=True)
    for one in found:
        acted_on = best_first[: one.named]
        hits = sum(int(label) for _, label in acted_on)
        assert one.positives == hits
        assert one.threshold == acted_on[-1][0]
        assert one.lift == pytest.approx((hits / one.named) / labels.mean())
        if value.is_priced:
            assert one.value == sum(40 if label else -5 for _, label in acted_on)
        else:
            assert one.value is None
    assert [one.named for one in found] == sorted({one.named for one in found})
    assert found[-1].named == size
    assert found[-1].lift == pytest.approx(1)
    assert {size * step // POINTS for step in range(1, POINTS + 1)} - {0} <= {
        one.named for one in found
    }
    chosen = [one.named for one in found if one.is_chosen]
    assert chosen == [count for count in [named_rows(value, scores)] if count]


def test_without_outcomes_there_is_no_curve() -> None:
    assert gains(PRICED, np.zeros(5, bool), SCORES) == []
    assert gains(PRICED, np.zeros(0, bool), np.empty(0)) == []


def test_bins_are_ten_of_equal_size_from_low_to_high() -> None:
    random = np.random.default_rng(1)
    scores = random.random(1_000)
    labels = random.random(1_000) < scores
    bins = calibration_bins(labels, scores)
    assert [one.rows for one in bins] == [100] * 10
    by_hand = np.sort(scores).reshape(10, 100).mean(axis=1)
    assert [one.mean_score for one in bins] == pytest.approx(list(by_hand))
    assert sum(one.positive_rate * one.rows for one in bins) == pytest.approx(labels.sum())
    assert [one.rows for one in calibration_bins(labels[:3], scores[:3])] == [1, 1, 1]
