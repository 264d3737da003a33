"""What training must know of the champion that a challenger is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from numpy.typing import NDArray

from foretell.ground.recipe import Recipe
from foretell.training.metrics import Floats


class Scorer(Protocol):
    """What scores columns by name; the `ServingForm` of a version is one."""

    @property
    def classes(self) -> tuple[str, ...]: ...

    def scores(self, columns: Mapping[str, NDArray[Any]]) -> Floats: ...


class Incumbent(Protocol):
    """The version that serves; the registry's `Champion` is one.

    Attributes
    ----------
    trained_until
        When the last of its training rows matured.
    unusable
        Why it cannot score; None if it can.
    form
        What scores; loaded when it is first asked for.
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
    def form(self) -> Scorer: ...
