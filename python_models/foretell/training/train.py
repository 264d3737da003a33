"""From matured rows to a winner: backtest, select, compare on the last cut-off, refit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from foretell.registry.versions import Champion, Recipe
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.staging import Staged
from foretell.training.backtest import Backtested, Cutoff, backtest, cutoffs_of, probabilities
from foretell.training.candidates import ALL, Candidate, candidates_of
from foretell.training.metrics import evaluate, gain
from foretell.training.rows import Rows, labelled_rows
from foretell.training.sufficient import MIN_OF_EACH_CLASS, MIN_ROWS, check_sufficient
from foretell.warehouse.protocol import Warehouse

SEED = 20170101
#: A refresh of the champion's own recipe may lose this share of the metric to it, as noise.
MAX_LOSS = 0.02
THREADS = 2


@dataclass(frozen=True)
class Training:
    """A finished training.

    Attributes
    ----------
    winner
        The backtest of the recipe that was refitted, or None if the champion stays.
    pipeline
        The winner, refitted on all rows.
    verdict
        One sentence a stakeholder understands.
    rejected
        The challenger that lost on the last cut-off, with the reason.
    """

    rows: Rows
    cutoffs: list[Cutoff]
    all_tried: list[Backtested]
    winner: Backtested | None
    recipe: Recipe | None
    pipeline: Any
    verdict: str
    rejected: str | None

    def typical(self, staged: Staged) -> dict[str, float]:
        """Median of each feature of the recipe, where any value is known."""
        names = self.recipe.features if self.recipe else ()
        columns = {name: self.rows.features[:, staged.features.index(name)] for name in names}
        return {
            name: float(np.nanmedian(values))
            for name, values in columns.items()
            if not np.isnan(values).all()
        }


def train(
    request: Request,
    spec: PredictionSpec,
    staged: Staged,
    champion: Champion | None,
    warehouse: Warehouse,
    progress: Callable[[str], None],
) -> Training:
    """Find the recipe that serves from now on.

    Selection uses all cut-offs but the last; on the last, a better recipe must win against the
    champion's recipe (or, without a champion, against the rule or the prior), and a refresh of
    the same recipe must not be worse than the stored artifact, where that may be judged.

    Raises:
        DataError: too few matured labels, or one class only.
    """
    rows = labelled_rows(staged, warehouse)
    cutoffs = cutoffs_of(rows, min_rows=MIN_ROWS, min_of_each_class=MIN_OF_EACH_CLASS)
    check_sufficient(request, staged, warehouse, rows, cutoffs)
    # More threads than cores make a fit slower by an order of magnitude on a busy machine.
    with threadpool_limits(limits=THREADS):
        tried = backtest(candidates_of(spec), rows, cutoffs, seed=SEED, progress=progress)
        challenger = _select(tried, spec.metric)
        incumbent = _incumbent(tried, champion, staged)
        winner, rejected = _last_cutoff(challenger, incumbent, spec)
        verdict = _verdict(winner, incumbent, spec)
        if champion is not None and winner is incumbent:
            loss = _loss_to_artifact(winner, champion, staged, rows, cutoffs[-1], spec)
            if loss is not None and loss > MAX_LOSS:
                return Training(
                    rows, cutoffs, tried, None, None, None,
                    f"v{champion.version} stays: refitted on newer data, its recipe was worse by "
                    f"{loss:.1%} ({spec.metric}) on {cutoffs[-1].at}",
                    rejected,
                )  # fmt: skip
        progress(f"refit {winner.candidate.name} on {len(rows):,} rows")
        features = rows.looked_at(winner.candidate.looks_at)
        pipeline = winner.candidate.make(SEED).fit(features, rows.labels)
    used = staged.features if winner.candidate.looks_at == "features" else ()
    recipe = Recipe(winner.candidate.name, used)
    return Training(rows, cutoffs, tried, winner, recipe, pipeline, verdict, rejected)


def _select(tried: list[Backtested], metric: str) -> Backtested:
    """The best on average over all cut-offs but the last (over the only one, if there is one)."""

    def average(one: Backtested) -> float:
        judged = one.metrics[:-1] or one.metrics
        return float(np.mean([gain(metric, values[metric], 0.0) for values in judged]))

    return max(tried, key=average)


def _incumbent(tried: list[Backtested], champion: Champion | None, staged: Staged) -> Backtested:
    """Whom the challenger must beat: the champion's recipe, else the rule, else the prior."""
    by_name = {one.candidate.name: one for one in tried}
    if champion is not None and champion.recipe.candidate in by_name:
        same_features = set(champion.recipe.features) <= set(staged.features)
        if same_features:
            return by_name[champion.recipe.candidate]
    return by_name.get("rule", by_name["prior"])


def _last_cutoff(
    challenger: Backtested, incumbent: Backtested, spec: PredictionSpec
) -> tuple[Backtested, str | None]:
    if challenger is incumbent:
        return incumbent, None
    ours, theirs = challenger.metrics[-1][spec.metric], incumbent.metrics[-1][spec.metric]
    better_by = gain(spec.metric, ours, theirs)
    if better_by > spec.promote.min_gain:
        return challenger, None
    return incumbent, (
        f"{_capital(challenger.candidate.title)} rejected: on the last cut-off its "
        f"{_words(spec.metric)} is {ours:.4f} against {theirs:.4f} of "
        f"{incumbent.candidate.title}; it must be better by more than {spec.promote.min_gain:g}"
    )


def _verdict(winner: Backtested, incumbent: Backtested, spec: PredictionSpec) -> str:
    metric = spec.metric
    value = winner.metrics[-1][metric]
    if winner is incumbent:
        title = _capital(winner.candidate.title)
        return f"{title}, fitted on all matured rows ({_words(metric)} {value:.4f})"
    other = incumbent.metrics[-1][metric]
    return (
        f"{_capital(winner.candidate.title)} beats {incumbent.candidate.title} on the last "
        f"cut-off: {_words(metric)} {value:.4f} against {other:.4f}"
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _words(metric: str) -> str:
    return {"roc_auc": "AUC", "brier": "Brier score"}.get(metric, metric.replace("_", " "))


def _loss_to_artifact(
    refreshed: Backtested,
    champion: Champion,
    staged: Staged,
    rows: Rows,
    cutoff: Cutoff,
    spec: PredictionSpec,
) -> float | None:
    """By what share the refitted recipe is worse than the stored artifact on the last cut-off.

    None where the artifact may have learnt from those rows.
    """
    test = rows.take(cutoff.test)
    if np.datetime64(champion.trained_until) > test.as_of.min():
        return None
    candidate: Candidate = ALL[champion.recipe.candidate]
    features = test.rule
    if candidate.looks_at == "features":
        features = test.features[:, [staged.features.index(n) for n in champion.recipe.features]]
    stored = evaluate(test.labels, probabilities(champion.pipeline(), features))[spec.metric]
    ours = refreshed.metrics[-1][spec.metric]
    return -gain(spec.metric, ours, stored) / max(abs(stored), 1e-12)
