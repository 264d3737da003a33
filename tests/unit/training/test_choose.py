"""Who is selected and who wins, where it is known who should."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from foretell.registry.versions import Recipe
from foretell.spec import PredictionSpec
from foretell.training.backtest import Backtested, Contender, Cutoff
from foretell.training.choose import Judge, choose, select
from foretell.training.metrics import evaluate
from foretell.training.rows import Rows

SIZE = 900
RANDOM = np.random.default_rng(11)
TRUTH = RANDOM.random(SIZE)
LABELS = RANDOM.random(SIZE) < TRUTH
CUTOFFS = [
    Cutoff(date(2025, month, 1), np.arange(0), np.arange(SIZE)[month::3]) for month in (1, 2)
] + [Cutoff(date(2025, 3, 1), np.arange(0), np.arange(SIZE)[0::3])]
DAY = np.datetime64("2025-01-01", "us")


def judge(**promote: float) -> Judge:
    spec = PredictionSpec.model_validate(
        {
            "task": "binary",
            "entity": "member_id",
            "as_of": "day",
            "label": "has_quit",
            "horizon": "1 day",
            "promote": promote,
        }
    )
    rows = Rows(
        table=pa.table({"member_id": np.arange(SIZE)}),
        names=("a", "b"),
        features=np.zeros((SIZE, 2)),
        rule=np.zeros((SIZE, 1)),
        labels=LABELS,
        as_of=np.full(SIZE, DAY),
        matures_at=np.full(SIZE, DAY),
    )
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
    metrics = [evaluate(LABELS[one.test], made) for one, made in zip(CUTOFFS, scores, strict=True)]
    contender = Contender(Recipe(name, features))
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
    assert "better at 2 of 3 cut-offs, but on the last only with 0% confidence" in choice.rejected


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
