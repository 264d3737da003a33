"""Lines about scores and labels: their mean, its shift, the positives, the missing ones."""

from __future__ import annotations

from typing import Any

import pytest
from asking import evaluate, observed, refused, session_of

NOTHING = "select * from rows where false"


@pytest.fixture(scope="module")
def session() -> Any:
    return session_of(
        {
            "score": [0.1, 0.2, 0.6, None, float("nan")],
            "has_quit": [True, False, False, False, None],
            "Order": [1, 0, 0, 0, None],
        }
    )


def test_the_mean_score_leaves_out_what_is_unknown(session: Any) -> None:
    line = "expect_mean_score_between"
    assert observed(session, line, min_value=0.3) == (True, pytest.approx(0.3))
    assert observed(session, line, min_value=0.31)[0] is False
    assert observed(session, line, max_value=0.29)[0] is False
    assert observed(session, line, NOTHING, min_value=0.1) == (False, "no value")


def test_a_shift_counts_in_both_directions(session: Any) -> None:
    line = "expect_score_shift_below"
    for previous in (0.25, 0.35):
        found = observed(session, line, previous=previous, max_value=0.051)
        assert found == (True, pytest.approx(0.05))
        assert observed(session, line, previous=previous, max_value=0.049)[0] is False
    assert observed(session, line, NOTHING, previous=0.3, max_value=1) == (False, "no value")
    assert "needs `previous`" in refused(session, line, max_value=1)


@pytest.mark.parametrize("label", ["has_quit", "Order", "order"])
def test_positives_are_a_share_of_known_labels(session: Any, label: str) -> None:
    line = "expect_positive_rate_between"
    assert observed(session, line, label=label, max_value=0.25) == (True, pytest.approx(0.25))
    assert observed(session, line, label=label, max_value=0.2)[0] is False
    assert observed(session, line, label=label, min_value=0.3)[0] is False
    assert observed(session, line, NOTHING, label=label, min_value=0.3)[1] == "no known label"
    assert "needs `label`" in refused(session, line, max_value=0.2)


def test_each_row_has_a_score(session: Any) -> None:
    line = "expect_no_missing_predictions"
    assert observed(session, line, expected=3) == (True, 3)
    assert observed(session, line, expected=5) == (False, 3)
    assert observed(session, line, expected=5, max_missing=2) == (True, 3)
    assert observed(session, line, expected=2, max_missing=2) == (False, 3)
    assert observed(session, line, NOTHING, expected=0) == (True, 0)
    assert "needs `expected`" in refused(session, line)


@pytest.mark.parametrize(
    ("kwargs", "phrase"),
    [
        ({}, "without a limit nothing can fail"),
        ({"min_value": 2, "max_value": 1}, "min_value 2 is above max_value 1"),
        ({"min_value": "much"}, "not a valid float"),
        ({"most": 1}, "extra fields not permitted"),
    ],
)
def test_wrong_arguments_are_refused_at_once(
    session: Any, kwargs: dict[str, Any], phrase: str
) -> None:
    with pytest.raises(ValueError, match=phrase):
        evaluate(session, [("expect_mean_score_between", kwargs)])
