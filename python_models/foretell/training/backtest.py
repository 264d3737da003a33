"""The temporal backtest: train on what was known at a cut-off, score what came next."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretell.artifacts.artifact import check_storable
from foretell.errors import ForetellError
from foretell.ground.kinds import Kinds
from foretell.ground.names import RULE
from foretell.ground.recipe import Recipe
from foretell.scorers.scorer import raw_scores
from foretell.spec import PredictionSpec
from foretell.training.budget import Budget
from foretell.training.candidates import Candidate, Problem, candidate, title
from foretell.training.cutoffs import Cutoff
from foretell.training.encode import has_words
from foretell.training.metrics import Floats, evaluate
from foretell.training.own import own_classes
from foretell.training.rows import Rows


@dataclass(frozen=True)
class Contender:
    """A recipe that competes: an estimator with the features that it looks at.

    Attributes
    ----------
    version
        The version whose recipe it is, where its features are not those of today's query.
    is_needed
        Whether other contenders are compared with it: it is tried even when the budget is spent.
    modules
        The project's `python_models/`, from which its own estimators come.
    """

    recipe: Recipe
    spec: PredictionSpec
    version: int | None = None
    is_needed: bool = False
    modules: Path | None = None

    @property
    def candidate(self) -> Candidate:
        """The estimator."""
        return candidate(self.recipe.candidate, modules=self.modules)

    @property
    def name(self) -> str:
        """Its name in the stores."""
        return self.recipe.candidate + self._whose

    @property
    def title(self) -> str:
        """As a stakeholder reads it."""
        name = title(self.recipe.candidate, task=self.spec.task, predicts=self.spec.predicts)
        return name + self._whose

    @property
    def _whose(self) -> str:
        return f" with the features of v{self.version}" if self.version else ""

    def inputs(self, rows: Rows) -> Any:
        """The columns that it looks at, as a frame."""
        return rows.frame[list(self.recipe.needs)]

    def fitted(self, rows: Rows, positions: NDArray[np.int64] | None, *, seed: int) -> Any:
        """Its pipeline, fitted on the rows at these positions (on all, if none are given)."""
        frame, labels = self.inputs(rows), rows.labels
        if positions is not None:
            frame, labels = frame.iloc[positions], labels[positions]
        if self.candidate.looks_at == "rule":
            kinds: Kinds = {RULE: "category" if rows.task == "multiclass" else "number"}
        else:
            # What is null wherever it learns tells nothing, and some estimators trip over it.
            names = self.recipe.features
            kinds = {name: rows.kinds[name] for name in names if frame[name].notna().any()}
            # Text without words, such as emoji, still has values that come again.
            kinds |= {
                name: "many_categories"
                for name, kind in kinds.items()
                if kind == "text" and not has_words(frame[name])
            }
        counts = () if rows.task == "regression" else np.unique(labels, return_counts=True)[1]
        problem = Problem(rows.task, self.spec.predicts, kinds, seed, tuple(counts), len(labels))
        with warnings.catch_warnings():
            # A solver that stops early is judged by its scores, as all are.
            warnings.simplefilter("ignore")
            return self.candidate.make(problem).fit(frame, labels)


@dataclass(frozen=True)
class Backtested:
    """A contender, refitted at every cut-off and scored on the rows after it.

    Attributes
    ----------
    pipelines, scores, metrics
        One of each per cut-off; scores in the order of its test rows.
    """

    contender: Contender
    pipelines: tuple[Any, ...]
    scores: tuple[Floats, ...]
    metrics: tuple[dict[str, float], ...]

    def at(self, positions: Sequence[int]) -> Backtested:
        """The same at some of the cut-offs."""
        return replace(
            self,
            pipelines=tuple(self.pipelines[position] for position in positions),
            scores=tuple(self.scores[position] for position in positions),
            metrics=tuple(self.metrics[position] for position in positions),
        )

    def scored(self, scores: Sequence[Floats], rows: Rows, cutoffs: Sequence[Cutoff]) -> Backtested:
        """The same with other scores, such as calibrated ones."""
        return replace(self, scores=tuple(scores), metrics=judged(rows, cutoffs, scores))


@dataclass(frozen=True)
class Tried:
    """All contenders that got through the backtest, and why others did not.

    Attributes
    ----------
    notes
        About those that failed or were not tried.
    given_up
        About those that were surely behind at the first cut-offs.
    """

    all: tuple[Backtested, ...]
    notes: tuple[str, ...] = ()
    given_up: tuple[str, ...] = ()


#: Why a backtest at the first few cut-offs is hopeless beside earlier ones; None if it is not.
Hopeless = Callable[[Backtested, Sequence[Backtested]], str | None]


def backtest(
    contenders: Sequence[Contender],
    rows: Rows,
    cutoffs: Sequence[Cutoff],
    *,
    seed: int,
    progress: Callable[[str], None],
    budget: Budget | None = None,
    first: Sequence[int] = (),
    hopeless: Hopeless | None = None,
) -> Tried:
    """Every contender at every cut-off, on the same rows.

    One that raises is left out and noted, as is one that is hopeless at the first few cut-offs.
    When the budget is spent, only what the others are compared with is still tried.

    Parameters
    ----------
    first
        Positions of the cut-offs that are tried first; none, if all are tried in any case.
    """
    backtests: list[Backtested] = []
    notes, left_out, given_up = [], [], []
    for contender in contenders:
        name = contender.name
        if budget and budget.is_spent and not contender.is_needed:
            left_out.append(name)
            continue
        progress(f"backtest {name} at {_counted(cutoffs)}")
        try:
            trial = None
            if hopeless and first and not contender.is_needed and backtests:
                trial = _backtested(contender, rows, [cutoffs[at] for at in first], seed)
                reason = hopeless(trial, [backtested.at(first) for backtested in backtests])
                if reason is not None:
                    given_up.append(f"{name} was given up after {len(first)} cut-offs: {reason}")
                    progress(given_up[-1])
                    continue
            backtests.append(_completed(trial, first, contender, rows, cutoffs, seed))
        except Exception as error:
            message = str(error).strip().split("\n")[0]
            if not isinstance(error, ForetellError):
                message = f"{type(error).__name__}: {message}"
            notes.append(f"Candidate {name} was left out: {message}")
            progress(notes[-1])
    if budget and left_out:
        notes.append(budget.note(left_out))
        progress(notes[-1])
    return Tried(tuple(backtests), tuple(notes), tuple(given_up))


def _counted(cutoffs: Sequence[Cutoff]) -> str:
    folds = sum(1 for cutoff in cutoffs if cutoff.fold is not None)
    if folds:
        return f"{folds} folds and a quarter held out"
    return f"{len(cutoffs)} cut-off{'s' if len(cutoffs) > 1 else ''}"


def _backtested(
    contender: Contender, rows: Rows, cutoffs: Sequence[Cutoff], seed: int
) -> Backtested:
    frame = contender.inputs(rows)
    pipelines = [contender.fitted(rows, cutoff.train, seed=seed) for cutoff in cutoffs]
    scores = [
        raw_scores(pipeline, frame.iloc[cutoff.test], task=rows.task, classes=len(rows.classes))
        for pipeline, cutoff in zip(pipelines, cutoffs, strict=True)
    ]
    if any(not np.isfinite(cutoff_scores).all() for cutoff_scores in scores):
        raise ValueError("it gave scores that are no numbers")
    if contender.recipe.is_own:
        own = own_classes(contender.recipe.candidate, folder=contender.modules)
        check_storable(pipelines[0], own=own)
    return Backtested(contender, tuple(pipelines), tuple(scores), judged(rows, cutoffs, scores))


def _completed(
    trial: Backtested | None,
    first: Sequence[int],
    contender: Contender,
    rows: Rows,
    cutoffs: Sequence[Cutoff],
    seed: int,
) -> Backtested:
    """The backtest at all cut-offs, of which some may have been tried."""
    if trial is None:
        return _backtested(contender, rows, cutoffs, seed)
    missing = [at for at in range(len(cutoffs)) if at not in first]
    rest = _backtested(contender, rows, [cutoffs[at] for at in missing], seed)
    combined = Backtested(
        contender,
        trial.pipelines + rest.pipelines,
        trial.scores + rest.scores,
        trial.metrics + rest.metrics,
    )
    return combined.at([int(at) for at in np.argsort([*first, *missing])])


def judged(
    rows: Rows, cutoffs: Sequence[Cutoff], scores: Sequence[Floats]
) -> tuple[dict[str, float], ...]:
    """All metrics at each cut-off."""
    return tuple(
        evaluate(rows.task, rows.labels[cutoff.test], cutoff_scores)
        for cutoff, cutoff_scores in zip(cutoffs, scores, strict=True)
    )
