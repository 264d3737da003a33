"""Which recipe wins: selected on all cut-offs but the last, promoted on the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from foretell.spec import PredictionSpec
from foretell.training.backtest import Backtested
from foretell.training.candidates import complexity
from foretell.training.cutoffs import Cutoff
from foretell.training.guards import broken_guard
from foretell.training.metrics import METRICS, gain
from foretell.training.resample import Difference, Resamples, codes_of, compare
from foretell.training.rows import Rows


@dataclass(frozen=True)
class Judge:
    """Compares backtests on the same rows, whole entities resampled."""

    spec: PredictionSpec
    rows: Rows
    cutoffs: Sequence[Cutoff]
    seed: int
    _drawn: dict[tuple[int, ...], Resamples] = field(default_factory=dict, repr=False)

    def difference(
        self, ours: Backtested, theirs: Backtested, at: Sequence[int], *, margin: float = 0.0
    ) -> Difference:
        """By how much our scores are better than theirs at some of the cut-offs."""
        tests = np.concatenate([self.cutoffs[one].test for one in at])
        if tuple(at) not in self._drawn:
            _, codes = np.unique(codes_of(self.rows, self.spec.entity)[tests], return_inverse=True)
            self._drawn[tuple(at)] = Resamples(codes, seed=self.seed)
        mine, other = (np.concatenate([side.scores[one] for one in at]) for side in (ours, theirs))
        return compare(
            self.spec.task,
            self.spec.metric,
            self.rows.labels[tests],
            mine,
            other,
            self._drawn[tuple(at)],
            margin=margin,
        )


def select(tried: Sequence[Backtested], judge: Judge) -> Backtested:
    """The challenger: the simplest that is as good as the best, at all cut-offs but the last.

    As good means within one standard error of the paired difference to the best on the same rows
    (Breiman et al., 1984, section 3.4.3, with the error of the difference instead of that of the
    value). Simple is in the order of `candidates`, then with fewer features. Where there is one
    cut-off, it has to do for both.
    """
    at = range(len(judge.cutoffs) - 1) or range(1)
    task, metric = judge.spec.task, judge.spec.metric

    def average(one: Backtested) -> float:
        return float(
            np.mean([gain(task, metric, one.metrics[cutoff][metric], 0.0) for cutoff in at])
        )

    def simplicity(one: Backtested) -> tuple[int, int]:
        recipe = one.contender.recipe
        return complexity(recipe.candidate), len(recipe.features)

    best = max(tried, key=average)
    for one in sorted(tried, key=simplicity):
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


def choose(
    challenger: Backtested, incumbent: Backtested, judge: Judge, *, rule: Backtested | None = None
) -> Choice:
    """The challenger, if on the last cut-off it is surely better than the incumbent and the rule.

    Parameters
    ----------
    rule
        The simple rule, where it is not the incumbent: it must be beaten too.
    """
    if challenger is incumbent:
        return Choice(incumbent, _stays(incumbent, judge), None)
    found = _on_the_last(challenger, incumbent, judge)
    for other in (incumbent, rule):
        if other is None or other is challenger:
            continue
        doubt = _doubt(challenger, other, judge)
        if doubt is not None:
            return Choice(incumbent, _stays(incumbent, judge), doubt)
    guard = broken_guard(challenger, incumbent, judge.rows, judge.cutoffs[-1], judge.spec)
    who, words = capital(challenger.contender.title), words_of(judge.spec)
    ours, theirs = (_value(one, judge) for one in (challenger, incumbent))
    if guard is not None:
        rejected = (
            f"{who} rejected: though its {words} is {ours} against {theirs} of "
            f"{incumbent.contender.title}, {guard}"
        )
        return Choice(incumbent, _stays(incumbent, judge), rejected)
    return Choice(
        challenger,
        f"{who} beats {incumbent.contender.title} on the last cut-off: {words} {ours} against "
        f"{theirs}, with {found.confidence:.0%} confidence; {_gains(challenger, incumbent, judge)}",
        None,
    )


def _on_the_last(challenger: Backtested, other: Backtested, judge: Judge) -> Difference:
    last = len(judge.cutoffs) - 1
    return judge.difference(challenger, other, [last], margin=judge.spec.promote.min_gain)


def _doubt(challenger: Backtested, other: Backtested, judge: Judge) -> str | None:
    """Why it is not sure that a challenger is better on the last cut-off; None if it is."""
    promote = judge.spec.promote
    found = _on_the_last(challenger, other, judge)
    if found.mean > promote.min_gain and found.confidence >= promote.confidence:
        return None
    margin = f" of a gain above {promote.min_gain:g}" if promote.min_gain else ""
    ours, theirs = (_value(one, judge) for one in (challenger, other))
    return (
        f"{capital(challenger.contender.title)} rejected: on the last cut-off its "
        f"{words_of(judge.spec)} is {ours} against {theirs} of {other.contender.title}, better "
        f"only with {found.confidence:.0%} confidence{margin}; {promote.confidence:.0%} is asked "
        f"for. {capital(_gains(challenger, other, judge))}"
    )


def _gains(challenger: Backtested, other: Backtested, judge: Judge) -> str:
    """The gain at each cut-off, as a clause."""
    task, metric = judge.spec.task, judge.spec.metric
    gains = [
        gain(task, metric, ours[metric], theirs[metric])
        for ours, theirs in zip(challenger.metrics, other.metrics, strict=True)
    ]
    better = sum(1 for one in gains if one > 0)
    if any(cutoff.fold is not None for cutoff in judge.cutoffs):
        return f"it was better in {better} of {len(gains)} parts of the rows"
    each = ", ".join(
        f"{cutoff.at} {_signed(one)}" for cutoff, one in zip(judge.cutoffs, gains, strict=True)
    )
    return f"it was better at {better} of {len(gains)} cut-offs ({each})"


def _stays(incumbent: Backtested, judge: Judge) -> str:
    name = incumbent.contender.recipe.candidate
    value = f"({words_of(judge.spec)} {_value(incumbent, judge)})"
    title = incumbent.contender.title
    if name == "rule":
        return f"No lift over the rule: no model surely beats it, so it serves itself {value}"
    if name == "prior":
        return f"Nothing that can be learnt surely beats {title}, so that is the score {value}"
    return f"{capital(title)}, fitted on all matured rows {value}"


def _value(one: Backtested, judge: Judge) -> str:
    return figure(one.metrics[-1][judge.spec.metric])


def words_of(spec: PredictionSpec) -> str:
    """The metric of a spec as a stakeholder reads it."""
    return METRICS[spec.task][spec.metric].words


def figure(value: float) -> str:
    """A metric with as many digits as mean something."""
    return f"{value:,.2f}" if abs(value) >= 10 else f"{value:.4f}"


def _signed(value: float) -> str:
    return f"{'+' if value >= 0 else '-'}{figure(abs(value))}"


def capital(text: str) -> str:
    """A text that begins a sentence."""
    return text[:1].upper() + text[1:]
