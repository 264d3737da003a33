"""Whether probabilities come true: the same number as in training, made in the warehouse."""

from __future__ import annotations

import numpy as np
import pytest
from asking import observed, refused, session_of

from foretell.training.metrics import calibration_error

TYPE = "expect_calibration_error_below"


def made(size: int, *, bias: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    scores = random.uniform(0.05, 0.75, size)
    return random.random(size) < scores, scores + bias


@pytest.mark.parametrize("size", [3, 10, 23, 997])
@pytest.mark.parametrize("bias", [0.0, 0.2])
def test_it_is_that_of_training(size: int, bias: float) -> None:
    labels, scores = made(size, bias=bias)
    expected = calibration_error(labels, scores)
    is_fine, found = observed(
        session_of({"score": scores, "has_quit": labels}), TYPE, label="has_quit", max_value=0.1
    )
    assert found == pytest.approx(expected)
    assert is_fine == (expected <= 0.1)


def test_rows_without_an_outcome_are_ignored() -> None:
    labels, scores = made(400, bias=0.1)
    known = np.arange(400) % 3 > 0
    session = session_of(
        {
            "p": scores,
            "select": [bool(one) if is_known else None for one, is_known in zip(labels, known)],  # noqa: B905
        }
    )
    _, found = observed(session, TYPE, score="p", label="select", max_value=1)
    assert found == pytest.approx(calibration_error(labels[known], scores[known]))


def test_rows_of_one_score_are_judged_together() -> None:
    labels = np.repeat([True, False], [30, 70])
    for order in (labels, labels[::-1]):
        session = session_of({"score": np.full(100, 0.3), "has_quit": order})
        assert observed(session, TYPE, label="has_quit", max_value=0.01) == (
            True,
            pytest.approx(0.0, abs=1e-12),
        )


def test_before_the_first_outcome_there_is_nothing_to_judge() -> None:
    labels, scores = made(20, bias=0.5)
    session = session_of({"score": scores, "has_quit": labels})
    for sql in (
        "select * from rows where false",
        "select score, cast(null as boolean) as has_quit from rows",
    ):
        found = observed(session, TYPE, sql, label="has_quit", max_value=0.01)
        assert found == (True, "no known label")


def test_a_label_that_is_not_there_is_named() -> None:
    session = session_of({"score": [0.5]})
    message = refused(session, TYPE, label="has_quit", max_value=0.1)
    assert message == 'The column "has_quit" does not exist; there are score.'
    assert "needs `label`" in refused(session, TYPE, max_value=0.1)
