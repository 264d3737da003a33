"""What the dbt project declares of the features that a prediction joins."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from foretell.warehouse.relation import Relation

Kind = Literal["events", "states", "spine", "static"]

_COMMENT = re.compile(r"('(?:[^']|'')*')|(--[^\n]*|/\*.*?\*/|\{#.*?#\})", re.DOTALL)


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
    """

    column: str
    description: str
    definition: str


@dataclass(frozen=True)
class FeatureView:
    """A dbt model whose ``config.meta.feature_view`` makes it a source of features.

    Attributes
    ----------
    name, kind, topic, entity, owner, description
        As declared; ``owner`` is empty where nobody is named.
    time, known_at
        Columns that say when a row happened and when it became known, where declared.
    code
        The model's SQL as written, for the fingerprint of its features.
    relation
        Where its rows are; None for an ephemeral model.
    features
        What it contributes, in order.
    """

    name: str
    kind: Kind
    topic: str
    entity: str
    owner: str
    description: str
    time: str | None
    known_at: str | None
    as_of: str | None
    code: str
    relation: Relation | None
    features: tuple[Feature, ...]
    keys: tuple[str, ...] = ()

    def fingerprint(self, feature: Feature) -> str:
        """Changes when the meaning of a feature changes: its declaration or its view's SQL."""
        bare = _COMMENT.sub(lambda found: found[1] or " ", self.code)
        text = "\n".join([self.name, self.kind, feature.definition, " ".join(bare.split())])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_views(said: Iterable[Mapping[str, Any]]) -> tuple[FeatureView, ...]:
    """The views that the materialization wrote as JSON."""
    return tuple(
        FeatureView(
            name=one["name"],
            kind=one["kind"],
            topic=one["topic"],
            entity=one["entity"],
            owner=one["owner"] or "",
            description=one["description"] or "",
            time=one["time"],
            known_at=one["known_at"],
            as_of=one["as_of"],
            code=one["code"],
            relation=Relation(**one["relation"]) if one["relation"] else None,
            keys=tuple(one["keys"]),
            features=tuple(
                Feature(feature["column"], feature["description"] or "", feature["definition"])
                for feature in one["features"]
            ),
        )
        for one in said
    )
