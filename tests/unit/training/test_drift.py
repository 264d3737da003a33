"""Drift: a number that is 0 for the same values and does not care for their order."""

from __future__ import annotations

import numpy as np
import pytest

from foretell.training.drift import BINS, psi, reference_of
from foretell.training.rows import UNKNOWN


def sample(seed: int = 1, size: int = 2000) -> np.ndarray:
    random = np.random.default_rng(seed)
    values = random.normal(size=size)
    values[random.random(size) < 0.1] = np.nan
    return values


def test_the_same_values_have_not_drifted() -> None:
    assert psi(reference_of(sample()), sample()) == 0.0


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_the_order_of_rows_is_nothing(shift: float) -> None:
    values = sample(2) + shift
    shuffled = np.random.default_rng(3).permutation(values)
    reference = reference_of(sample())
    assert psi(reference, shuffled) == pytest.approx(psi(reference, values))
    assert reference_of(shuffled) == reference_of(values)


def test_a_larger_shift_is_a_larger_number() -> None:
    reference = reference_of(sample())
    drifted = [psi(reference, sample(2) + shift) for shift in (0.0, 0.25, 0.5, 1.0)]
    assert drifted == sorted(drifted)
    assert drifted[0] < 0.1 < 0.25 < drifted[-1]


def test_the_value_by_hand() -> None:
    reference = reference_of(np.repeat([0.0, 1.0], [40, 60]))
    found = psi(reference, np.repeat([0.0, 1.0], [25, 75]))
    assert found == pytest.approx(-0.15 * np.log(0.25 / 0.4) + 0.15 * np.log(0.75 / 0.6))


def test_missing_values_are_a_bin_of_their_own() -> None:
    whole = np.arange(100.0)
    gaps = whole.copy()
    gaps[:30] = np.nan
    assert psi(reference_of(whole), gaps) > 0.5
    assert reference_of(np.full(5, np.nan))["median"] is None
    assert psi(reference_of(np.full(5, np.nan)), np.full(9, np.nan)) == 0.0


def test_shares_add_up() -> None:
    reference = reference_of(sample())
    assert sum(reference["shares"]) == pytest.approx(1.0)
    assert len(reference["shares"]) == BINS + 1
    assert reference["rows"] == 2000


def test_strings_drift_by_their_shares() -> None:
    then = np.repeat(np.array(["a", "b"], object), [40, 60])
    reference = reference_of(then)
    assert reference["median"] == "b"
    assert sum(reference["shares"]) == pytest.approx(1.0)
    assert psi(reference, then) == 0.0
    now = np.repeat(np.array(["a", "b"], object), [25, 75])
    by_hand = -0.15 * np.log(0.25 / 0.4) + 0.15 * np.log(0.75 / 0.6)
    assert psi(reference, now) == pytest.approx(by_hand)
    assert psi(reference, np.repeat(np.array(["a", "new"], object), [40, 60])) > 1
    assert psi(reference, np.repeat(np.array(["a", "b", UNKNOWN], object), [20, 30, 50])) > 1


def test_rare_strings_are_one_bin() -> None:
    then = np.array([f"c{at}" for at in range(30) for _ in range(30 - at)], object)
    reference = reference_of(then)
    assert len(reference["categories"]) == BINS - 1
    assert len(reference["shares"]) == BINS + 1
    renamed = np.array(["other" if int(one[1:]) > 20 else one for one in then], object)
    assert psi(reference, renamed) == pytest.approx(0.0)
    assert reference_of(np.full(5, UNKNOWN, object))["median"] is None
