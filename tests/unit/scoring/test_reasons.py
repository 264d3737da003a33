"""Reasons name what raises a score, in the words of the feature's description."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from made import make_frame

from foretell.forms.form import ServingForm, serving_form
from foretell.scoring.reasons import contributions, reasons, worded
from foretell.training.model import Model
from foretell.training.rows import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = ["days_since_last", "count_30d", "noise"]


class Additive:
    """A score that is a sum, so that contributions are known: 0.2 a day, 0.1 less a visit."""

    def predict_proba(self, features: pd.DataFrame) -> np.ndarray:
        filled = np.nan_to_num(features.to_numpy())
        score = 0.1 + 0.02 * filled[:, 0] - 0.01 * filled[:, 1]
        return np.column_stack([1 - score, score])


def columns(**values: list) -> dict[str, np.ndarray]:
    """Columns as the engine has them."""
    frame = make_frame(values)
    return {name: frame[name].to_numpy() for name in frame}


MODEL = serving_form(Model(Additive(), task="binary"))


def explain(features: list[list[float]], count: int = 3) -> list[list[str | None]]:
    return reasons(
        MODEL,
        columns(**dict(zip(NAMES, np.array(features).T.tolist(), strict=True))),
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
    features = columns(days_since_last=[20.0], count_30d=[4.0], noise=[9.0])
    reasons(MODEL, features, typical={}, descriptions={}, count=3)
    assert {name: list(one) for name, one in features.items()} == {
        "days_since_last": [20.0], "count_30d": [4.0], "noise": [9.0],
    }  # fmt: skip


def test_a_share_is_read_as_a_percentage() -> None:
    ((said,),) = reasons(
        MODEL,
        columns(idle_share=[0.42], count_30d=[0.0]),
        typical={"idle_share": 0.07, "count_30d": 0.0},
        descriptions={"idle_share": "Share of days without a visit."},
        count=1,
    )
    assert said == "Share of days without a visit: 42%, typically 7%"


class ByTown:
    """In Bern the second class is likelier by .4, elsewhere the first; age is the third."""

    classes_ = np.array([0, 1, 2])

    def predict_proba(self, features: pd.DataFrame) -> np.ndarray:
        is_bern = (features["town"] == "Bern").to_numpy()
        third = 0.01 * np.nan_to_num(features["age"].to_numpy())
        first = np.where(is_bern, 0.1, 0.5)
        return np.column_stack([first, 1 - first - third, third])


def by_town() -> ServingForm:
    return serving_form(Model(ByTown(), task="multiclass", classes=("stays", "moves", "dies")))


def test_of_several_classes_the_predicted_one_is_explained() -> None:
    model = by_town()
    frame = columns(town=["Bern", "Ulm", "Bern"], age=[10.0, 10.0, 80.0])
    found = contributions(model, frame, typical={"town": "Ulm", "age": 20.0})
    assert found.round(9).tolist() == [[0.4, 0.1], [0.0, 0.0], [0.0, 0.6]]


def test_strings_are_said_as_they_are() -> None:
    model = by_town()
    frame = columns(town=["Bern", "Ulm"], age=[10.0, 10.0])
    first, second = reasons(
        model, frame, typical={"town": "Ulm"}, descriptions={"town": "Home town."}, count=1
    )
    assert first == ["Home town: Bern, typically Ulm"]
    assert second == [None]
    ((unknown,),) = reasons(
        model, {name: one[:1] for name, one in frame.items()}, typical={}, descriptions={}, count=1
    )
    assert unknown == "town: Bern, typically unknown"


class Unhappy:
    """A score that is higher where the town is not known."""

    def predict_proba(self, features: pd.DataFrame) -> np.ndarray:
        score = np.where(features["town"] == UNKNOWN, 0.9, 0.1)
        return np.column_stack([1 - score, score])


def test_an_unknown_string_is_called_unknown() -> None:
    model = serving_form(Model(Unhappy(), task="binary"))
    ((said,),) = reasons(
        model, columns(town=[UNKNOWN]), typical={"town": "Ulm"}, descriptions={}, count=1
    )
    assert said == "town: unknown, typically Ulm"


class Spend:
    """A number that is explained as a probability is."""

    def predict(self, features: pd.DataFrame) -> np.ndarray:
        return 3 * features["visits"].to_numpy()


def test_a_number_is_explained_in_its_own_unit() -> None:
    model = serving_form(Model(Spend(), task="regression"))
    found = contributions(model, columns(visits=[5.0, 1.0]), typical={"visits": 2.0})
    assert found.tolist() == [[9.0], [-3.0]]


@pytest.mark.parametrize(
    ("value", "label", "is_day", "said"),
    [
        (float("nan"), "Share of visits", None, "unknown"),
        (UNKNOWN, "Home town", None, "unknown"),
        ("Bern", "Home town", None, "Bern"),
        (
            "word " * 40,
            "Complaint",
            None,
            '"word word word word word word word word word word word..."',
        ),
        (1.0, "Whether a member", None, "yes"),
        (19058.0, "Made on", True, "2022-03-07"),
        (12.0, "Last visit", False, "12 days before"),
        (-3.0, "End of contract", False, "3 days after"),
        (1234.5, "Spent", None, "1,234"),
    ],
)
def test_values_are_said_as_a_person_reads_them(
    value: float | str, label: str, is_day: bool | None, said: str
) -> None:
    assert worded(value, label=label, is_day=is_day) == said


@pytest.mark.parametrize("most", [1, 10_000, 10**9])
def test_many_features_are_looked_at_together_and_mean_the_same(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    random = np.random.default_rng(0)
    features = {f"f{n}": random.normal(size=4) for n in range(600)}
    features["kind"] = np.array(["a", "b", "a", UNKNOWN], object)
    weights = random.normal(size=600)
    weights[5] = 0.0
    asked: list[int] = []

    def raw(columns: Mapping[str, np.ndarray]) -> np.ndarray:
        asked.append(len(columns["f0"]))
        numbers = np.column_stack([columns[f"f{n}"] for n in range(600)])
        return np.asarray(numbers @ weights / 1e4 + 0.1 * (columns["kind"] == "b"))

    form = ServingForm("regression", (), raw)
    typical: dict[str, float | str] = {f"f{n}": 0.5 for n in range(600)} | {"kind": "a"}
    monkeypatch.setattr("foretell.scoring.reasons.MAX_VALUES", most)
    found = contributions(form, features, typical=typical)
    expected = np.column_stack([(features[f"f{n}"] - 0.5) * weights[n] / 1e4 for n in range(600)])
    assert np.allclose(found[:, :600], expected, atol=1e-12)
    assert (found[:, 5] == 0).all()
    assert np.allclose(found[:, 600], [0, 0.1, 0, 0])
    assert len(asked) == {1: 602, 10_000: 152, 10**9: 2}[most]
