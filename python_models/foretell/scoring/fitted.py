"""A version ready to score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from foretell.registry.versions import Champion, Recipe


@dataclass(frozen=True)
class Fitted:
    """A fitted pipeline, what it looks at, and the typical value of each feature."""

    version: int
    recipe: Recipe
    pipeline: Any
    typical: Mapping[str, float]


def fitted_of(version: Champion) -> Fitted:
    """A stored version, loaded."""
    typical = {
        name: one["median"] for name, one in version.reference.items() if one["median"] is not None
    }
    return Fitted(version.version, version.recipe, version.pipeline(), typical)
