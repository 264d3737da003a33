"""Groups of features that say much the same, so that none hides behind another."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from scipy.stats import rankdata

from foretell.training.metrics import Floats

#: Features whose ranks are correlated by at least this much, on average, are one cluster.
ALIKE = 0.7


def clusters_of(features: Floats) -> list[list[int]]:
    """Positions of features that say much the same, by average linkage of rank correlation.

    Permuting one of two copies of a feature costs nothing, since the model reads the other;
    permuting both together tells what they are worth (Parr, Wilson and Turgutlu, 2018).

    Parameters
    ----------
    features
        ``(rows, features)`` doubles, NaN where null; a null ranks like a typical value.
    """
    count = features.shape[1]
    if count < 2 or len(features) < 3:
        return [[position] for position in range(count)]
    medians = np.array([_median(column) for column in features.T])
    ranks = rankdata(np.where(np.isnan(features), medians, features), axis=0)
    ranks -= ranks.mean(axis=0)
    norms = np.linalg.norm(ranks, axis=0)
    ranks /= np.where(norms > 0, norms, 1)
    alike = np.abs(ranks.T @ ranks)
    np.fill_diagonal(alike, 1.0)
    distances = squareform(np.clip(1 - alike, 0, 1), checks=False)
    labels = fcluster(linkage(distances, "average"), 1 - ALIKE, criterion="distance")
    groups: dict[int, list[int]] = {}
    for position, label in enumerate(labels):
        groups.setdefault(int(label), []).append(position)
    return list(groups.values())


def _median(column: Floats) -> float:
    known = column[~np.isnan(column)]
    return float(np.median(known)) if len(known) else 0.0
