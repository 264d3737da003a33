"""A version ready to score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from foretell.registry.versions import Recipe


@dataclass(frozen=True)
class Fitted:
    """A fitted pipeline, what it looks at, and the typical value of each feature."""

    version: int
    recipe: Recipe
    pipeline: Any
    typical: Mapping[str, float]
