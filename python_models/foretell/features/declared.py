"""The features of a feature view as its YAML declares them, without asking dbt or a warehouse.

The names are those that `foretell.join_features` gives: docs/reference/features.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_KEYS = ("entity", "time", "known_at", "order_by", "until", "as_of")


@dataclass(frozen=True)
class DeclaredFeature:
    """One feature and the declared text that says which columns of its view it is made of."""

    name: str
    reads: tuple[str, ...]

    def is_made_of(self, column: str) -> bool:
        """Whether the declaration names the column, in any case of letters."""
        return any(mentions(text, column) for text in self.reads)


def declared_features(view: str, declared: Mapping[str, Any]) -> tuple[DeclaredFeature, ...]:
    """Features of the view ``view``; ``declared`` is its `config.meta.feature_view`.

    >>> declared = {"kind": "events", "entity": "id", "time": "at",
    ...             "aggregations": [{"agg": "sum", "column": "usd", "windows": ["28 days"]}]}
    >>> [feature.name for feature in declared_features("feat_member__orders", declared)]
    ['orders_sum_usd_28d']
    """
    topic = declared.get("topic") or view.split("__")[-1]
    keys = tuple(str(declared[key]) for key in _KEYS if declared.get(key))
    if declared.get("kind") != "events":
        return tuple(
            DeclaredFeature(f"{topic}_{column}", (str(column), *keys))
            for column in declared.get("features") or ()
        )
    return tuple(
        DeclaredFeature(f"{topic}_{name}", (*_texts(aggregation), *keys))
        for aggregation in declared.get("aggregations") or ()
        for name in _names(aggregation, declared.get("windows") or ())
    )


def mentions(text: str, column: str) -> bool:
    """Whether a text has the column's name as a word, in any case of letters."""
    return bool(re.search(rf"(?<!\w){re.escape(column)}(?!\w)", text, re.IGNORECASE))


def _texts(aggregation: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(aggregation[key]) for key in ("column", "where") if aggregation.get(key))


def _names(aggregation: Mapping[str, Any], windows: Sequence[str]) -> list[str]:
    column = f"_{aggregation['column']}" if aggregation.get("column") else ""
    base = aggregation.get("name") or f"{aggregation['agg']}{column}"
    if aggregation["agg"] == "days_since_last":
        return [base]
    return [f"{base}_{_suffix(window)}" for window in aggregation.get("windows") or windows]


def _suffix(window: str) -> str:
    number, unit = str(window).split()
    return f"{number}{unit[0]}"
