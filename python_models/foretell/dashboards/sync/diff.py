"""What a push would do, and what was edited since the last one; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from foretell.dashboards.sync.choice import Choice, refuse_unknown_names
from foretell.dashboards.sync.compare import Status, Verdict
from foretell.dashboards.sync.session import compared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from foretell.dashboards.sync.session import Target


@dataclass(frozen=True)
class Found:
    """Verdicts on all that is not the same on both sides, and names for a reader."""

    verdicts: tuple[Verdict, ...]
    names: Mapping[str, str]


def diff(target: Target, names: Sequence[str] = ()) -> Found:
    """Compare code, record and Superset.

    Raises:
        SupersetError: a file is wrong, or Superset cannot be reached, is too old or refuses.

    """
    choice = Choice(names=names)
    with compared(target) as state:
        refuse_unknown_names(choice, state)
        quiet = {Status.SAME, Status.FORGOTTEN}
        found = [one for one in state.verdicts if one.status not in quiet and choice.covers(one)]
        return Found(tuple(found), state.names)
