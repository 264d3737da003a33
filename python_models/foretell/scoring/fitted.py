"""A version ready to score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from foretell.forms.form import ServingForm, form_of_training
from foretell.ground.recipe import Recipe
from foretell.registry.versions import Champion

if TYPE_CHECKING:
    from foretell.training.train import Training


@dataclass(frozen=True)
class Fitted:
    """What scores, what it looks at, and the typical value of each feature."""

    version: int
    recipe: Recipe
    form: ServingForm
    typical: Mapping[str, float | str]


def fitted_by(training: Training, *, version: int) -> Fitted:
    """What a training has made, under the number that it gets."""
    assert training.recipe is not None  # noqa: S101
    return Fitted(version, training.recipe, form_of_training(training), training.typical())


def fitted_of(version: Champion) -> Fitted:
    """A stored version, loaded."""
    typical = {
        name: statistics["median"]
        for name, statistics in version.reference.items()
        if statistics["median"] is not None
    }
    return Fitted(version.version, version.recipe, version.form, typical)
