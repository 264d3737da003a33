"""Why a row scores as it does, in words, from what the score would be without each feature.

A feature's contribution is the change of the score when its value is replaced by the typical
one (the median of the training rows): occlusion, after Robnik-Sikonja and Kononenko (2008). It
is named for what it is, works for every estimator, and costs one scoring per feature, so it is
made for the rows that matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from foretell.training.backtest import probabilities
from foretell.training.metrics import Floats


def reasons(
    pipeline: Any,
    features: Floats,
    *,
    names: Sequence[str],
    typical: Mapping[str, float],
    descriptions: Mapping[str, str],
    count: int,
) -> list[list[str | None]]:
    """Up to ``count`` sentences per row, for what raises its score most.

    Parameters
    ----------
    features
        ``(rows, features)`` doubles, NaN where null.
    typical
        Median of each feature in the training rows.
    descriptions
        dbt's description of each feature; its first sentence names it.
    """
    found = contributions(pipeline, features, names=names, typical=typical)
    order = np.argsort(-found, axis=1, kind="stable")[:, :count]
    return [
        [
            _sentence(names[column], features[row, column], typical, descriptions)
            if found[row, column] > 0
            else None
            for column in order[row]
        ]
        + [None] * (count - order.shape[1])
        for row in range(len(features))
    ]


def contributions(
    pipeline: Any, features: Floats, *, names: Sequence[str], typical: Mapping[str, float]
) -> Floats:
    """``(rows, features)``: by how much the score is higher than with the typical value there.

    Contributions of one row do not add up to its score: each leaves all other features as they are.
    """
    scores = probabilities(pipeline, features)
    found = np.zeros_like(features)
    for position, name in enumerate(names):
        without = features.copy()
        without[:, position] = typical.get(name, np.nan)
        found[:, position] = scores - probabilities(pipeline, without)
    return found


def _sentence(
    name: str, value: float, typical: Mapping[str, float], descriptions: Mapping[str, str]
) -> str:
    label = label_of(name, descriptions)
    found, usual = (worded(one, label) for one in (value, typical.get(name, np.nan)))
    return f"{label}: {found}, typically {usual}"


def label_of(name: str, descriptions: Mapping[str, str]) -> str:
    """What a feature is called: its description's first sentence, else its name."""
    words = descriptions.get(name, "").split(". ")[0].strip().rstrip(".")
    return " ".join(words.split()) or name.replace("_", " ")


def worded(value: float, label: str) -> str:
    """A feature's value as a person reads it; what is called a share is read as one."""
    if np.isnan(value):
        return "unknown"
    if label.lower().startswith("share of"):
        return f"{value:.0%}"
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.2g}" if abs(value) < 1 else f"{value:.1f}"
