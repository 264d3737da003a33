"""From matured rows to a winner: backtest, select, compare on the last cut-off, refit."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from foretell.features.definitions import Changes
from foretell.features.worth import Worth, worths_of
from foretell.registry.versions import Champion, Recipe
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.staging import RULE, Staged
from foretell.training.backtest import (
    Backtested,
    Contender,
    Cutoff,
    backtest,
    cutoffs_of,
    probabilities,
)
from foretell.training.candidates import candidates_of
from foretell.training.choose import Judge, choose, select
from foretell.training.metrics import evaluate, gain
from foretell.training.rows import Rows, labelled_rows
from foretell.training.sufficient import MIN_OF_EACH_CLASS, MIN_ROWS, check_sufficient
from foretell.warehouse.protocol import Warehouse

SEED = 20170101
#: Rows times features from which more than one thread pays.
MANY_VALUES = 5_000_000


@dataclass(frozen=True)
class Training:
    """A finished training.

    Attributes
    ----------
    measured
        The best backtest of a recipe that looks at all of today's features, whether it won or
        not; None where there is no such recipe.
    worths
        What each feature and view is worth to it.
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
    measured: Backtested | None
    worths: list[Worth]
    winner: Backtested | None
    pipeline: Any
    verdict: str
    rejected: str | None

    @property
    def recipe(self) -> Recipe | None:
        """What the winner is made of."""
        return self.winner.contender.recipe if self.winner else None

    def typical(self) -> dict[str, float]:
        """Median of each feature of the recipe, where any value is known."""
        names = self.recipe.features if self.recipe else ()
        return {
            name: float(np.nanmedian(values))
            for name, values in zip(names, self.rows.columns(names).T, strict=True)
            if not np.isnan(values).all()
        }


def train(
    request: Request,
    spec: PredictionSpec,
    staged: Staged,
    champion: Champion | None,
    changes: Changes,
    warehouse: Warehouse,
    progress: Callable[[str], None],
) -> Training:
    """Find the recipe that serves from now on.

    Selection uses all cut-offs but the last; on the last, a better recipe must surely win against
    the champion's recipe (or, without a champion, against the rule or the prior), and a refresh
    of the same recipe must not be worse than the stored artifact, where that may be judged. A
    champion whose features are gone or redefined cannot be refitted: then a challenger must win
    against the rule or the prior, and where none does, there is no winner.

    Raises:
        DataError: too few matured labels, or one class only.
    """
    rows = labelled_rows(staged, warehouse)
    cutoffs = cutoffs_of(rows, min_rows=MIN_ROWS, min_of_each_class=MIN_OF_EACH_CLASS)
    check_sufficient(request, staged, warehouse, rows, cutoffs)
    broken = champion is not None and _is_broken(champion.recipe, changes)
    contenders = _contenders(spec, staged, None if broken else champion)
    with threadpool_limits(limits=_threads(rows)):
        tried = backtest(contenders, rows, cutoffs, seed=SEED, progress=progress)
        judge = Judge(spec, rows, cutoffs, SEED)
        measured = _measured(tried, staged, judge)
        worths = _worths(request, staged, measured, rows, cutoffs, progress)
        incumbent = _incumbent(tried, None if broken else champion)
        choice = choose(select(tried, judge), incumbent, judge)
        winner: Backtested | None = choice.winner
        verdict = choice.verdict
        if champion is not None and winner is incumbent:
            stays = _why_it_stays(champion, changes, incumbent, rows, cutoffs[-1], spec)
            if stays is not None:
                winner, verdict = None, stays
        pipeline = None
        if winner is not None:
            progress(f"refit {winner.contender.name} on {len(rows):,} rows")
            pipeline = winner.contender.fitted(rows, None, seed=SEED)
    return Training(
        rows=rows,
        cutoffs=cutoffs,
        all_tried=tried,
        measured=measured,
        worths=worths,
        winner=winner,
        pipeline=pipeline,
        verdict=verdict,
        rejected=choice.rejected,
    )


def _threads(rows: Rows) -> int:
    """Threads of a fit: one, or half the processors where there is much to learn from.

    On a busy machine the threads of a fit wait for each other, and with as many threads as
    processors it takes many times as long as with one.
    """
    return max(1, min(4, (os.cpu_count() or 1) // 2)) if rows.features.size >= MANY_VALUES else 1


def _worths(
    request: Request,
    staged: Staged,
    measured: Backtested | None,
    rows: Rows,
    cutoffs: list[Cutoff],
    progress: Callable[[str], None],
) -> list[Worth]:
    if measured is None:
        return []
    views = {name: request.view_of(name) for name in staged.features}
    return worths_of(
        measured,
        rows,
        cutoffs,
        metric=staged.spec.metric,
        entity=staged.spec.entity,
        view_of={name: view.name for name, view in views.items() if view},
        seed=SEED,
        progress=progress,
    )


def _contenders(spec: PredictionSpec, staged: Staged, champion: Champion | None) -> list[Contender]:
    """Every candidate on today's features, and the champion's recipe on its own."""
    found = [
        Contender(Recipe(one.name, staged.features if one.looks_at == "features" else ()))
        for one in candidates_of(spec)
    ]
    if champion is not None and not any(champion.recipe.is_like(one.recipe) for one in found):
        other = set(champion.recipe.features) not in (set(), set(staged.features))
        found.append(Contender(champion.recipe, champion.version if other else None))
    return found


def _is_broken(recipe: Recipe, changes: Changes) -> bool:
    """Whether a version's recipe can no longer be refitted: what it looks at is not there.

    Another rule is a rule still, and takes the old one's place.
    """
    return bool(changes.breaks(recipe.features)) or (RULE in changes.gone and not recipe.features)


def _measured(tried: list[Backtested], staged: Staged, judge: Judge) -> Backtested | None:
    """The best of those that look at all of today's features and learn from them."""
    everything = set(staged.features)
    flexible = [
        one
        for one in tried
        if set(one.contender.recipe.features) == everything
        and one.contender.recipe.candidate != "prior"
    ]
    return select(flexible, judge) if flexible else None


def _incumbent(tried: list[Backtested], champion: Champion | None) -> Backtested:
    """Whom the challenger must beat: the champion's recipe, else the rule, else the prior."""
    if champion is not None:
        return next(one for one in tried if champion.recipe.is_like(one.contender.recipe))
    by_name = {one.contender.name: one for one in tried}
    return by_name.get("rule", by_name["prior"])


def _why_it_stays(
    champion: Champion,
    changes: Changes,
    refreshed: Backtested,
    rows: Rows,
    cutoff: Cutoff,
    spec: PredictionSpec,
) -> str | None:
    """Why the champion is not replaced though no challenger won; None if a refresh replaces it."""
    if _is_broken(champion.recipe, changes):
        return f"v{champion.version} has lost what it looks at, and no challenger won"
    if changes.breaks(champion.recipe.needs):
        return None
    loss = _loss_to_artifact(refreshed, champion, rows, cutoff, spec)
    if loss is None or loss <= spec.promote.max_loss:
        return None
    return (
        f"v{champion.version} stays: refitted on newer data, its recipe was worse by "
        f"{loss:.1%} ({spec.metric}) on {cutoff.at}; {spec.promote.max_loss:.1%} is allowed"
    )


def _loss_to_artifact(
    refreshed: Backtested,
    champion: Champion,
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
    scores = probabilities(champion.pipeline(), refreshed.contender.inputs(test))
    stored = evaluate(test.labels, scores)[spec.metric]
    ours = refreshed.metrics[-1][spec.metric]
    return -gain(spec.metric, ours, stored) / max(abs(stored), 1e-12)
