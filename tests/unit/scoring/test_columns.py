"""The columns that hold scores, by task."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretell.forms.form import serving_form
from foretell.published import class_columns, class_columns_in
from foretell.scoring.columns import score_arrays
from foretell.training.intervals import fit_intervals
from foretell.training.model import Model


def test_names_of_classes() -> None:
    assert class_columns(["Gold", "silver plus", "A/B", "-1", "0", "1", "A+", "A-", "a-b c"]) == [
        *("score_gold", "score_silver_plus", "score_a_b", "score_minus_1", "score_0", "score_1"),
        *("score_a_plus", "score_a_minus", "score_a_b_c"),
    ]  # fmt: skip


def test_classes_whose_characters_are_lost_are_told_apart() -> None:
    several = ["!", "?", "", "<5", ">5", ">=5", "5", "5%", "🙂", "no!", "lower", "(a)"]
    names = class_columns(several)
    assert len({name.lower() for name in names}) == len(several)
    assert "score_lower" not in names  # the end of a regression's interval
    # The name is the class's own, whatever others there are and wherever it stands.
    assert names == [class_columns([one])[0] for one in several]


def test_a_name_that_was_made_unique_is_unique() -> None:
    assert len(set(class_columns(["A", "A_2", "a"]))) == 3
    # Neither takes the name that the other has where it is alone.
    assert "score_a" not in class_columns(["A", "a"])


@pytest.mark.parametrize(
    ("classes", "columns", "names"),
    [
        (["-1", "1"], ["score_minus_1", "score_0", "score_1"], ["score_minus_1", "score_1"]),
        (
            ["-1", "0", "1"],
            ["score_1", "score_0", "score_1_3"],
            ["score_1", "score_0", "score_1_3"],
        ),
        (["Gold"], class_columns(["Gold", "gold"]), class_columns(["Gold", "gold"])[:1]),
        (["Gold", "new"], ["score_gold", "score_tin"], ["score_gold", None]),
        (["Gold", "gold"], ["score_gold"], ["score_gold", None]),
    ],
)
def test_scores_are_found_among_the_columns_that_a_version_filled(
    classes: list[str], columns: list[str], names: list[str | None]
) -> None:
    assert class_columns_in(classes, columns) == names


@given(st.lists(st.sampled_from(["A", "a", "b", "B ", "ä", "!", "?", ""]), unique=True, max_size=8))
def test_each_class_has_a_column_of_its_own(classes: list[str]) -> None:
    names = class_columns(sorted(classes))
    assert len(set(names)) == len(names)
    assert all(name.startswith("score_") and " " not in name for name in names)


def test_columns_of_each_task() -> None:
    scores = np.array([[0.2, 0.8], [0.9, 0.1]])
    several = score_arrays(
        serving_form(Model(None, task="multiclass", classes=("no", "yes"))), scores
    )
    assert {name: one.to_pylist() for name, one in several.items()} == {
        "predicted": ["yes", "no"], "score": [0.8, 0.9],
        "score_no": [0.2, 0.9], "score_yes": [0.8, 0.1],
    }  # fmt: skip
    assert list(score_arrays(serving_form(Model(None, task="binary")), scores[:, 0])) == ["score"]
    numbers = np.linspace(0, 100, 300)
    bare = score_arrays(serving_form(Model(None, task="regression")), numbers)
    assert bare["score_lower"].null_count == len(numbers)
    around = fit_intervals(numbers + np.sin(numbers), numbers)
    found = score_arrays(serving_form(Model(None, task="regression", intervals=around)), numbers)
    assert list(found) == ["score", "score_lower", "score_upper"]
    assert (found["score_lower"].to_numpy() <= found["score_upper"].to_numpy()).all()
