"""Drift: how far today's distributions are from those that a version learnt from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
        return {
            "categories": common,
            "shares": _shares_of_strings(values, common),
            "median": common[0] if common else None,
            "rows": len(values),
        }
    known = values[~np.isnan(values)]
    inner: list[float] = []
    if len(known):
        inner = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])).tolist()
    return {
        "edges": inner,
        "shares": _shares(values, inner),
        "median": float(np.median(known)) if len(known) else None,
        "rows": len(values),
    }


def psi(reference: Mapping[str, Any], values: NDArray[Any]) -> float:
    """Population stability index of current values against a reference.

    The symmetrised Kullback-Leibler divergence of two binned distributions (Siddiqi, 2006). Even
    honest samples have a value above 0 that grows as they shrink, so compare dates of one size.
    """
    if "categories" in reference:
        shares = _shares_of_strings(values, reference["categories"])
    else:
        shares = _shares(values, reference["edges"])
    return psi_of_shares(reference["shares"], shares)


def psi_of_shares(reference: Sequence[float], current: Sequence[float]) -> float:
    """The same index of two lists of shares, bin by bin; an empty bin counts as a tiny share."""
    expected = np.maximum(reference, _FLOOR)
    actual = np.maximum(current, _FLOOR)
    return float(np.sum((actual - expected) * np.log(actual / expected)))


def _shares(values: Floats, edges: Sequence[float]) -> list[float]:
    known = values[~np.isnan(values)]
    counts = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    total = max(len(values), 1)
    return [*(float(count) / total for count in counts), (len(values) - len(known)) / total]


def _shares_of_strings(values: NDArray[Any], common: Sequence[str]) -> list[float]:
    total = max(len(values), 1)
    found = [float((values == one).sum()) / total for one in common]
    unknown = float((values == UNKNOWN).sum()) / total
    return [*found, max(0.0, 1 - sum(found) - unknown), unknown]
