"""What a person chose for a push, a pull or a diff: which objects, and whose side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from foretell.errors import SupersetError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from foretell.dashboards.sync.compare import Verdict
    from foretell.dashboards.sync.session import Compared


@dataclass(frozen=True)
class Choice:
    """What to do where code and Superset cannot both be right.

    Attributes
    ----------
    ours
        Overwrite what was edited in Superset.
    theirs
        Keep it, and stop asking until the code changes that object.
    remove
        Delete what the code no longer has.
    names
        Only these objects, or folders of them; empty: all.

    """

    ours: bool = False
    theirs: bool = False
    remove: bool = False
    names: Sequence[str] = ()

    def covers(self, verdict: Verdict) -> bool:
        """Whether the object is among those that were named."""
        return not self.names or any(
            verdict.name == name or verdict.name.startswith(f"{name}/") for name in self.names
        )


def refuse_unknown_names(choice: Choice, state: Compared) -> None:
    for name in choice.names:
        if not any(Choice(names=[name]).covers(one) for one in state.verdicts):
            raise SupersetError(
                f"There is no object {name!r}. There is: "
                f"{', '.join(sorted({one.name for one in state.verdicts}))}."
            )
