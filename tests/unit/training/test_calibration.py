"""Curves from raw to honest probabilities, where the distortion is known."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretell.training.calibration import POSITIVES_FOR_STEPS, calibrated, fit_calibration
from foretell.training.metrics import Bools, Floats, calibration_error, evaluate


def log_odds(scores: Floats) -> Floats:
    return np.log(scores) - np.log1p(-scores)


def distorted(seed: int, size: int, slope: float, offset: float) -> tuple[Bools, Floats, Floats]:
    """Outcomes, their true probability, and scores from which a sigmoid leads to it."""
    random = np.random.default_rng(seed)
    raw = random.uniform(0.02, 0.98, size)
    truth = 1 / (1 + np.exp(-(slope * log_odds(raw) + offset)))
    return random.random(size) < truth, truth, raw


@pytest.mark.parametrize(("slope", "offset"), [(0.5, 0.0), (2.0, 0.0), (1.0, -3.0), (0.7, -1.0)])
def test_a_sigmoid_recovers_a_known_distortion(slope: float, offset: float) -> None:
    labels, truth, raw = distorted(1, 20_000, slope, offset)
    few = np.flatnonzero(labels.cumsum() < POSITIVES_FOR_STEPS)
    curve = fit_calibration(labels[few], raw[few])
    assert curve is not None
    assert curve.kind == "sigmoid"
    assert curve.at[0] == pytest.approx(slope, abs=0.2)
    assert curve.to[0] == pytest.approx(offset, abs=0.3)
    assert np.abs(curve.apply(raw) - truth).mean() < 0.02


@pytest.mark.parametrize("outcome", [True, False])
def test_steps_are_learnt_from_a_thousand_of_each_outcome(outcome: bool) -> None:
    random = np.random.default_rng(2)
    for count, kind in ((POSITIVES_FOR_STEPS - 1, "sigmoid"), (POSITIVES_FOR_STEPS, "isotonic")):
        labels = np.full(5_000, not outcome)
        labels[:count] = outcome
        scores = (random.normal(size=5_000) + labels).clip(-3, 4) / 10 + 0.5
        curve = fit_calibration(labels, scores)
        assert curve is not None
        assert curve.kind == kind


def test_no_step_promises_what_cannot_be_known() -> None:
    """Of 500 low scores nothing happened, of 500 high ones everything did."""
    labels = np.repeat([False, False, True, True], [500, 1_000, 1_000, 500])
    labels[500:2_500:2] ^= True
    scores = np.linspace(0.01, 0.99, 3_000)
    curve = fit_calibration(labels, scores)
    assert curve is not None
    assert curve.kind == "isotonic"
    assert curve.to[0] == pytest.approx(labels.mean() / 501, rel=0.02)
    assert 1 - curve.to[-1] == pytest.approx((1 - labels.mean()) / 501, rel=0.02)
    assert 1 - curve.to[-1] == pytest.approx((1 - labels.mean()) / 501, rel=0.02)


def test_steps_follow_what_no_sigmoid_can() -> None:
    """Between .3 and .7 all are alike, which is a step."""
    random = np.random.default_rng(3)
    raw = random.random(40_000)
    truth = np.where(raw < 0.3, 0.05, np.where(raw < 0.7, 0.4, 0.9))
    labels = random.random(40_000) < truth
    curve = fit_calibration(labels, raw)
    assert curve is not None
    inside = np.abs(raw[:, None] - [0.3, 0.7]).min(axis=1) > 0.02
    assert np.abs(curve.apply(raw) - truth)[inside].max() < 0.1
    fresh = random.random(40_000) < truth
    assert calibration_error(fresh, curve.apply(raw)) < 0.01 < calibration_error(fresh, raw)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1_000),
    size=st.sampled_from([50, 500, 6_000]),
    digits=st.sampled_from([1, 2, 9]),
)
def test_the_order_is_kept_and_ties_are_broken_by_the_raw_score(
    seed: int, size: int, digits: int
) -> None:
    random = np.random.default_rng(seed)
    raw = random.random(size).round(digits)
    labels = random.random(size) < 0.1 + 0.8 * raw
    curve = fit_calibration(labels, raw)
    if curve is None:
        return
    scores = np.sort(np.unique(np.concatenate([raw, random.random(200).round(4)])))
    scores = scores[(scores > 1e-5) & (scores < 1 - 1e-5)]
    found = curve.apply(scores)
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found) > 0).all(), "what was higher is higher"
    if 0 < labels.sum() < size:
        inner = raw.clip(1e-5, 1 - 1e-5)
        before, after = (evaluate("binary", labels, one) for one in (inner, curve.apply(inner)))
        assert after["roc_auc"] == pytest.approx(before["roc_auc"], abs=1e-9)


def test_nothing_is_turned_around() -> None:
    labels, _, raw = distorted(4, 1_000, 1.0, 0.0)
    assert fit_calibration(labels, raw) is not None
    assert fit_calibration(~labels, raw) is None


def test_nothing_is_turned_around_where_rows_are_many_either() -> None:
    labels, _, raw = distorted(4, 10_000, 1.0, 0.0)
    assert fit_calibration(~labels, raw) is None


@pytest.mark.parametrize("outcome", [True, False])
def test_one_outcome_teaches_no_curve(outcome: bool) -> None:
    random = np.random.default_rng(5)
    labels = [np.full(100, outcome)] * 3
    scores = [random.random(100) for _ in range(3)]
    assert fit_calibration(labels[0], scores[0]) is None
    curve, served = calibrated(labels, scores)
    assert curve is None
    assert all(ours is theirs for ours, theirs in zip(served, scores, strict=True))


def test_each_cutoff_is_served_by_those_before_it_only() -> None:
    labels, _, raw = (list(part) for part in zip(*[distorted(s, 900, 0.4, 1.0) for s in range(4)], strict=True))  # noqa: E501  # fmt: skip
    curve, served = calibrated(labels, raw)
    assert curve is not None
    for at in (0, 1):
        assert np.array_equal(served[at], raw[at]), "nothing was known to judge a curve by"
    for at in (2, 3):
        before = fit_calibration(np.concatenate(labels[:at]), np.concatenate(raw[:at]))
        assert before is not None
        assert np.allclose(served[at], before.apply(raw[at]))
        assert calibration_error(labels[at], served[at]) < calibration_error(labels[at], raw[at])
    # What comes later changes nothing that was served earlier.
    other = [*labels[:3], ~labels[3]]
    assert np.array_equal(calibrated(other, raw)[1][3], served[3])
    everything = fit_calibration(np.concatenate(labels), np.concatenate(raw))
    assert everything is not None
    assert np.allclose(curve.apply(raw[0]), everything.apply(raw[0]))


def test_with_two_cutoffs_the_first_teaches_and_the_last_judges() -> None:
    labels, _, raw = (list(part) for part in zip(*[distorted(s, 900, 0.4, 1.0) for s in range(2)], strict=True))  # noqa: E501  # fmt: skip
    curve, served = calibrated(labels, raw)
    assert curve is not None
    assert np.array_equal(served[0], raw[0])
    first = fit_calibration(labels[0], raw[0])
    assert first is not None
    assert np.allclose(served[1], first.apply(raw[1]))
    assert calibrated(labels[:1], raw[:1]) == (None, raw[:1]), "one cut-off cannot judge"


@pytest.mark.parametrize("seed", range(6))
def test_what_does_not_help_is_not_kept(seed: int) -> None:
    """A curve of the past that is wrong now is worse than none."""
    past, _, raw = distorted(seed, 900, 1.0, 2.0)
    now, _, later = distorted(seed + 50, 900, 1.0, -2.0)
    curve, served = calibrated([past, now], [raw, later])
    assert curve is None
    assert np.array_equal(served[1], later)


def test_scores_that_tell_all_are_calibrated_without_a_word() -> None:
    labels = np.arange(500) >= 250
    raw = np.where(labels, 0.51, 0.49) + np.random.default_rng(1).normal(size=500) * 0.001
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        curve = fit_calibration(labels, raw)
        assert curve is not None
        found = curve.apply(np.array([0.0, 0.4, 0.6, 1.0]))
    assert found == pytest.approx([0, 0, 1, 1])


def test_a_step_is_served_with_next_to_nothing_of_the_raw_score() -> None:
    """So that what has the same step keeps its order, and still lies between step and raw score."""
    labels, _, raw = distorted(3, 8_000, 1.0, 0.0)
    curve = fit_calibration(labels, raw)
    assert curve is not None
    assert curve.kind == "isotonic"
    scores = np.array([0.05, 0.4, 0.95])
    steps = np.interp(scores, curve.at, curve.to)
    found = curve.apply(scores)
    assert found == pytest.approx(steps, abs=2e-3)
    assert (found >= np.minimum(steps, scores)).all()
    assert (found <= np.maximum(steps, scores)).all()
