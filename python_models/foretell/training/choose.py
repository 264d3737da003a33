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
from foretell.training.resample import MetricDifference, Resamples, codes_of, compare_scores
from foretell.training.rows import Rows

#: Cut-offs from which it can be told how much a difference varies between them.
SEASONS = 3


@dataclass(frozen=True)
class Judge:
    """Compares backtests on the same rows, whole entities resampled."""

    spec: PredictionSpec
    rows: Rows
    cutoffs: Sequence[Cutoff]
    seed: int
    _resamples: dict[tuple[int, ...], Resamples] = field(default_factory=dict, repr=False)

    def difference(
        self, backtested: Backtested, rival: Backtested, at: Sequence[int], *, margin: float = 0.0
    ) -> MetricDifference:
        """By how much a backtest's scores are better than its rival's at some of the cut-offs."""
        tests = np.concatenate([self.cutoffs[position].test for position in at])
        if tuple(at) not in self._resamples:
            _, codes = np.unique(codes_of(self.rows, self.spec.entity)[tests], return_inverse=True)
            self._resamples[tuple(at)] = Resamples(codes, seed=self.seed)
        scores, rival_scores = (
            np.concatenate([side.scores[position] for position in at])
            for side in (backtested, rival)
        )
        return compare_scores(
            self.spec.task,
            self.spec.metric,
            self.rows.labels[tests],
            scores,
            rival_scores,
            self._resamples[tuple(at)],
            margin=margin,
        )


def select(backtests: Sequence[Backtested], judge: Judge) -> Backtested:
    """The challenger: the simplest that is as good as the best, at all cut-offs but the last.

    As good means within one standard error of the paired difference to the best on the same rows
    (Breiman et al., 1984, section 3.4.3, with the error of the difference instead of that of the
    value). Every cut-off counts the same, however many rows it has. Simple is in the order of
    `candidates`, then with fewer features. Where there is one cut-off, it has to do for both.
    """
    at = range(len(judge.cutoffs) - 1) or range(1)

    def average(backtested: Backtested) -> float:
        return float(np.mean(_values_at(backtested, judge, at)))

    best = max(backtests, key=average)
    for simpler in sorted(backtests, key=_simplicity):
        if simpler is best:
            break
        if average(best) - average(simpler) <= _error(best, simpler, judge, at):
            return simpler
    return best


