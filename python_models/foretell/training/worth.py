"""What a feature, and a feature view, is worth: the backtest's metric without it.

Each cluster of features that say much the same is permuted together among the test rows of a
cut-off (Breiman, 2001; Fisher, Rudin and Dominici, 2019), and the metric is taken again. A
feature whose cluster makes no difference may still matter together with others that make none,
so it is called worthless only after the model was refitted without all of them and was no worse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from foretell.ground.recipe import Recipe
from foretell.scorers.inputs import Columns
from foretell.scorers.scorer import scorer_of
from foretell.training.backtest import Backtested, backtest
from foretell.training.clusters import clusters_of
from foretell.training.cutoffs import Cutoff
from foretell.training.metrics import Floats
from foretell.training.resample import (
    MetricDifference,
    Resamples,
    codes_of,
    compare_scores,
    difference,
)
from foretell.training.rows import Rows

Verdict = Literal["useful", "unclear", "worthless"]

MAX_ROWS = 5_000
#: Rows times permutations that are scored at most; the sample shrinks before the time grows.
BUDGET = 3_000_000
#: How often each permutation is drawn, and from how many features on only once.
REPEATS, MANY = 3, 500
#: Values that are scored at once at most.
MAX_VALUES = 5_000_000


@dataclass(frozen=True)
class Worth:
    """By how much the metric is better with a feature or view than without; above 0 is better.

    Attributes
    ----------
    scope
        ``feature`` or ``view``.
    cluster
        The features that were permuted with it, itself among them.
    importance
        The same for the feature alone, its like left as they are: what this model leans on.
    """

    scope: Literal["feature", "view"]
    name: str
    view: str | None
    cluster: tuple[str, ...]
    importance: float
    worth: float
    lower: float
    upper: float
    verdict: Verdict
    rows: int


@dataclass(frozen=True)
class _Sample:
    """Test rows of the backtest with the pipeline that scored each."""

    rows: Rows
    columns: Columns
    cutoff: NDArray[np.int64]
    entity: NDArray[np.int64]


def worths_of(
    measured: Backtested,
    rows: Rows,
    cutoffs: Sequence[Cutoff],
    *,
    metric: str,
    entity: str,
    view_of: Mapping[str, str],
    seed: int,
    progress: Callable[[str], None],
) -> list[Worth]:
    """The worth of each feature and view, on a sample of the backtest's test rows.

    Parameters
    ----------
    entity
        The column of ``rows.table`` whose values are resampled, with all their dates.
    view_of
        The view of each feature that comes from one.
    """
    names = measured.contender.recipe.features
    views: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        if name in view_of:
            views.setdefault(view_of[name], []).append(position)
    sample = _sample(measured, rows, cutoffs, entity, len(names) * 2 + len(views), seed)
    clusters = clusters_of(_as_numbers(sample.columns))
    progress(f"worth of {len(names)} features on {len(sample.rows):,} rows of the backtest")
    judge = _Judge(measured, sample, metric, seed)
    single_costs = dict(
        enumerate(judge.without_each([[position] for position in range(len(names))]))
    )
    several_costs = iter(judge.without_each([group for group in clusters if len(group) > 1]))
    cluster_costs = [
        single_costs[group[0]] if len(group) == 1 else next(several_costs) for group in clusters
    ]
    view_costs = dict(zip(views, judge.without_each(list(views.values())), strict=True))

    suspects = {
        position
        for group, cluster_cost in zip(clusters, cluster_costs, strict=True)
        if cluster_cost.lower <= 0
        for position in group
    }
    for view, positions in views.items():
        # Together they matter, though none does alone.
        if view_costs[view].lower > 0 and suspects.issuperset(positions):
            suspects -= set(positions)
    useless = bool(suspects) and _no_worse_without(
        suspects, measured, rows, cutoffs, metric, entity, seed, progress
    )

    def verdict(positions: Sequence[int], group_cost: MetricDifference) -> Verdict:
        if useless and suspects.issuperset(positions):
            return "worthless"
        return "useful" if group_cost.lower > 0 else "unclear"

    worths = []
    for group, cost in zip(clusters, cluster_costs, strict=True):
        cluster = tuple(names[position] for position in group)
        for position in group:
            worths.append(
                Worth(
                    "feature", names[position], view_of.get(names[position]), cluster,
                    single_costs[position].mean, cost.mean, cost.lower, cost.upper,
                    verdict(group, cost), len(sample.rows),
                )
            )  # fmt: skip
    for view, cost in view_costs.items():
        inside = tuple(names[position] for position in views[view])
        worths.append(
            Worth(
                "view", view, view, inside, cost.mean, cost.mean, cost.lower, cost.upper,
                verdict(views[view], cost), len(sample.rows),
            )
        )  # fmt: skip
    return worths


def _sample(
    measured: Backtested,
    rows: Rows,
    cutoffs: Sequence[Cutoff],
    entity: str,
    permutations: int,
    seed: int,
) -> _Sample:
    tests = np.concatenate([cutoff.test for cutoff in cutoffs])
    cutoff_of = np.concatenate([np.full(len(cutoff.test), at) for at, cutoff in enumerate(cutoffs)])
    # Scores of many classes take as many trees.
    scorings = permutations * REPEATS * max(1, len(rows.classes) / 2)
    most = min(MAX_ROWS, max(300, int(BUDGET // max(1, scorings))))
    if len(tests) > most:
        chosen = np.sort(np.random.default_rng(seed).choice(len(tests), most, replace=False))
        tests, cutoff_of = tests[chosen], cutoff_of[chosen]
    sample_rows = rows.take(tests)
    frame = measured.contender.inputs(sample_rows)
    return _Sample(
        sample_rows,
        {name: np.asarray(frame[name]) for name in frame},
        cutoff_of,
        codes_of(sample_rows, entity),
    )


def _as_numbers(columns: Columns) -> Floats:
    """Strings as codes, so that columns can be ranked beside each other."""
    return np.column_stack(
        [
            np.unique(values, return_inverse=True)[1] if values.dtype == object else values
            for values in columns.values()
        ]
    ).astype(np.float64)


class _Judge:
    """Compares scores with scores on the same rows, by resampling entities with all their rows."""

    def __init__(self, measured: Backtested, sample: _Sample, metric: str, seed: int) -> None:
        self._sample, self._metric = sample, metric
        self._random = np.random.default_rng(seed)
        self._repeats = REPEATS if len(sample.columns) < MANY else 1
        self._inside = [
            np.flatnonzero(sample.cutoff == cutoff) for cutoff in np.unique(sample.cutoff)
        ]
        _, codes = np.unique(sample.entity, return_inverse=True)
        self._resamples = Resamples(codes, seed=seed)
        self._scorers = [
            scorer_of(pipeline, task=sample.rows.task, classes=len(sample.rows.classes))
            for pipeline in measured.pipelines
        ]
        self._resampled = self._values(self._score(sample.columns))

    def without_each(self, groups: Sequence[Sequence[int]]) -> list[MetricDifference]:
        """What permuting the columns of each group together, within each cut-off, costs.

        Many permutations are scored at once: a pipeline takes as long for some hundred rows of
        many columns as for some thousand.
        """
        wide = max(len(self._sample.columns), len(self._sample.rows.classes))
        most = max(1, MAX_VALUES // max(1, len(self._sample.rows) * wide * self._repeats))
        costs: list[MetricDifference] = []
        for start in range(0, len(groups), most):
            costs += self._without(groups[start : start + most])
        return costs

    def _without(self, groups: Sequence[Sequence[int]]) -> list[MetricDifference]:
        shuffles = [
            (set(positions), self._shuffled()) for positions in groups for _ in range(self._repeats)
        ]
        scores = self._score(self._stacked(shuffles), len(shuffles))
        parts = np.split(scores, len(shuffles))
        values = np.array([self._values(part) for part in parts])
        means = values.reshape(len(groups), self._repeats, -1).mean(axis=1)
        task = self._sample.rows.task
        return [difference(task, self._metric, self._resampled, mean) for mean in means]

    def _shuffled(self) -> NDArray[np.int64]:
        """``(rows,)`` positions from which each row takes values: each cut-off's rows shuffled."""
        source = np.arange(len(self._sample.rows))
        for inside in self._inside:
            source[inside] = self._random.permutation(inside)
        return source

    def _stacked(self, shuffles: Sequence[tuple[set[int], NDArray[np.int64]]]) -> Columns:
        """The sample once for each shuffle, one below the other, each with its columns shuffled."""
        stacked = {}
        for position, (name, values) in enumerate(self._sample.columns.items()):
            copies = np.tile(values, (len(shuffles), 1))
            for at, (positions, source) in enumerate(shuffles):
                if position in positions:
                    copies[at] = values[source]
            stacked[name] = copies.ravel()
        return stacked

    def _score(self, columns: Columns, copies: int = 1) -> Floats:
        """Scores of the sample's rows, or of some copies of them one below the other."""
        rows = self._sample.rows
        count = copies * len(rows)
        scores = np.empty((count, len(rows.classes)) if rows.task == "multiclass" else count)
        for cutoff, scorer in enumerate(self._scorers):
            inside = np.tile(self._sample.cutoff == cutoff, copies)
            if inside.any():
                scores[inside] = scorer({name: values[inside] for name, values in columns.items()})
        return scores

    def _values(self, scores: Floats) -> Floats:
        rows = self._sample.rows
        return self._resamples.values(rows.task, self._metric, rows.labels, scores)


