"""Drift: how far today's distributions are from those that a version learnt from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foretell.training.metrics import Floats
from foretell.training.rows import UNKNOWN

BINS = 10
_FLOOR = 1e-4


def reference_of(values: NDArray[Any]) -> dict[str, Any]:
    """Decile edges and the share of values in each bin, nulls as a bin of their own.

    Of strings: the commonest nine, and the share of each, of all others, and of nulls.
    """
    if values.dtype == object:
        known, counts = np.unique(values[values != UNKNOWN].astype(str), return_counts=True)
        common = known[np.argsort(-counts, kind="stable")[: BINS - 1]].tolist()
        median, bins = common[0] if common else None, {"categories": common}
    else:
        known = values[~np.isnan(values)]
        inner: list[float] = []
        if len(known):
            inner = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])).tolist()
        median, bins = float(np.median(known)) if len(known) else None, {"edges": inner}
    shares = _shares(bins, values).tolist()
    return {**bins, "shares": shares, "median": median, "rows": len(values)}


def psi(reference: Mapping[str, Any], values: NDArray[Any]) -> float:
    """Population stability index of current values against a reference.

    The symmetrised Kullback-Leibler divergence of two binned distributions (Siddiqi, 2006). Even
    honest samples have a value above 0 that grows as they shrink, and one date is further from many
    than chance explains: `foretell.monitoring.usual` says how far is usual.
    """
    return float(psi_of_shares(reference["shares"], _shares(reference, values)))


def psi_of_shares(reference: ArrayLike, current: ArrayLike) -> Floats:
    """The same index of shares along the last axis; an empty bin counts as a tiny share."""
    expected = np.maximum(reference, _FLOOR)
    actual = np.maximum(current, _FLOOR)
    return np.asarray(np.sum((actual - expected) * np.log(actual / expected), axis=-1))


def bins_of(reference: Mapping[str, Any], values: NDArray[Any]) -> NDArray[np.int64]:
    """``(rows,)`` positions of the values' bins among the reference's shares."""
    if "categories" not in reference:
        edges = reference["edges"]
        positions = np.searchsorted(edges, values, side="left")
        return np.where(np.isnan(values), len(edges) + 1, positions)
    common = reference["categories"]
    bins = np.full(len(values), len(common))
    for position, category in enumerate(common):
        bins[values == category] = position
    bins[values == UNKNOWN] = len(common) + 1
    return bins


def _shares(reference: Mapping[str, Any], values: NDArray[Any]) -> Floats:
    size = len(reference.get("categories", reference.get("edges"))) + 2
    return np.bincount(bins_of(reference, values), minlength=size) / max(len(values), 1)
