"""From matured rows to a winner: backtest, select, calibrate, compare, refit."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from threadpoolctl import threadpool_limits

from foretell.ground.definitions import Changes
from foretell.ground.recipe import Recipe
from foretell.request import Request
from foretell.spec import CANDIDATES, PredictionSpec
from foretell.staging.staged import Staged
from foretell.training.backtest import Backtested, Contender, backtest
from foretell.training.budget import Budget
from foretell.training.calibration import Calibration, calibrated
from foretell.training.candidates import candidates_of
from foretell.training.choose import Judge, choose, first_to_try, hopeless, select
from foretell.training.cutoffs import FOLDS, Cutoff, cutoffs_of
from foretell.training.incumbent import Incumbent
from foretell.training.intervals import Intervals, intervals
from foretell.training.metrics import Floats
from foretell.training.model import Model
from foretell.training.refresh import is_broken, why_it_stays
from foretell.training.rows import UNKNOWN, Rows, labelled_rows
from foretell.training.sufficient import check_sufficient
from foretell.training.worth import Worth, worths_of
from foretell.warehouse.protocol import Warehouse

SEED = 20170101
#: Cut-offs by which features are measured.
NEWEST = 3
#: Rows times features from which more than one thread pays.
MANY_VALUES = 5_000_000


@dataclass(frozen=True)
class Training:
    """A finished training.

    Attributes
    ----------
    all_tried
        Every backtest; those of the challenger and the incumbent as they would serve.
    measured
        The best backtest of a recipe that looks at all of today's features, whether it won or
        not; None where there is no such recipe.
    worths
        What each feature and view is worth to it.
    winner
        The backtest of the recipe that was refitted, or None if the champion stays.
    model
        The winner, refitted on all rows.
    unseen_scores
        At each cut-off, scores of rows that it had not learnt from, as they would be served today.
    interval_metrics
        How the winner's intervals did on the last cut-off.
    verdict
        One sentence a stakeholder understands.
    rejected
        The challenger that lost on the last cut-off, with the reason.
    notes
        What else belongs on record: as-of times passed over.
    warnings
        What a person should look at: candidates that failed or were not tried.
    """

    rows: Rows
    cutoffs: Sequence[Cutoff]
    all_tried: Sequence[Backtested]
    measured: Backtested | None
    worths: list[Worth]
    winner: Backtested | None
    model: Model | None
    verdict: str
    rejected: str | None
    unseen_scores: Sequence[Floats] = ()
    interval_metrics: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def recipe(self) -> Recipe | None:
        """What the winner is made of."""
        return self.winner.contender.recipe if self.winner else None

    def typical(self) -> dict[str, float | str]:
        """Median, or commonest string, of each feature of the recipe, where any value is known."""
        typical_values: dict[str, float | str] = {}
        for name in self.recipe.features if self.recipe else ():
            values = self.rows.frame[name]
            if self.rows.kinds[name] in ("number", "date"):
                if values.notna().any():
                    typical_values[name] = float(values.median())
            elif (values != UNKNOWN).any():
                typical_values[name] = str(values[values != UNKNOWN].mode().iloc[0])
        return typical_values


def train(
    request: Request,
    spec: PredictionSpec,
    staged: Staged,
    champion: Incumbent | None,
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

    Raises
    ------
    DataError
        Too few matured labels, or one class only.
    """
    budget = Budget(request.train_seconds)
    rows = labelled_rows(staged, warehouse)
    splits = cutoffs_of(rows, is_flat=spec.is_flat, seed=SEED)
    cutoffs = splits.all
    check_sufficient(request, staged, warehouse, rows, cutoffs)
    broken = champion is not None and is_broken(champion.recipe, changes)
    contenders = _contenders(request, spec, staged, None if broken else champion)
    with threadpool_limits(limits=_threads(rows)):
        judge = Judge(spec, rows, cutoffs, SEED)
        first = first_to_try(cutoffs)
        judge_of_first = Judge(spec, rows, [cutoffs[at] for at in first], SEED)
        attempts = backtest(
            contenders,
            rows,
            cutoffs,
            seed=SEED,
            progress=progress,
            budget=budget,
            first=first,
            hopeless=lambda trial, backtests: hopeless(trial, backtests, judge_of_first),
        )
        measured = _measured(attempts.all, staged, judge)
        worths = _worths(request, staged, measured, rows, cutoffs, progress)
        served = _Served(rows, cutoffs)
        incumbent = served.by(_incumbent(attempts.all, None if broken else champion))
        challenger = served.by(select(attempts.all, judge))
        rule = next(
            (
                served.by(backtested)
                for backtested in attempts.all
                if backtested.contender.name == "rule"
            ),
            None,
        )
        choice = choose(challenger, incumbent, judge, rule=rule)
        winner: Backtested | None = choice.winner
        verdict = choice.verdict
        if champion is not None and winner is incumbent:
            reason = why_it_stays(champion, changes, incumbent, rows, cutoffs[-1], spec)
            if reason is not None:
                winner, verdict = None, reason
        model: Model | None = None
        interval_metrics: dict[str, float] = {}
        unseen: Sequence[Floats] = ()
        if winner is not None:
            progress(f"refit {winner.contender.name} on {len(rows):,} rows")
            model, interval_metrics = _refit(winner, rows, cutoffs, served.curve_of(winner))
            unseen = served.today(winner, attempts.all)
    return Training(
        rows=rows,
        cutoffs=cutoffs,
        all_tried=[served.known(backtested) for backtested in attempts.all],
        measured=measured,
        worths=worths,
        winner=winner,
        model=model,
        unseen_scores=unseen,
        verdict=verdict,
        rejected=choice.rejected,
        interval_metrics=interval_metrics,
        notes=(*splits.notes, *attempts.given_up),
        warnings=attempts.notes,
    )


