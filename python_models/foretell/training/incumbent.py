"""What training must know of the champion that a challenger is compared with."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from foretell.ground.recipe import Recipe
from foretell.training.model import Model


class Incumbent(Protocol):
    """The version that serves; the registry's `Champion` is one.

    Attributes
    ----------
    trained_until
        When the last of its training rows matured.
    unusable
        Why its artifact cannot score; None if it can.
    model
        The stored model; loaded when it is first asked for.
    """

    @property
    def version(self) -> int: ...

    @property
    def recipe(self) -> Recipe: ...

    @property
    def trained_until(self) -> datetime: ...

    @property
    def unusable(self) -> str | None: ...

    @property
    def model(self) -> Model: ...
