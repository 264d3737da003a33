"""What a model version is made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from foretell.ground.names import RULE


@dataclass(frozen=True)
class Recipe:
    """What a version is made of, so that it can be refitted at any cut-off.

    Attributes
    ----------
    kinds
        Of its features that are no numbers: ``date`` or ``string``.
    """

    candidate: str
    features: tuple[str, ...]
    kinds: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def is_own(self) -> bool:
        """Whether an estimator of the project's own makes it, named as ``module:function``."""
        return ":" in self.candidate

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns that it takes by name: its features, or the rule."""
        return self.features or (RULE,)

    def is_like(self, recipe: Recipe) -> bool:
        """Whether two recipes are the same but for the order of their features."""
        return self.candidate == recipe.candidate and set(self.features) == set(recipe.features)

    def as_json(self) -> str:
        """As the model store keeps it."""
        content = {
            "candidate": self.candidate,
            "features": list(self.features),
            "kinds": dict(self.kinds),
        }
        return json.dumps(content, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> Recipe:
        """As the model store kept it."""
        content = json.loads(text)
        return Recipe(content["candidate"], tuple(content["features"]), content.get("kinds", {}))