class _Served:
    """Backtests as they would serve: calibrated where that helps."""

    def __init__(self, rows: Rows, cutoffs: Sequence[Cutoff]) -> None:
        self._rows, self._cutoffs = rows, cutoffs
        self._by_name: dict[str, Backtested] = {}
        self._curves: dict[str, Calibration | None] = {}

    def by(self, backtested: Backtested) -> Backtested:
        """The same recipe with the scores that it would have served."""
        name = backtested.contender.name
        if name not in self._by_name:
            if self._rows.task == "binary":
                labels = [self._rows.labels[cutoff.test] for cutoff in self._cutoffs]
                curve, scores = calibrated(labels, backtested.scores)
                backtested = (
                    backtested.scored(scores, self._rows, self._cutoffs) if curve else backtested
                )
                self._curves[name] = curve
            self._by_name[name] = backtested
        return self._by_name[name]

    def known(self, backtested: Backtested) -> Backtested:
        """The same recipe as it would serve, if that was asked for, else as it was tried."""
        return self._by_name.get(backtested.contender.name, backtested)

    def today(self, served: Backtested, backtests: Sequence[Backtested]) -> Sequence[Floats]:
        """Scores of the backtest by the curve that is served now, not by those of each time."""
        curve = self.curve_of(served)
        (raw,) = [
            backtested for backtested in backtests if backtested.contender == served.contender
        ]
        return [curve.apply(scores) for scores in raw.scores] if curve else raw.scores

    def curve_of(self, served: Backtested) -> Calibration | None:
        """The calibration of a recipe; None where none helps."""
        return self._curves.get(served.contender.name)


def _refit(
    winner: Backtested, rows: Rows, cutoffs: Sequence[Cutoff], curve: Calibration | None
) -> tuple[Model, dict[str, float]]:
    """The winner fitted on all rows, with what the backtest taught of its scores."""
    pipeline = winner.contender.fitted(rows, None, seed=SEED)
    fitted_intervals: Intervals | None = None
    metrics: dict[str, float] = {}
    if rows.task == "regression":
        fitted_intervals, metrics = intervals(
            [rows.labels[cutoff.test] for cutoff in cutoffs], winner.scores
        )
    model = Model(
        pipeline,
        task=rows.task,
        classes=rows.classes,
        calibration=curve,
        intervals=fitted_intervals,
    )
    return model, metrics


