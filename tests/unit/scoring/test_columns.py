"""The columns that hold scores, by task."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from foretell.published import class_columns
from foretell.scoring.columns import score_arrays
from foretell.training.intervals import fit_intervals
from foretell.training.model import Model


def test_names_of_classes() -> None:
    assert class_columns(["Gold", "silver plus", "A/B", "!"]) == [
        "score_gold", "score_silver_plus", "score_a_b", "score_3",
    ]  # fmt: skip


def test_a_name_that_was_made_unique_is_unique() -> None:
    assert len(set(class_columns(["A", "A_2", "a"]))) == 3


@given(st.lists(st.sampled_from(["A", "a", "b", "B ", "ä", "!", "?", ""]), unique=True, max_size=8))
def test_each_class_has_a_column_of_its_own(classes: list[str]) -> None:
    names = class_columns(sorted(classes))
    assert len(set(names)) == len(names)
    assert all(name.startswith("score_") and " " not in name for name in names)


def test_columns_of_each_task() -> None:
    scores = np.array([[0.2, 0.8], [0.9, 0.1]])
    several = score_arrays(Model(None, task="multiclass", classes=("no", "yes")), scores)
    assert {name: one.to_pylist() for name, one in several.items()} == {
        "predicted": ["yes", "no"], "score": [0.8, 0.9],
        "score_no": [0.2, 0.9], "score_yes": [0.8, 0.1],
    }  # fmt: skip
    assert list(score_arrays(Model(None, task="binary"), scores[:, 0])) == ["score"]
    numbers = np.linspace(0, 100, 300)
    bare = score_arrays(Model(None, task="regression"), numbers)
    assert bare["score_lower"].null_count == len(numbers)
    around = fit_intervals(numbers + np.sin(numbers), numbers)
    found = score_arrays(Model(None, task="regression", intervals=around), numbers)
    assert list(found) == ["score", "score_lower", "score_upper"]
    assert (found["score_lower"].to_numpy() <= found["score_upper"].to_numpy()).all()
