"""The temporal backtest: train on what was known at a cut-off, score what came next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretell.registry.versions import Recipe
from foretell.training.candidates import ALL, Candidate
from foretell.training.metrics import Floats, evaluate
from foretell.training.rows import Rows

MAX_CUTOFFS = 3
MAX_BLOCKS = 24


@dataclass(frozen=True)
class Cutoff:
    """One split in time.

    Attributes
    ----------
    at
        The first as-of time of the test rows.
    train
        Rows whose outcome was known at that instant (purged row by row).
    test
        Rows of the block that starts there.
    """

    at: date
    train: NDArray[np.int64]
    test: NDArray[np.int64]


def cutoffs_of(rows: Rows, *, min_rows: int, min_of_each_class: int) -> list[Cutoff]:
    """The most recent cut-offs that can be learnt and judged, oldest first."""
    found: list[Cutoff] = []
    for first, last in reversed(_blocks(rows.as_of)):
        test = np.flatnonzero((rows.as_of >= first) & (rows.as_of <= last))
        # A row with a `matures_at` of its own may mature the instant it starts: a test row.
        train = np.flatnonzero((rows.matures_at <= first) & (rows.as_of < first))
        positives = int(rows.labels[train].sum())
        enough = (
            len(train) >= min_rows
            and min(positives, len(train) - positives) >= min_of_each_class
            and 0 < rows.labels[test].sum() < len(test)
        )
        if enough:
            at = first.astype("datetime64[us]").astype(datetime).date()
            found.append(Cutoff(at=at, train=train, test=test))
        if len(found) == MAX_CUTOFFS:
            break
    return found[::-1]


def _blocks(as_of: NDArray[np.datetime64]) -> list[tuple[np.datetime64, np.datetime64]]:
    """Consecutive spans of as-of times: each time alone, or quantiles where there are many."""
    times = np.unique(as_of)
    if not len(times):
        return []
    parts = np.array_split(times, min(len(times), MAX_BLOCKS))
    return [(part[0], part[-1]) for part in parts if len(part)]


@dataclass(frozen=True)
class Contender:
    """A recipe that competes: an estimator with the features that it looks at.

    Attributes
    ----------
    version
        The version whose recipe it is, where its features are not those of today's query.
    """

    recipe: Recipe
    version: int | None = None

    @property
    def candidate(self) -> Candidate:
        """The estimator."""
        return ALL[self.recipe.candidate]

    @property
    def name(self) -> str:
        """As the stores tell it from others."""
        of = f" with the features of v{self.version}" if self.version else ""
        return self.recipe.candidate + of

    @property
    def title(self) -> str:
        """As a stakeholder reads it."""
        return self.candidate.title + (
            f" with the features of v{self.version}" if self.version else ""
        )

    def inputs(self, rows: Rows) -> Floats:
        """The columns that it looks at."""
        if self.candidate.looks_at == "rule":
            return rows.rule
        return rows.columns(self.recipe.features)

    def fitted(self, rows: Rows, chosen: NDArray[np.int64] | None, *, seed: int) -> Any:
        """Its pipeline, fitted on the rows at these positions (on all, if none are given)."""
        features, labels = self.inputs(rows), rows.labels
        if chosen is not None:
            features, labels = features[chosen], labels[chosen]
        return self.candidate.make(seed).fit(features, labels)


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


def backtest(
    contenders: Sequence[Contender],
    rows: Rows,
    cutoffs: Sequence[Cutoff],
    *,
    seed: int,
    progress: Callable[[str], None],
) -> list[Backtested]:
    """Every contender at every cut-off, on the same rows."""
    done = []
    for contender in contenders:
        progress(f"backtest {contender.name} at {len(cutoffs)} cut-offs")
        features = contender.inputs(rows)
        pipelines = [contender.fitted(rows, cutoff.train, seed=seed) for cutoff in cutoffs]
        scores = [
            probabilities(pipeline, features[cutoff.test])
            for pipeline, cutoff in zip(pipelines, cutoffs, strict=True)
        ]
        metrics = [
            evaluate(rows.labels[cutoff.test], one)
            for cutoff, one in zip(cutoffs, scores, strict=True)
        ]
        done.append(Backtested(contender, tuple(pipelines), tuple(scores), tuple(metrics)))
    return done


def probabilities(pipeline: Any, features: Floats) -> Floats:
    """Probability of the positive class, one per row."""
    if not len(features):
        return np.empty(0)
    return np.asarray(pipeline.predict_proba(features)[:, 1], dtype=np.float64)
