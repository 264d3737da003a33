"""What the dbt project declares of the features that a prediction joins."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from foretell.ground.model_text import bare_model
from foretell.ground.relation import Relation

ViewKind = Literal["events", "states", "spine", "static"]


@dataclass(frozen=True)
class Feature:
    """One column that a view contributes to a training query.

    Attributes
    ----------
    column
        Its name in the training query, such as ``baskets_count_28d``.
    description
        What the YAML says of it; empty where it says nothing.
    definition
        How the declaration computes it, as JSON.
    reads
        The view's column that it takes or aggregates; None for a count of rows.
    """

    column: str
    description: str
    definition: str
    reads: str | None


@dataclass(frozen=True)
class FeatureView:
    """A dbt model whose ``config.meta.feature_view`` makes it a source of features.

    Attributes
    ----------
    name, kind, topic, entity, owner, description
        As declared; ``owner`` is empty where nobody is named.
    at, known_at, until
        Columns that say when a row happened (or, of a `spine` view, as of when it was known),
        when it became known and when it ended, where declared.
    order_by
        Column that says which of several states from one time counts: the largest.
    filters
        SQL conditions of its aggregations.
    code
        The model's SQL as written, for the fingerprint of its features.
    relation
        Where its rows are; None for an ephemeral model.
    features
        What it contributes, in order.
    dialect
        The warehouse's, in which its SQL is written; empty for standard SQL.
    """

    name: str
    kind: ViewKind
    topic: str
    entity: str
    owner: str
    description: str
    at: str | None
    known_at: str | None
    until: str | None
    filters: tuple[str, ...]
    code: str
    relation: Relation | None
    features: tuple[Feature, ...]
    order_by: str | None = None
    dialect: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """Declared columns that are no features."""
        keys = (self.entity, self.at, self.known_at, self.order_by, self.until)
        return tuple(key for key in keys if key)

    @property
    def reads(self) -> tuple[str, ...]:
        """Columns that its features are made of, each once."""
        return tuple(dict.fromkeys(feature.reads for feature in self.features if feature.reads))

    def fingerprint(self, feature: Feature | None = None) -> str:
        """Changes when the meaning of a feature (or of all) may: its declaration, the view's SQL.

        Each has a part of its own, parted by a dot, since the SQL is one text for all features.
        The SQL's comments, white space and `config()` do not count.
        """
        features = [feature] if feature else self.features
        declared = "\n".join([self.name, self.kind, *(member.definition for member in features)])
        return f"{_digest(declared)}.{_digest(bare_model(self.code, self.dialect))}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read_views(entries: Iterable[Mapping[str, Any]], dialect: str) -> tuple[FeatureView, ...]:
    """The views that the materialization wrote as JSON."""
    return tuple(
        FeatureView(
            name=entry["name"],
            kind=entry["kind"],
            topic=entry["topic"],
            entity=entry["entity"],
            owner=entry["owner"] or "",
            description=entry["description"] or "",
            at=entry["at"],
            known_at=entry["known_at"],
            order_by=entry["order_by"],
            until=entry["until"],
            filters=tuple(entry["filters"]),
            code=entry["code"],
            relation=Relation(**entry["relation"]) if entry["relation"] else None,
            features=tuple(Feature(**feature) for feature in entry["features"]),
            dialect=dialect,
        )
        for entry in entries
    )
