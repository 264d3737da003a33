"""Write what was edited in Superset into the YAML files of ``dashboards/``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from foretell.dashboards.session import Target


@dataclass(frozen=True)
class Pulled:
    """Files that were written, and by object what YAML cannot say."""

    written: tuple[Path, ...] = ()
    unsaid: Mapping[str, Sequence[str]] = field(default_factory=dict)


def pull(target: Target, names: Sequence[str] = ()) -> Pulled:
    """Not yet."""
    raise NotImplementedError
