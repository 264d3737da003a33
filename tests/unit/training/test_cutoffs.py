"""Splits: nothing is learnt from what is judged, and nothing from the future."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made import DAY, START, make_rows

from foretell.spec import Task
from foretell.training import cutoffs as module
from foretell.training.cutoffs import FOLDS, MAX_CUTOFFS, MIN_ROWS, REPEATS, SMALL, cutoffs_of
from foretell.training.rows import Rows


def random_rows(seed: int) -> Rows:
    """Rows at irregular as-of times, each maturing after a delay of its own."""
    random = np.random.default_rng(seed)
    size = int(random.integers(600, 1500))
    times = START + np.sort(random.integers(0, int(random.integers(5, 200)), size)) * DAY
    one = random.normal(size=size)
    return make_rows(
        {"one": one},
        one + random.normal(size=size) > 0.5,
        as_of=times,
        matures_at=times + random.integers(0, 40, size) * DAY,
    )


@pytest.mark.parametrize("seed", range(25))
def test_no_training_row_matures_after_its_cutoff(seed: int) -> None:
    rows = random_rows(seed)
    cutoffs = cutoffs_of(rows).all
    assert 0 < len(cutoffs) <= MAX_CUTOFFS
    for cutoff in cutoffs:
        first = rows.as_of[cutoff.test].min()
        assert cutoff.at == first.astype("datetime64[D]").item()
        assert (rows.matures_at[cutoff.train] <= first).all()
        assert not set(cutoff.train) & set(cutoff.test), "a row is learnt and judged by"
        assert len(cutoff.train) >= 100
        assert min(rows.labels[cutoff.train].sum(), (~rows.labels[cutoff.train]).sum()) >= 10
        assert 0 < rows.labels[cutoff.test].mean() < 1
        known = np.flatnonzero((rows.matures_at <= first) & (rows.as_of < first))
        assert np.array_equal(np.sort(cutoff.train), known), "a row that was known is left out"
    assert [one.at for one in cutoffs] == sorted(one.at for one in cutoffs)
    tested = np.concatenate([cutoff.test for cutoff in cutoffs])
    assert len(tested) == len(set(tested)), "a row is judged twice"


def test_too_little_gives_no_cutoff(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = random_rows(3)
    assert cutoffs_of(rows.take(np.zeros(len(rows), bool))).all == ()
    assert cutoffs_of(rows.take(np.zeros(len(rows), bool)), is_flat=True).all == ()
    for limit in ("MIN_ROWS", "MIN_OF_EACH_CLASS"):
        with monkeypatch.context() as changed:
            changed.setattr(module, limit, 10_000)
            assert cutoffs_of(rows).all == ()
            assert cutoffs_of(rows, is_flat=True).all == ()


def dated(labels_at: list[np.ndarray], task: Task = "binary") -> Rows:
    """Rows of as-of times 30 days apart, each maturing when the next begins."""
    labels = np.concatenate(labels_at)
    sizes = [len(one) for one in labels_at]
    as_of = START + np.repeat(np.arange(len(sizes)) * 30, sizes) * DAY
    classes = ("a", "b", "c") if task == "multiclass" else ()
    return make_rows(
        {"one": np.zeros(len(labels))}, labels, task=task, as_of=as_of, classes=classes
    )


MIXED = np.arange(200) % 2 == 0


def test_as_of_times_with_one_outcome_are_passed_over_and_noted() -> None:
    same = np.zeros(200, bool)
    found = cutoffs_of(dated([MIXED, MIXED, MIXED, same, np.array([True] * 3)]))
    assert [str(one.at) for one in found.all] == ["2025-01-31", "2025-03-02"]
    newest, before = found.notes
    assert newest.endswith("only 3 rows")
    assert "2025-05-01" in newest
    assert before.endswith("all are the same")
    assert "2025-04-01" in before
    # What is older than a cut-off that can be judged is not worth a word.
    assert cutoffs_of(dated([MIXED, same, MIXED])).notes == ()


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_other_tasks_need_some_rows_to_judge_by(task: Task) -> None:
    labels = np.arange(200) % 3 if task == "multiclass" else np.linspace(0, 1, 200)
    found = cutoffs_of(dated([labels, labels, labels[:9]], task))
    assert [str(one.at) for one in found.all] == ["2025-01-31"]
    assert "only 9 rows" in found.notes[0]
    constant = np.zeros(200, labels.dtype)
    assert cutoffs_of(dated([constant, constant, labels], task)).all == (), "nothing to learn"


def flat(seed: int, size: int, task: Task = "binary") -> Rows:
    random = np.random.default_rng(seed)
    labels = {
        "binary": random.random(size) < 0.3,
        "multiclass": random.choice(3, size, p=[0.6, 0.25, 0.15]),
        "regression": random.exponential(size=size),
    }[task]
    classes = ("a", "b", "c") if task == "multiclass" else ()
    return make_rows({"one": random.normal(size=size)}, labels, task=task, classes=classes)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    size=st.integers(200, 2_500),
    task=st.sampled_from(["binary", "multiclass", "regression"]),
)
def test_folds_of_a_flat_table(seed: int, size: int, task: Task) -> None:
    rows = flat(seed, size, task)
    found = cutoffs_of(rows, is_flat=True, seed=seed)
    *folds, last = found.all
    assert last.fold is None
    assert len(last.test) == pytest.approx(size / 4, abs=1)
    assert set(last.train) | set(last.test) == set(range(size))
    repeats = REPEATS if size < SMALL else 1
    assert [one.fold for one in folds] == list(range(1, repeats * FOLDS + 1))
    for one in found.all:
        assert not set(one.train) & set(one.test)
        assert str(one.at) == "2025-01-01"
    for one in folds:
        assert not set(last.test) & (set(one.train) | set(one.test)), "the quarter is held out"
    for first in range(0, len(folds), FOLDS):
        tested = np.concatenate([one.test for one in folds[first : first + FOLDS]])
        assert np.array_equal(np.sort(tested), last.train), "each row is judged once per repeat"
    if task != "regression":
        for value in np.unique(rows.labels):
            share = (rows.labels == value).mean()
            for one in found.all:
                here = (rows.labels[one.test] == value).sum()
                assert abs(here - share * len(one.test)) <= 2, "the same mix of classes"
    assert "past was not respected" in found.notes[0]


def test_folds_are_the_same_with_the_same_seed() -> None:
    rows = flat(1, 700)

    def splits(seed: int) -> list[list[int]]:
        return [one.test.tolist() for one in cutoffs_of(rows, is_flat=True, seed=seed).all]

    assert splits(4) == splits(4)
    assert splits(4) != splits(5)
    drawn = splits(4)
    assert drawn[0] != drawn[FOLDS], "a repeat is another split"


def test_few_flat_rows_have_folds_too_and_fewer_are_not_learnt_from() -> None:
    found = cutoffs_of(flat(2, MIN_ROWS + 10), is_flat=True)
    assert [one.fold for one in found.all] == [*range(1, REPEATS * FOLDS + 1), None]
    assert cutoffs_of(flat(2, MIN_ROWS - 1), is_flat=True).all == ()


def test_a_rare_class_of_a_flat_table_is_no_reason_for_a_warning() -> None:
    labels = np.arange(400) % 2
    labels[7] = 2
    rows = make_rows({"one": np.zeros(400)}, labels, task="multiclass", classes=("a", "b", "rare"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(cutoffs_of(rows, is_flat=True).all) == 1 + REPEATS * FOLDS
