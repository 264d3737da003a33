"""Who is selected and who wins, where it is known who should."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from made import make_rows, make_spec

from foretell.ground.recipe import Recipe
from foretell.training.backtest import Backtested, Contender
from foretell.training.choose import Judge, choose, select
from foretell.training.cutoffs import Cutoff
from foretell.training.metrics import evaluate

SIZE = 900
RANDOM = np.random.default_rng(11)
TRUTH = RANDOM.random(SIZE)
LABELS = RANDOM.random(SIZE) < TRUTH
CUTOFFS = [
    Cutoff(date(2025, month, 1), np.arange(0), np.arange(SIZE)[month::3]) for month in (1, 2)
] + [Cutoff(date(2025, 3, 1), np.arange(0), np.arange(SIZE)[0::3])]
SPEC = make_spec()


def judge(slices: dict[str, Any] | None = None, **promote: Any) -> Judge:
    spec = make_spec(promote=promote, slices=list(slices or {}))
    rows = make_rows({"a": np.zeros(SIZE), "b": np.zeros(SIZE)}, LABELS, slices=slices)
    return Judge(spec, rows, CUTOFFS, seed=1)


def tried(
    name: str, noise: float, *, features: tuple[str, ...] = ("a", "b"), last: float | None = None
) -> Backtested:
    """Scores that are the truth, blurred: at the last cut-off by as much as `last` says."""
    random = np.random.default_rng(len(name))
    scores = []
    for at, cutoff in enumerate(CUTOFFS):
        blur = last if last is not None and at == 2 else noise
        shift = random.normal(scale=blur, size=len(cutoff.test))
        logit = np.log(TRUTH / (1 - TRUTH))[cutoff.test]
        scores.append(1 / (1 + np.exp(-(logit + shift))))
    metrics = [
        evaluate("binary", LABELS[one.test], made)
        for one, made in zip(CUTOFFS, scores, strict=True)
    ]
    contender = Contender(Recipe(name, features), SPEC)
    return Backtested(contender, (), tuple(scores), tuple(metrics))


def test_the_best_is_selected_though_it_is_not_the_simplest() -> None:
    prior, logistic, boosting = (
        tried("prior", 3.0),
        tried("logistic", 1.5),
        tried("hist_gradient_boosting", 0.01),
    )
    assert select([prior, logistic, boosting], judge()) is boosting


def test_of_those_as_good_as_the_best_the_simplest_is_selected() -> None:
    prior, logistic, boosting = (
        tried("prior", 3.0),
        tried("logistic", 0.02),
        tried("hist_gradient_boosting", 0.01),
    )
    assert select([boosting, prior, logistic], judge()) is logistic
    fewer = tried("logistic", 0.02, features=("a",))
    assert select([boosting, prior, logistic, fewer], judge()) is fewer


def test_the_last_cutoff_is_not_looked_at_when_selecting() -> None:
    logistic = tried("logistic", 1.5, last=0.0)
    boosting = tried("hist_gradient_boosting", 0.0, last=3.0)
    assert select([logistic, boosting], judge()) is boosting
    choice = choose(boosting, logistic, judge())
    assert choice.winner is logistic, "but it decides"
    assert choice.rejected is not None
    for phrase in ("better only with 0% confidence", "better at 2 of 3 cut-offs", "2025-03-01 -"):
        assert phrase in choice.rejected


def test_a_gain_must_be_sure() -> None:
    """A little better is not enough where that may be chance."""
    logistic, boosting = tried("logistic", 0.32), tried("hist_gradient_boosting", 0.28)
    found = judge().difference(boosting, logistic, [2])
    assert 0.5 < found.confidence < 0.95, "the example is to be unsure"
    cautious = choose(boosting, logistic, judge(confidence=0.95))
    assert cautious.winner is logistic
    assert cautious.rejected is not None
    for phrase in ("Gradient boosting rejected", "It was better at", "95% is asked for"):
        assert phrase in cautious.rejected
    bold = choose(boosting, logistic, judge(confidence=0.5))
    assert bold.winner is boosting
    assert "Gradient boosting beats logistic regression on the last cut-off" in bold.verdict


def test_a_margin_must_be_surely_exceeded() -> None:
    logistic, boosting = tried("logistic", 2.0), tried("hist_gradient_boosting", 0.0)
    gain = judge().difference(boosting, logistic, [2])
    assert choose(boosting, logistic, judge()).winner is boosting
    choice = choose(boosting, logistic, judge(min_gain=gain.mean - gain.error / 10))
    assert choice.winner is logistic
    assert choice.rejected is not None
    assert "of a gain above" in choice.rejected


def test_the_champions_own_recipe_is_a_refresh() -> None:
    logistic = tried("logistic", 0.1)
    choice = choose(logistic, logistic, judge())
    assert choice.winner is logistic
    assert choice.rejected is None
    assert "fitted on all matured rows (log loss" in choice.verdict


def test_the_rule_must_be_beaten_even_where_it_is_not_the_incumbent() -> None:
    incumbent = tried("logistic", 3.0)
    rule = tried("rule", 0.0, features=())
    boosting = tried("hist_gradient_boosting", 0.8)
    assert choose(boosting, incumbent, judge()).winner is boosting
    choice = choose(boosting, incumbent, judge(), rule=rule)
    assert choice.winner is incumbent
    assert choice.rejected is not None
    assert "of the simple rule" in choice.rejected
    beaten = tried("rule", 3.0, features=())
    assert choose(boosting, incumbent, judge(), rule=beaten).winner is boosting
    assert choose(rule, incumbent, judge(), rule=rule).winner is rule, "it need not beat itself"


def test_the_rule_serves_where_no_model_surely_beats_it() -> None:
    rule = tried("rule", 0.1, features=())
    choice = choose(tried("logistic", 3.0), rule, judge(), rule=rule)
    assert choice.winner is rule
    assert choice.verdict.startswith("No lift over the rule")


def test_a_better_challenger_that_breaks_a_guard_loses_in_words() -> None:
    incumbent, boosting = tried("logistic", 3.0), tried("hist_gradient_boosting", 0.0)
    error = boosting.metrics[-1]["calibration_error"]
    allowed = judge(guards={"calibration_error": error * 1.01})
    assert choose(boosting, incumbent, allowed).winner is boosting
    choice = choose(boosting, incumbent, judge(guards={"calibration_error": error * 0.99}))
    assert choice.winner is incumbent
    assert choice.rejected is not None
    for phrase in ("Gradient boosting rejected: though its log loss", "guards.calibration_error"):
        assert phrase in choice.rejected
    sliced = judge({"town": np.where(np.arange(SIZE) % 2 == 0, "Ulm", "Bern")})
    assert choose(boosting, incumbent, sliced).winner is boosting


def test_folds_are_counted_as_parts_of_the_rows() -> None:
    folds = [Cutoff(one.at, one.train, one.test, fold=at) for at, one in enumerate(CUTOFFS[:2], 1)]
    base = judge()
    flat = Judge(base.spec, base.rows, [*folds, CUTOFFS[2]], seed=1)
    choice = choose(tried("hist_gradient_boosting", 0.0), tried("logistic", 3.0), flat)
    assert "better in 3 of 3 parts of the rows" in choice.verdict
