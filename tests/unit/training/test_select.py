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


@pytest.mark.parametrize(
    ("count", "positions"),
    [(3, ()), (4, (0, 2)), (5, (0, 3)), (6, (0, 2, 4)), (16, (0, 7, 14))],
)
def test_half_of_those_that_select_are_tried_first_spread_over_the_year(
    count: int, positions: tuple[int, ...]
) -> None:
    assert first_to_try(CUTOFFS[:1] * count) == positions


def test_who_is_behind_at_each_of_the_first_is_hopeless() -> None:
    at = (2, 3, 4)
    good, bad = tried("hist_gradient_boosting", 0.1).at(at), tried("logistic", 2.0).at(at)
    bad_twice = tried("logistic", 2.0, 2.0, 2.0, 0.1, 2.0, 2.0).at(at)
    first = judge([CUTOFFS[one] for one in at])
    why = hopeless(bad, [tried("prior", 4.0).at(at), good], first)
    assert why is not None
    assert "gradient boosting was surely better (log loss " in why
    assert hopeless(bad_twice, [good], first) is None, "there is a season in which it is not behind"
    assert hopeless(good, [good], first) is None
    folds = judge([FOLDS[one] for one in at])
    assert hopeless(bad_twice, [good], folds) is not None, "folds are no seasons"


def test_who_is_nowhere_ahead_of_a_simpler_one_is_hopeless() -> None:
    at = (0, 3)
    first = judge([CUTOFFS[one] for one in at])

    def lost(name: str, *losses: float) -> Backtested:
        same = tried(name, 0.3).at(at)
        metrics = [
            {**one, "log_loss": loss} for one, loss in zip(same.metrics, losses, strict=True)
        ]
        return replace(same, metrics=tuple(metrics))

    plain = lost("logistic", 0.5, 0.6)
    why = hopeless(lost("hist_gradient_boosting", 0.51, 0.6), [plain], first)
    assert why == (
        "logistic regression, which is simpler, was as good at each "
        "(log loss 0.5500 against 0.5550 on average)"
    )
    assert hopeless(lost("hist_gradient_boosting", 0.7, 0.59), [plain], first) is None
    flexible = lost("hist_gradient_boosting", 0.4, 0.5)
    assert hopeless(plain, [flexible], first) is None, "behind, but it may still be chosen"
    assert hopeless(lost("hist_gradient_boosting", 0.45, 0.55), [flexible, plain], first) is None
    assert hopeless(plain, [lost("prior", 0.5, 0.6)], first) is None, "a model tells what is worth"
