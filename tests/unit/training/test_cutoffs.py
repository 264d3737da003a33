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
from foretell.training.blocks import ENOUGH, PART, telling
from foretell.training.cutoffs import (
    FOLDS,
    MAX_CUTOFFS,
    MIN_ROWS,
    REPEATS,
    SMALL,
    Cutoffs,
    cutoffs_of,
)
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
        assert telling(rows, rows.labels[cutoff.test]) >= min(ENOUGH, rows.labels.sum() // PART)
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


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_thin_neighbours_are_judged_together(task: Task) -> None:
    many = {"binary": MIXED, "multiclass": np.arange(200) % 3, "regression": np.linspace(0, 1, 200)}
    thin = many[task][:15]
    found = cutoffs_of(dated([many[task], thin, many[task], thin, thin, thin, thin], task))
    sizes = {"binary": 200 + 4 * 15, "multiclass": 15 * 3, "regression": 15 * 2}
    last = found.all[-1]
    assert len(last.test) == sizes[task]
    assert "fewer than 30" in found.notes[0]
    assert "neighbours were judged together" in found.notes[0]
    for one in found.all:
        assert one.train.max() < one.test.min(), "rows that are judged together are all later"
        # In order of time, with nothing in between left out.
        assert np.array_equal(one.test, np.arange(one.test[0], one.test[-1] + 1))


def test_few_outcomes_in_all_are_still_parted() -> None:
    rare = np.arange(200) == 7
    found = cutoffs_of(dated([MIXED[:30], *[rare] * 20]))
    *_, last = found.all
    assert len(found.all) > 2
    assert rows_of_rare(found) == [5] * len(found.all), "35 // 6"
    assert "fewer than 5 outcomes" in found.notes[0]
    assert len(last.test) == 5 * 200


def rows_of_rare(found: Cutoffs) -> list[int]:
    return [len(one.test) // 200 for one in found.all]


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_nothing_is_learnt_from_a_constant(task: Task) -> None:
    labels = np.arange(200) % 3 if task == "multiclass" else np.linspace(0, 1, 200)
    constant = np.zeros(200, labels.dtype)
    assert cutoffs_of(dated([constant, constant, labels], task)).all == (), "nothing to learn"


def days_between(found: Cutoffs) -> list[int]:
    newest = found.all[-1].at
    return [(newest - one.at).days for one in found.all]


def test_cutoffs_are_spread_over_a_year() -> None:
    found = cutoffs_of(dated([MIXED] * 30))
    assert days_between(found) == [360, 270, 210, 120, 30, 0]


def test_an_old_cutoff_needs_half_the_rows_of_the_last() -> None:
    # The seventh learns from six times of the thirteen.
    assert days_between(cutoffs_of(dated([MIXED] * 14))) == [180, 150, 90, 60, 30, 0]
    # Two before the last count in any case.
    assert days_between(cutoffs_of(dated([MIXED] * 4))) == [60, 30, 0]


def test_many_as_of_times_are_judged_in_spans_of_the_last_year() -> None:
    times = START + np.repeat(np.arange(1000), 4) * DAY
    rows = make_rows({"one": np.zeros(4000)}, np.arange(4000) % 2 == 0, as_of=times)
    found = cutoffs_of(rows)
    assert len(found.all) == MAX_CUTOFFS
    for one in found.all:
        days = np.unique(rows.as_of[one.test])
        assert 15 <= len(days) <= 16, "a year in 24 parts"
        assert (found.all[-1].at - one.at).days <= 366


def test_cutoffs_that_select_learn_from_a_bounded_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = dated([MIXED] * 10)
    everything = cutoffs_of(rows).all
    monkeypatch.setattr(module, "MAX_LEARNT_VALUES", 150)
    bounded = cutoffs_of(rows, seed=3).all
    assert [len(one.train) for one in bounded[:-1]] == [150] * (len(bounded) - 1)
    assert np.array_equal(bounded[-1].train, everything[-1].train), "the last one learns from all"
    for one, other in zip(bounded, everything, strict=True):
        assert set(one.train) <= set(other.train)
        assert np.array_equal(one.test, other.test)
    again = cutoffs_of(rows, seed=3).all
    assert all(np.array_equal(a.train, b.train) for a, b in zip(bounded, again, strict=True))


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


def test_a_row_is_drawn_by_its_key_and_not_by_its_place() -> None:
    rows = flat(1, 700)
    mixed = rows.take(np.random.default_rng(0).permutation(len(rows)))

    def members(of: Rows) -> list[set[int]]:
        members = of.table.column("member_id").to_numpy()
        return [set(members[one.test].tolist()) for one in cutoffs_of(of, is_flat=True).all]

    assert members(mixed) == members(rows)


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
