"""Which recipe wins: selected on all cut-offs but the last, promoted on the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foretell.spec import PredictionSpec
from foretell.training.backtest import Backtested, Cutoff
from foretell.training.candidates import ALL
from foretell.training.metrics import gain
from foretell.training.resample import Difference, codes_of, compare, entity_weights
from foretell.training.rows import Rows

_SIMPLEST_FIRST = list(ALL)


@dataclass(frozen=True)
class Judge:
    """Compares backtests on the same rows, whole entities resampled."""

    spec: PredictionSpec
    rows: Rows
    cutoffs: Sequence[Cutoff]
    seed: int

    def difference(
        self, ours: Backtested, theirs: Backtested, at: Sequence[int], *, margin: float = 0.0
    ) -> Difference:
        """By how much our scores are better than theirs at some of the cut-offs."""
        tests = np.concatenate([self.cutoffs[one].test for one in at])
        weights = entity_weights(codes_of(self.rows.take(tests), self.spec.entity), seed=self.seed)
        mine, other = (np.concatenate([side.scores[one] for one in at]) for side in (ours, theirs))
        labels = self.rows.labels[tests]
        return compare(self.spec.metric, labels, mine, other, weights, margin=margin)


def select(tried: Sequence[Backtested], judge: Judge) -> Backtested:
    """The challenger: the simplest that is as good as the best, at all cut-offs but the last.

    As good means within one standard error of the paired difference to the best on the same rows
    (Breiman et al., 1984, section 3.4.3, with the error of the difference instead of that of the
    value). Simple is in the order of `candidates`, then with fewer features. Where there is one
    cut-off, it has to do for both.
    """
    at = range(len(judge.cutoffs) - 1) or range(1)
    metric = judge.spec.metric

    def average(one: Backtested) -> float:
        return float(np.mean([gain(metric, one.metrics[cutoff][metric], 0.0) for cutoff in at]))

    def complexity(one: Backtested) -> tuple[int, int]:
        recipe = one.contender.recipe
        return _SIMPLEST_FIRST.index(recipe.candidate), len(recipe.features)

    best = max(tried, key=average)
    for one in sorted(tried, key=complexity):
        if one is best:
            break
        behind = judge.difference(best, one, at)
        if behind.mean <= behind.error:
            return one
    return best


@dataclass(frozen=True)
class Choice:
    """Who won at the last cut-off, and why, in words for a stakeholder.

    Attributes
    ----------
    rejected
        Why the challenger lost, if it did.
    """

    winner: Backtested
    verdict: str
    rejected: str | None


def choose(challenger: Backtested, incumbent: Backtested, judge: Judge) -> Choice:
    """The challenger, if it is surely better than the incumbent on the last cut-off."""
    metric, promote = judge.spec.metric, judge.spec.promote
    ours, theirs = challenger.metrics[-1][metric], incumbent.metrics[-1][metric]
    if challenger is incumbent:
        title = _capital(incumbent.contender.title)
        verdict = f"{title}, fitted on all matured rows ({_words(metric)} {theirs:.4f})"
        return Choice(incumbent, verdict, None)
    last = len(judge.cutoffs) - 1
    found = judge.difference(challenger, incumbent, [last], margin=promote.min_gain)
    better = [
        gain(metric, one[metric], other[metric]) > 0
        for one, other in zip(challenger.metrics, incumbent.metrics, strict=True)
    ]
    words = _words(metric)
    sure = f"{found.confidence:.0%} confidence"
    at = f"{sum(better)} of {len(better)} cut-offs"
    who, whom = _capital(challenger.contender.title), incumbent.contender.title
    if found.mean > promote.min_gain and found.confidence >= promote.confidence:
        return Choice(
            challenger,
            f"{who} beats {whom} on the last cut-off: {words} {ours:.4f} against {theirs:.4f}, "
            f"with {sure}; it was better at {at}",
            None,
        )
    margin = f" of a gain above {promote.min_gain:g}" if promote.min_gain else ""
    return Choice(
        incumbent,
        f"{_capital(whom)}, fitted on all matured rows ({words} {theirs:.4f})",
        f"{who} rejected: on the last cut-off its {words} is {ours:.4f} against {theirs:.4f} of "
        f"{whom}. It was better at {at}, but on the last only with {sure}{margin}; "
        f"{promote.confidence:.0%} is asked for",
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _words(metric: str) -> str:
    return {"roc_auc": "AUC", "brier": "Brier score"}.get(metric, metric.replace("_", " "))
