"""Selection over seasons: what holds at one cut-off only is not what holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from made import make_rows, make_spec

from foretell.ground.recipe import Recipe
from foretell.training.backtest import Backtested, Contender
from foretell.training.choose import Judge, first_to_try, hopeless, select
from foretell.training.cutoffs import Cutoff
from foretell.training.metrics import evaluate

SIZE, SEASONS = 3_000, 6
RANDOM = np.random.default_rng(5)
TRUTH = RANDOM.random(SIZE)
LABELS = RANDOM.random(SIZE) < TRUTH
CUTOFFS = [
    Cutoff(date(2025, at + 1, 1), np.arange(0), np.arange(SIZE)[at::SEASONS])
    for at in range(SEASONS)
]
FOLDS = [replace(one, fold=number) for number, one in enumerate(CUTOFFS[:-1], 1)] + CUTOFFS[-1:]
SPEC = make_spec()


def judge(cutoffs: list[Cutoff] = CUTOFFS) -> Judge:
    return Judge(SPEC, make_rows({"a": np.zeros(SIZE)}, LABELS), cutoffs, seed=1)


def tried(name: str, *noise: float, needed: bool = False) -> Backtested:
    """Scores that are the truth, blurred by as much as is said for each season."""
    random = np.random.default_rng(3)
    scores = []
    for cutoff, blur in zip(CUTOFFS, noise * (SEASONS // len(noise)), strict=True):
        truth = TRUTH[cutoff.test]
        shift = random.normal(scale=blur, size=len(truth))
        scores.append(1 / (1 + np.exp(-(np.log(truth / (1 - truth)) + shift))))
    metrics = [
        evaluate("binary", LABELS[one.test], made)
        for one, made in zip(CUTOFFS, scores, strict=True)
    ]
    contender = Contender(Recipe(name, ("a",)), SPEC, is_needed=needed)
    return Backtested(contender, (None,) * SEASONS, tuple(scores), tuple(metrics))


def test_better_in_one_season_alone_is_not_surely_better() -> None:
    logistic = tried("logistic", 0.4)
    once = tried("hist_gradient_boosting", 0.0, 0.5, 0.5, 0.5, 0.3, 0.4)
    always = tried("hist_gradient_boosting", 0.2)
    assert select([logistic, always], judge()) is always
    great_once = tried("hist_gradient_boosting", 0.45, 0.45, 0.0, 0.45, 0.45, 0.4)
    logistic_bad_once = tried("logistic", 0.4, 0.4, 2.0, 0.4, 0.4, 0.4)
    assert select([logistic_bad_once, great_once], judge()) is logistic_bad_once
    assert select([logistic_bad_once, great_once], judge(FOLDS)) is great_once, (
        "folds drawn at random are no seasons: there the rows tell how sure it is"
    )
    assert select([logistic, once], judge()) is logistic


@pytest.mark.parametrize(("count", "positions"), [(6, (2, 3, 4)), (5, ()), (16, (12, 13, 14))])
def test_the_newest_that_select_are_tried_first(count: int, positions: tuple[int, ...]) -> None:
    assert first_to_try(CUTOFFS[:1] * count) == positions


def test_who_is_behind_at_each_of_the_first_is_hopeless() -> None:
    at = (2, 3, 4)
    good, bad = tried("logistic", 0.1).at(at), tried("hist_gradient_boosting", 2.0).at(at)
    bad_twice = tried("hist_gradient_boosting", 2.0, 2.0, 2.0, 0.1, 2.0, 2.0).at(at)
    first = judge([CUTOFFS[one] for one in at])
    why = hopeless(bad, [tried("prior", 4.0).at(at), good], first)
    assert why is not None
    assert "logistic regression was surely better (log loss " in why
    assert hopeless(bad_twice, [good], first) is None, "there is a season in which it is not behind"
    assert hopeless(good, [good], first) is None
    folds = judge([FOLDS[one] for one in at])
    assert hopeless(bad_twice, [good], folds) is not None, "folds are no seasons"
