"""A version ready to score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from foretell.registry.versions import Recipe
from foretell.training.model import Model


@dataclass(frozen=True)
class Fitted:
    """A model ready to score, what it looks at, and the typical value of each feature."""

    version: int
    recipe: Recipe
    model: Model
    typical: Mapping[str, float | str]