def first_to_try(cutoffs: Sequence[Cutoff]) -> tuple[int, ...]:
    """Positions of the cut-offs that are tried first, spread over those that select.

    There are none where fewer than two would be spared by giving up after two.
    """
    selecting = len(cutoffs) - 1
    first = min(SEASONS, (selecting + 1) // 2)
    if first < 2:
        return ()
    return tuple(int(at) for at in np.linspace(0, selecting - 1, first).round())


def hopeless(trial: Backtested, backtests: Sequence[Backtested], judge: Judge) -> str | None:
    """Why a candidate need not be tried at more cut-offs; None if it may still win.

    At each of these it is surely behind, or not ahead of a simpler model: to be selected it would
    have to be ahead of that one by a standard error. Folds of a flat table are no seasons; there it
    is enough to be surely behind on all of their rows.

    Parameters
    ----------
    trial, backtests, judge
        At these cut-offs only.
    """
    at = range(len(judge.cutoffs))

    def average(backtested: Backtested) -> float:
        return float(np.mean(_values_at(backtested, judge, at)))

    def against(rival: Backtested) -> str:
        value, rival_value = (
            figure(float(np.mean([backtested.metrics[cutoff][judge.spec.metric] for cutoff in at])))
            for backtested in (trial, rival)
        )
        return f"({words_of(judge.spec)} {rival_value} against {value} on average)"

    best = max(backtests, key=average)
    parts = [[cutoff] for cutoff in at] if _is_in_time(judge, at) else [list(at)]
    if all(judge.difference(best, trial, part).lower > 0 for part in parts):
        return f"{best.contender.title} was surely better {against(best)}"
    simpler = [
        one
        for one in backtests
        if one.contender.recipe.candidate not in ("prior", "rule")
        and _simplicity(one) < _simplicity(trial)
    ]
    if not simpler:
        return None
    rival = max(simpler, key=average)
    values, rival_values = (_values_at(backtested, judge, at) for backtested in (trial, rival))
    if any(value > other for value, other in zip(values, rival_values, strict=True)):
        return None
    return f"{rival.contender.title}, which is simpler, was as good at each {against(rival)}"


def _error(best: Backtested, simpler: Backtested, judge: Judge, at: Sequence[int]) -> float:
    """How far the mean difference of two may be off, by chance or by the season.

    Rows that are drawn anew tell nothing of what all rows of a time have in common, such as a
    storm or a holiday; how much the difference varies between cut-offs does. The larger counts.
    """
    by_rows = judge.difference(best, simpler, at).error
    if not _is_in_time(judge, at) or len(at) < SEASONS:
        return by_rows
    differences = np.subtract(_values_at(best, judge, at), _values_at(simpler, judge, at))
    return max(by_rows, float(differences.std(ddof=1) / np.sqrt(len(differences))))


def _simplicity(backtested: Backtested) -> tuple[int, int]:
    """Less is simpler: in the order of `candidates`, then with fewer features."""
    recipe = backtested.contender.recipe
    return complexity(recipe.candidate), len(recipe.features)


def _is_in_time(judge: Judge, at: Sequence[int]) -> bool:
    return all(judge.cutoffs[cutoff].fold is None for cutoff in at)


def _values_at(backtested: Backtested, judge: Judge, at: Sequence[int]) -> list[float]:
    """The metric at some cut-offs, so that more is better."""
    task, metric = judge.spec.task, judge.spec.metric
    return [gain(task, metric, backtested.metrics[cutoff][metric], 0.0) for cutoff in at]


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
    difference = _on_the_last(challenger, incumbent, judge)
    for rival in (incumbent, rule):
        if rival is None or rival is challenger:
            continue
        doubt = _doubt(challenger, rival, judge)
        if doubt is not None:
            return Choice(incumbent, _stays(incumbent, judge), doubt)
    guard = broken_guard(challenger, incumbent, judge.rows, judge.cutoffs[-1], judge.spec)
    title, words = capital(challenger.contender.title), words_of(judge.spec)
    value, incumbent_value = (_value(backtested, judge) for backtested in (challenger, incumbent))
    if guard is not None:
        rejected = (
            f"{title} rejected: though its {words} is {value} against {incumbent_value} of "
            f"{incumbent.contender.title}, {guard}"
        )
        return Choice(incumbent, _stays(incumbent, judge), rejected)
    return Choice(
        challenger,
        f"{title} beats {incumbent.contender.title} on the last cut-off: {words} {value} against "
        f"{incumbent_value}, with {difference.confidence:.0%} confidence; "
        f"{_gains(challenger, incumbent, judge)}",
        None,
    )


def _on_the_last(challenger: Backtested, rival: Backtested, judge: Judge) -> MetricDifference:
    last = len(judge.cutoffs) - 1
    return judge.difference(challenger, rival, [last], margin=judge.spec.promote.min_gain)


def _doubt(challenger: Backtested, rival: Backtested, judge: Judge) -> str | None:
    """Why it is not sure that a challenger is better on the last cut-off; None if it is."""
    promote = judge.spec.promote
    difference = _on_the_last(challenger, rival, judge)
    if difference.mean > promote.min_gain and difference.confidence >= promote.confidence:
        return None
    margin = f" of a gain above {promote.min_gain:g}" if promote.min_gain else ""
    value, rival_value = (_value(backtested, judge) for backtested in (challenger, rival))
    return (
        f"{capital(challenger.contender.title)} rejected: on the last cut-off its "
        f"{words_of(judge.spec)} is {value} against {rival_value} of {rival.contender.title}, "
        f"better only with {difference.confidence:.0%} confidence{margin}; "
        f"{promote.confidence:.0%} is asked for. {capital(_gains(challenger, rival, judge))}"
    )


def _gains(challenger: Backtested, rival: Backtested, judge: Judge) -> str:
    """The gain at each cut-off, as a clause."""
    task, metric = judge.spec.task, judge.spec.metric
    gains = [
        gain(task, metric, metrics[metric], rival_metrics[metric])
        for metrics, rival_metrics in zip(challenger.metrics, rival.metrics, strict=True)
    ]
    better = sum(1 for value in gains if value > 0)
    if any(cutoff.fold is not None for cutoff in judge.cutoffs):
        return f"it was better in {better} of {len(gains)} parts of the rows"
    listing = ", ".join(
        f"{cutoff.at} {_signed(value)}" for cutoff, value in zip(judge.cutoffs, gains, strict=True)
    )
    return f"it was better at {better} of {len(gains)} cut-offs ({listing})"


def _stays(incumbent: Backtested, judge: Judge) -> str:
    name = incumbent.contender.recipe.candidate
    value = f"({words_of(judge.spec)} {_value(incumbent, judge)})"
    title = incumbent.contender.title
    if name == "rule":
        return f"No lift over the rule: no model surely beats it, so it serves itself {value}"
    if name == "prior":
        return f"Nothing that can be learnt surely beats {title}, so that is the score {value}"
    return f"{capital(title)}, fitted on all matured rows {value}"


def _value(backtested: Backtested, judge: Judge) -> str:
    return figure(backtested.metrics[-1][judge.spec.metric])


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
