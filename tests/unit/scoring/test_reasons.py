"""Reasons name what raises a score, in the words of the feature's description."""

from __future__ import annotations

import numpy as np

from foretell.scoring.reasons import reasons

NAMES = ["days_since_last", "count_30d", "noise"]


class Additive:
    """A score that is a sum, so that contributions are known: 0.2 a day, 0.1 less a visit."""

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        filled = np.nan_to_num(features)
        score = 0.1 + 0.02 * filled[:, 0] - 0.01 * filled[:, 1]
        return np.column_stack([1 - score, score])


def explain(features: list[list[float]], count: int = 3) -> list[list[str | None]]:
    return reasons(
        Additive(),
        np.array(features),
        names=NAMES,
        typical={"days_since_last": 5.0, "count_30d": 10.0, "noise": 0.5},
        descriptions={"days_since_last": "Days since\n the last visit. Counted in UTC."},
        count=count,
    )


def test_the_largest_contribution_comes_first_and_lowering_ones_are_left_out() -> None:
    (many, few, none) = explain([[20.0, 4.0, 9.0], [6.0, 0.0, 9.0], [1.0, 20.0, 9.0]])
    days, visits = "Days since the last visit: 20, typically 5", "count 30d: 4, typically 10"
    assert many == [days, visits, None]
    assert few == ["count 30d: 0, typically 10", "Days since the last visit: 6, typically 5", None]
    assert none == [None, None, None]


def test_there_are_as_many_as_asked_for() -> None:
    assert [len(row) for row in explain([[20.0, 4.0, 9.0]], count=1)] == [1]
    assert [len(row) for row in explain([[20.0, 4.0, 9.0]], count=5)] == [5]
    assert explain([[20.0, 4.0, 9.0]], count=0) == [[]]


def test_an_unknown_value_is_called_unknown() -> None:
    ((first, *_),) = explain([[20.0, np.nan, 0.25]])
    assert first == "Days since the last visit: 20, typically 5"
    assert "count 30d: unknown, typically 10" in explain([[0.0, np.nan, 0.25]])[0]


def test_the_rows_are_not_changed() -> None:
    features = np.array([[20.0, 4.0, 9.0]])
    before = features.copy()
    reasons(Additive(), features, names=NAMES, typical={}, descriptions={}, count=3)
    assert np.array_equal(features, before)


def test_a_share_is_read_as_a_percentage() -> None:
    ((said,),) = reasons(
        Additive(),
        np.array([[0.42, 0.0]]),
        names=["idle_share", "count_30d"],
        typical={"idle_share": 0.07, "count_30d": 0.0},
        descriptions={"idle_share": "Share of days without a visit."},
        count=1,
    )
    assert said == "Share of days without a visit: 42%, typically 7%"
