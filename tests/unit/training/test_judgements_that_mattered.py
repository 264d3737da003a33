"""Rules of a training that nothing else would miss: each fails if its rule is dropped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from made import START, make_rows, make_spec

from foretell.ground.recipe import Recipe
from foretell.training.backtest import Backtested, Contender, backtest
from foretell.training.choose import Judge, choose
from foretell.training.cutoffs import Cutoff, cutoffs_of
from foretell.training.intervals import fit_intervals
from foretell.training.metrics import evaluate
from foretell.training.refresh import why_it_stays
from foretell.training.value import break_even, named_rows
from foretell.training.worth import worths_of

if TYPE_CHECKING:
    from pathlib import Path

from foretell.ground.definitions import Changes


def backtested(name: str, labels: Any, cutoffs: list[Cutoff], *scores: Any) -> Backtested:
    metrics = [
        evaluate("binary", labels[cutoff.test], one)
        for cutoff, one in zip(cutoffs, scores, strict=True)
    ]
    return Backtested(Contender(Recipe(name, ("a",)), make_spec()), (), scores, tuple(metrics))


@pytest.mark.parametrize(("members", "wins"), [(600, True), (6, False)])
def test_what_six_members_gain_is_not_what_six_hundred_do(members: int, wins: bool) -> None:
    """The same scores, better in four of six rows: of 600 members, or of 4 of 6 with 100 each."""
    labels = np.arange(600) % 2 == 0
    cutoffs = [Cutoff(date(2025, 1, 1), np.arange(0), np.arange(600))]
    is_better = np.arange(600) < 400

    def right(share: Any) -> Any:
        return np.where(labels, share, 1 - share)

    challenger = backtested(
        "hist_gradient_boosting", labels, cutoffs, right(np.where(is_better, 0.8, 0.5))
    )
    incumbent = backtested("logistic", labels, cutoffs, right(np.where(is_better, 0.6, 0.7)))
    rows = make_rows({"a": np.zeros(600)}, labels, entity=np.arange(600) // (600 // members))
    judge = Judge(make_spec(promote={"confidence": 0.95}), rows, cutoffs, seed=1)
    assert judge.difference(challenger, incumbent, [0]).mean > 0.07
    assert (choose(challenger, incumbent, judge).winner is challenger) is wins


VOTERS = '''
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Voters(ClassifierMixin, BaseEstimator):
    """Three columns that each tell the outcome vote; two of them are enough."""

    def fit(self, frame, labels):
        self.classes_ = np.array([False, True])
        return self

    def predict_proba(self, frame):
        votes = np.zeros(len(frame))
        for name, least in (("first", 0.0), ("second", 0.5), ("third", 1.0)):
            if name in frame:
                values = frame[name].to_numpy()
                votes += np.where(
                    name == "first", values > 0, np.abs(np.mod(values, 2 * least or 1)) < least
                )
        yes = np.where(votes >= 2, 0.9, 0.1)
        return np.column_stack([1 - yes, yes])


def make(seed):
    return Voters()
'''


def test_features_that_stand_in_for_each_other_are_not_called_worthless(tmp_path: Path) -> None:
    """None of the three is missed alone, and without all of them nothing can be told."""
    (tmp_path / "voters.py").write_text(VOTERS, encoding="utf-8")
    random = np.random.default_rng(3)
    size = 2_400
    labels = random.random(size) < 0.5
    turns = random.integers(-50, 50, size=(2, size))
    columns = {
        "first": np.where(labels, 1, -1) * random.uniform(0.1, 1, size),
        # Which part of a turn tells the outcome, so that ranks tell nothing.
        "second": turns[0] + np.where(labels, 0, 0.5) + random.uniform(0, 0.5, size),
        "third": turns[1] * 2 + np.where(labels, 0, 1) + random.uniform(0, 1, size),
    }
    as_of = np.repeat(START + np.arange(4) * np.timedelta64(30, "D"), size // 4)
    rows = make_rows(columns, labels, as_of=as_of)
    cutoffs = cutoffs_of(rows).all
    contender = Contender(
        Recipe("voters:make", tuple(columns)),
        make_spec(candidates=["voters:make"]),
        modules=tmp_path,
    )
    backtests = backtest([contender], rows, cutoffs, seed=1, progress=lambda _: None)
    assert not backtests.notes
    (tried,) = backtests.all
    said: list[str] = []
    found = worths_of(
        tried,
        rows,
        cutoffs,
        metric="log_loss",
        entity="member_id",
        view_of={},
        seed=1,
        progress=said.append,
    )
    assert any("refit without 3 features" in one for one in said), "none is missed alone"
    assert {one.verdict for one in found} == {"unclear"}


@dataclass(frozen=True)
class Champion:
    """A stored version that scores as it was told."""

    recipe: Recipe
    form: Any
    trained_until: datetime = datetime(2024, 6, 1)
    version: int = 3
    unusable: str | None = None


class Says:
    """A serving form with scores known beforehand."""

    classes: tuple[str, ...] = ()

    def __init__(self, scores: Any) -> None:
        self._scores = scores

    def scores(self, _: Any) -> Any:
        return self._scores


def stays(*, max_loss: float, trained_until: datetime) -> str | None:
    """Whether a champion stays that is better by half than its recipe, fitted on newer data."""
    labels = np.arange(300) % 2 == 0
    cutoffs = [Cutoff(date(2025, 1, 1), np.arange(0), np.arange(300))]
    ours, stored = np.where(labels, 0.6, 0.4), np.where(labels, 0.75, 0.25)
    refreshed = backtested("logistic", labels, cutoffs, ours)
    champion = Champion(refreshed.contender.recipe, Says(stored), trained_until)
    rows = make_rows({"a": np.zeros(300)}, labels)
    spec = make_spec(promote={"max_loss": max_loss})
    return why_it_stays(champion, Changes(), refreshed, rows, cutoffs[0], spec)


def test_a_refresh_that_loses_more_than_is_allowed_is_not_taken() -> None:
    before = datetime(2024, 12, 31)
    said = stays(max_loss=0.2, trained_until=before)
    assert said is not None
    assert "v3 stays: refitted on newer data, its recipe was worse by 77.6% (log_loss)" in said
    assert stays(max_loss=0.8, trained_until=before) is None


def test_a_champion_is_not_judged_by_rows_that_it_has_learnt() -> None:
    assert stays(max_loss=0.2, trained_until=datetime(2025, 1, 2)) is None


def test_an_interval_ends_at_the_residual_that_conformal_prediction_asks_for() -> None:
    """Of 40 residuals the 39th: the (40 + 1) .95-th. The 38th would hold too few."""
    residuals = np.arange(1.0, 41.0)
    found = fit_intervals(residuals - 20.5, np.zeros(40))
    assert found is not None
    assert found.above.tolist() == [39 - 20.5]
    assert found.below.tolist() == [2 - 20.5]


def test_who_is_exactly_at_the_break_even_is_named() -> None:
    value = make_spec(value={"true_positive": 3, "false_positive": -1}).value
    assert break_even(value) == 0.25
    assert named_rows(value, np.array([0.25, 0.2499, 0.9])) == 2
    capped = replace_capacity(value, 1)
    assert named_rows(capped, np.array([0.25, 0.9])) == 1


def replace_capacity(value: Any, capacity: int) -> Any:
    return value.model_copy(update={"capacity": capacity})