def _threads(rows: Rows) -> int:
    """Threads of a fit: one, or half the processors where there is much to learn from.

    On a busy machine the threads of a fit wait for each other, and with as many threads as
    processors it takes many times as long as with one.
    """
    many = len(rows) * len(rows.names) >= MANY_VALUES
    return max(1, min(4, (os.cpu_count() or 1) // 2)) if many else 1


def _worths(
    request: Request,
    staged: Staged,
    measured: Backtested | None,
    rows: Rows,
    cutoffs: Sequence[Cutoff],
    progress: Callable[[str], None],
) -> list[Worth]:
    if measured is None:
        return []
    views = {name: request.view_of(name) for name in staged.features}
    # Repeated folds score a row again, which tells little more.
    positions = [
        position
        for position, cutoff in enumerate(cutoffs)
        if cutoff.fold is None or cutoff.fold <= FOLDS
    ]
    # In time, the newest cut-offs say what a feature is worth now.
    positions = positions if cutoffs[0].fold is not None else positions[-NEWEST:]
    return worths_of(
        measured.at(positions),
        rows,
        [cutoffs[position] for position in positions],
        metric=staged.spec.metric,
        entity=staged.spec.entity,
        view_of={name: view.name for name, view in views.items() if view},
        seed=SEED,
        progress=progress,
    )


def _contenders(
    request: Request, spec: PredictionSpec, staged: Staged, champion: Incumbent | None
) -> list[Contender]:
    """What is compared with, then every other candidate on today's features, simplest first.

    A champion's recipe is among them, unless it is made by an estimator that neither foretell has
    nor today's spec names: what a row names is never imported.
    """
    modules = request.modules
    kinds = {name: kind for name, kind in staged.kinds.items() if kind != "number"}
    contenders = []
    for name in candidates_of(spec):
        recipe = Recipe(name, (), {}) if name == "rule" else Recipe(name, staged.features, kinds)
        is_champions = champion is not None and champion.recipe.is_like(recipe)
        is_needed = name in ("prior", "rule") or is_champions
        contenders.append(Contender(recipe, spec, None, is_needed, modules))
    known_names = {*CANDIDATES[spec.task], *request.own_candidates}
    if (
        champion is not None
        and champion.recipe.candidate in known_names
        and not any(champion.recipe.is_like(contender.recipe) for contender in contenders)
    ):
        has_own_features = set(champion.recipe.features) not in (set(), set(staged.features))
        version = champion.version if has_own_features else None
        contenders.append(Contender(champion.recipe, spec, version, True, modules))
    return sorted(contenders, key=lambda contender: not contender.is_needed)


def _measured(backtests: Sequence[Backtested], staged: Staged, judge: Judge) -> Backtested | None:
    """The best of those that look at all of today's features and learn from them."""
    everything = set(staged.features)
    flexible = [
        backtested
        for backtested in backtests
        if set(backtested.contender.recipe.features) == everything
        and backtested.contender.recipe.candidate != "prior"
    ]
    return select(flexible, judge) if flexible else None


def _incumbent(backtests: Sequence[Backtested], champion: Incumbent | None) -> Backtested:
    """Whom the challenger must beat: the champion's recipe, else the rule, else the prior.

    A champion's recipe that can no longer be fitted has failed in the backtest, and is not there.
    """
    of_champion = [
        backtested
        for backtested in backtests
        if champion and champion.recipe.is_like(backtested.contender.recipe)
    ]
    by_name = {backtested.contender.name: backtested for backtested in backtests}
    return of_champion[0] if of_champion else by_name.get("rule", by_name["prior"])
