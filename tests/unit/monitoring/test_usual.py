"""What is usual: dates that differ are calm, a shift is loud, and chance is no alarm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from foretell.monitoring.usual import LEAST, MIN_DATES, MIN_ROWS, beyond_chance, usual_psi
from foretell.training.drift import psi, reference_of
from foretell.training.rows import UNKNOWN

WEEK = np.timedelta64(7, "D")


def as_ofs(dates: int, rows: int, *, apart: np.timedelta64 = WEEK) -> np.ndarray:
    """As-of times of so many rows on so many dates."""
    return np.datetime64("2025-01-01", "us") + apart * np.repeat(np.arange(dates), rows)


def learnt(values: np.ndarray, as_of: np.ndarray) -> dict[str, Any]:
    """A reference as a training leaves it."""
    reference = reference_of(values)
    return {**reference, "beyond_chance": beyond_chance(reference, values, as_of)}


def times_usual(reference: dict[str, Any], run: np.ndarray) -> float:
    usual = usual_psi(reference, len(run))
    assert usual is not None
    return psi(reference, run) / usual


def honest_runs(
    *, dates: int, rows: int, run: int, by_date: float, runs: int = 100
) -> tuple[np.ndarray, np.ndarray]:
    """The indices of runs that are like the dates before them, and how many times the usual.

    Parameters
    ----------
    by_date
        How much dates differ, in standard deviations of the rows of one.
    """
    random = np.random.default_rng(7)
    found = []
    for _ in range(runs):
        means = random.normal(scale=by_date, size=dates + 1)
        reference = learnt(random.normal(np.repeat(means[:-1], rows)), as_ofs(dates, rows))
        now = random.normal(means[-1], size=run)
        found.append((psi(reference, now), times_usual(reference, now)))
    indices, times = np.array(found).T
    return indices, times


@pytest.mark.parametrize(("dates", "above_1", "above_2"), [(30, 0.08, 0.02), (6, 0.2, 0.08)])
def test_dates_that_differ_are_calm(dates: int, above_1: float, above_2: float) -> None:
    indices, times = honest_runs(dates=dates, rows=300, run=300, by_date=1.0)
    assert (indices > 0.25).mean() > 0.7, "a fixed limit alarms"
    assert (times > 1).mean() <= above_1
    assert (times > 2).mean() <= above_2


@pytest.mark.parametrize("run", [20, 40, 200, 2000])
def test_small_runs_are_no_alarms(run: int) -> None:
    indices, times = honest_runs(dates=12, rows=2000, run=run, by_date=0.0)
    assert (times > 1).mean() <= 0.08
    assert times.max() < 2
    if run <= 40:
        assert (indices > 0.2).mean() > 0.3, "a fixed limit alarms"


def test_a_shift_is_loud_even_in_a_run_of_few_rows() -> None:
    random = np.random.default_rng(1)
    means = np.repeat(random.normal(scale=0.3, size=20), 300)
    reference = learnt(random.normal(means), as_ofs(20, 300))
    assert times_usual(reference, random.normal(2.0, size=300)) > 5
    assert times_usual(reference, random.normal(2.0, size=40)) > 3
    gone = random.normal(size=300)
    gone[:100] = np.nan
    assert times_usual(reference, gone) > 3


def test_strings_have_usual_shares_too() -> None:
    random = np.random.default_rng(2)
    names = np.array(["rain", "snow", "sun", UNKNOWN], object)
    days = [random.choice(names, 300, p=one) for one in random.dirichlet([8, 4, 8, 1], size=140)]
    reference = learnt(np.concatenate(days[:40]), as_ofs(40, 300))
    times = np.array([times_usual(reference, one) for one in days[40:]])
    assert (times > 1).mean() <= 0.1
    assert times_usual(reference, np.full(300, "hail", object)) > 3


def test_of_few_dates_nothing_is_usual() -> None:
    random = np.random.default_rng(3)
    for dates in (1, MIN_DATES - 1):
        reference = learnt(random.normal(size=dates * 500), as_ofs(dates, 500))
        assert reference["beyond_chance"] is None
        assert usual_psi(reference, 500) is None
    values = random.normal(size=MIN_DATES * MIN_ROWS)
    assert beyond_chance(reference_of(values), values, as_ofs(MIN_DATES, MIN_ROWS)) is not None


def test_versions_trained_before_have_no_usual() -> None:
    assert usual_psi(reference_of(np.arange(100.0)), 50) is None


def test_the_rows_of_a_thin_day_count_with_the_next_ones() -> None:
    random = np.random.default_rng(4)
    days = as_ofs(100, 5, apart=np.timedelta64(1, "D"))
    values = random.normal(size=len(days))
    assert beyond_chance(reference_of(values), values, days) is not None
    few = slice(0, MIN_DATES * MIN_ROWS - 1)
    assert beyond_chance(reference_of(values[few]), values[few], days[few]) is None


def test_a_run_of_many_rows_is_not_excused_by_the_noise_of_small_dates() -> None:
    random = np.random.default_rng(5)
    reference = learnt(random.normal(size=20 * MIN_ROWS), as_ofs(20, MIN_ROWS))
    few, many = (usual_psi(reference, rows) for rows in (MIN_ROWS, 100 * MIN_ROWS))
    assert few > 0.3
    assert many == LEAST


def test_what_is_sure_but_tiny_is_calm() -> None:
    random = np.random.default_rng(6)
    reference = learnt(random.normal(size=100_000), as_ofs(10, 10_000))
    assert times_usual(reference, random.normal(0.1, size=100_000)) < 0.3


def test_the_same_rows_have_the_same_usual() -> None:
    random = np.random.default_rng(8)
    values, dates = random.normal(size=1200), as_ofs(6, 200)
    shuffled = random.permutation(1200)
    once, again = learnt(values, dates), learnt(values[shuffled], dates[shuffled])
    assert once == again
    assert usual_psi(once, 77) == usual_psi(again, 77)


def test_a_feature_with_one_value_is_calm_until_it_has_another() -> None:
    reference = learnt(np.zeros(500), as_ofs(5, 100))
    assert times_usual(reference, np.zeros(50)) == 0
    assert times_usual(reference, np.ones(50)) > 10
