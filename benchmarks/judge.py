"""How good scores are, and by how much one method surely beats another on the same rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: A metric of rows that count as often as the weights say.
Weighted = Callable[[Floats], float]
METRICS = {
    "binary": ("AUC", "log loss"),
    "multiclass": ("log loss", "accuracy", "AUC"),
    "regression": ("MAE",),
}
#: Metrics of which less is better.
LOSSES = ("log loss", "MAE")


@dataclass(frozen=True)
class Judged:
    """The test rows of one round and every method's scores of them."""

    truth: pd.Series
    together: pd.Series
    scores: dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Compared:
    """A metric of every method over all rounds, and ours against each.

    Attributes
    ----------
    values
        Per method, the mean over the rounds.
    against
        Per peer: our value minus theirs (for MAE: as a share of theirs), and the bounds between
        which 95 of 100 resamples of the test rows lie.
    """

    metric: str
    values: dict[str, float]
    against: dict[str, tuple[float, float, float]] = field(default_factory=dict)

    def verdict(self, peer: str) -> str:
        """Whether we are surely better or worse than a peer."""
        _, low, high = self.against[peer]
        if low <= 0 <= high:
            return "tie"
        return "better" if (high < 0) == (self.metric in LOSSES) else "worse"


def compare(
    rounds: list[Judged], metric: str, task: str, *, ours: str, draws: int, seed: int
) -> Compared:
    """Every method by one metric; the same resamples for all, so that differences are paired.

    Rows that are struck together are drawn together, over all rounds.
    """
    methods = [name for name in rounds[0].scores if all(name in one.scores for one in rounds)]
    together = pd.concat([one.together for one in rounds])
    _, members = np.unique(together.to_numpy(), return_inverse=True)
    groups, ends = int(members.max()) + 1, np.cumsum([len(one.truth) for one in rounds])[:-1]
    weighted = [
        {name: _metric(metric, task, one.truth, one.scores[name]) for name in methods}
        for one in rounds
    ]

    def at(counts: Floats) -> dict[str, float]:
        weights = np.split(counts[members], ends)
        return {
            name: float(np.mean([one[name](w) for one, w in zip(weighted, weights, strict=True)]))
            for name in methods
        }

    values = at(np.ones(groups))
    if ours not in methods:
        return Compared(metric, values)
    chance = np.random.default_rng(seed)
    drawn = [
        at(chance.multinomial(groups, np.full(groups, 1 / groups)).astype(float))
        for _ in range(draws)
    ]
    against = {}
    for peer in methods:
        if peer != ours:
            differences = [_difference(metric, one[ours], one[peer]) for one in drawn]
            low, high = np.nanquantile(differences, [0.025, 0.975])
            found = _difference(metric, values[ours], values[peer])
            against[peer] = (found, float(low), float(high))
    return Compared(metric, values, against)


def _difference(metric: str, ours: float, theirs: float) -> float:
    return ours / theirs - 1 if metric == "MAE" else ours - theirs


def _metric(metric: str, task: str, truth: pd.Series, scores: pd.DataFrame) -> Weighted:
    if metric == "MAE":
        return _mean(np.abs(scores["score"].to_numpy() - truth.to_numpy(dtype=float)))
    if task == "binary":
        score, label = scores["score"].to_numpy(dtype=float), truth.to_numpy(dtype=bool)
        if metric == "AUC":
            return _auc(score, label)
        return _mean(_surprise(np.where(label, score, 1 - score)))
    classes = [name.removeprefix("score_") for name in scores.columns]
    table, label = scores.to_numpy(dtype=float), truth.astype(str).to_numpy()
    if metric == "accuracy":
        return _mean((np.array(classes)[table.argmax(axis=1)] == label).astype(float))
    if metric == "AUC":  # of each class against the rest, the mean
        each = [_auc(table[:, i], label == name) for i, name in enumerate(classes)]
        return lambda weights: float(np.nanmean([one(weights) for one in each]))
    return _mean(_surprise(table[np.arange(len(label)), pd.Index(classes).get_indexer(label)]))


def _surprise(probabilities: Floats) -> Floats:
    return -np.log(np.clip(probabilities, 1e-15, 1))


def _mean(values: Floats) -> Weighted:
    return lambda weights: float(weights @ values / weights.sum())


def _auc(score: Floats, label: NDArray[np.bool_]) -> Weighted:
    """The chance that a random positive has a higher score than a random negative; ties half."""
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf))
    positive = label[order]

    def weighted(weights: Floats) -> float:
        w = weights[order]
        positives = np.add.reduceat(np.where(positive, w, 0), starts)
        negatives = np.add.reduceat(np.where(positive, 0, w), starts)
        pairs = positives.sum() * negatives.sum()
        below = np.cumsum(negatives) - negatives
        return float(positives @ (below + negatives / 2) / pairs) if pairs else np.nan

    return weighted
