"""How much work a training may be: fixed amounts, and a clock that only stops what runs away."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

#: Seconds after which no further candidate is begun, unless the run says otherwise.
SECONDS = 600.0


@dataclass
class Budget:
    """The safety net of a training.

    The work itself is bounded by rows, features and iterations, so that the same data give the same
    model on any machine. The clock is for what these bounds do not foresee; where it binds, the
    model may differ from one day to the next, and the record says so.
    """

    seconds: float = SECONDS
    started: float = field(default_factory=time.monotonic)

    @property
    def is_spent(self) -> bool:
        """Whether the clock has run out."""
        return time.monotonic() - self.started >= self.seconds

    def note(self, left_out: list[str]) -> str:
        """What the record says of candidates that were not tried."""
        return (
            f"The limit of {self.seconds:,.0f} seconds ended the training before "
            f"{', '.join(left_out)} could be tried; on a quicker day a different model may win. "
            "Raise it with the var foretell_train_seconds, or name fewer `candidates`"
        )
