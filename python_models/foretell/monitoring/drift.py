"""Drift: how far today's distributions are from those that a version learnt from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from foretell.training.metrics import Floats

BINS = 10
_FLOOR = 1e-4


def reference_of(values: Floats) -> dict[str, Any]:
    """Decile edges and the share of values in each bin, nulls as a bin of their own."""
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


def psi(reference: Mapping[str, Any], values: Floats) -> float:
    """Population stability index of current values against a reference.

    The symmetrised Kullback-Leibler divergence of two binned distributions (Siddiqi, 2006). Even
    honest samples have a value above 0 that grows as they shrink, so compare dates of one size.
    """
    expected = np.maximum(reference["shares"], _FLOOR)
    actual = np.maximum(_shares(values, reference["edges"]), _FLOOR)
    return float(np.sum((actual - expected) * np.log(actual / expected)))


def _shares(values: Floats, edges: Sequence[float]) -> list[float]:
    known = values[~np.isnan(values)]
    counts = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    total = max(len(values), 1)
    return [*(float(count) / total for count in counts), (len(values) - len(known)) / total]
