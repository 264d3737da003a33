"""How high scores are on average, and how far that moved since the last run."""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa

from foretell.validation.types.measured import (
    BetweenExpectation,
    Measure,
    MeasuredExpectation,
    Measurement,
    is_within,
    number,
    verdict,
)

MEAN = "foretell.mean"


class Mean(Measurement):
    """The average of what is known: of booleans the share that is true."""

    metric_name = MEAN

    @classmethod
    def aggregate(cls, column: Any, **arguments: Any) -> Any:
        """``avg``, of doubles."""
        return sa.func.avg(number(column, arguments["_dialect"]))


class ExpectMeanScoreBetween(BetweenExpectation):
    """Expect the average score to lie between two values, both allowed."""

    column: str = "score"

    def measure(self) -> Measure:
        """The mean score."""
        return Measure(MEAN, self.column)


class ExpectScoreShiftBelow(MeasuredExpectation):
    """Expect the average score to be at most ``max_value`` away from that of the last run."""

    filled: ClassVar[tuple[str, ...]] = ("previous",)

    column: str = "score"
    max_value: float
    previous: float | None = None

    def measure(self) -> Measure:
        """The mean score."""
        return Measure(MEAN, self.column)

    def judge(self, measured: Any) -> dict[str, Any]:
        """The shift, whatever its direction."""
        shift = None if measured is None or self.previous is None else abs(measured - self.previous)
        return verdict(shift, is_within(shift, high=self.max_value))