def _no_worse_without(
    suspects: set[int],
    measured: Backtested,
    rows: Rows,
    cutoffs: Sequence[Cutoff],
    metric: str,
    entity: str,
    seed: int,
    progress: Callable[[str], None],
) -> bool:
    """Whether a refit without these features is not significantly worse at the cut-offs."""
    names = measured.contender.recipe.features
    rest = tuple(name for position, name in enumerate(names) if position not in suspects)
    recipe = measured.contender.recipe
    candidate = recipe.candidate if rest else "prior"
    progress(f"refit without {len(suspects)} features that seem worth nothing")
    reduced = Recipe(candidate, rest, recipe.kinds)
    contender = replace(measured.contender, recipe=reduced, version=None)
    attempts = backtest([contender], rows, cutoffs, seed=seed, progress=_say_nothing)
    if not attempts.all:
        return False
    (refitted,) = attempts.all
    tests = np.concatenate([cutoff.test for cutoff in cutoffs])
    _, codes = np.unique(codes_of(rows, entity)[tests], return_inverse=True)
    resamples = Resamples(codes, seed=seed)
    scores, refitted_scores = (
        np.concatenate(backtested.scores) for backtested in (measured, refitted)
    )
    return (
        compare_scores(
            rows.task, metric, rows.labels[tests], scores, refitted_scores, resamples
        ).lower
        <= 0
    )


def _say_nothing(_: str) -> None:
    """Progress of what is told as one step."""
