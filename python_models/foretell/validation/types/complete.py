"""Whether every row that should have a score has one."""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa

from foretell.validation.types.measured import (
    Measure,
    MeasuredExpectation,
    Measurement,
    is_within,
    number,
    verdict,
)


class Known(Measurement):
    """How many rows have a number."""

    metric_name = "foretell.known"

    @classmethod
    def aggregate(cls, column: Any, **arguments: Any) -> Any:
        """``count``, without nulls and without what is not a number."""
        return sa.func.count(number(column, arguments["_dialect"]))


class ExpectNoMissingPredictions(MeasuredExpectation):
    """Expect as many scores as there are rows to score, but for ``max_missing`` of them.

    More scores than rows fail too: a doubled row would hide one that is missing.
    """

    filled: ClassVar[tuple[str, ...]] = ("expected",)

    column: str = "score"
    expected: int | None = None
    max_missing: int = 0

    def measure(self) -> Measure:
        """The number of scores."""
        return Measure(Known.metric_name, self.column)

    def judge(self, measured: Any) -> dict[str, Any]:
        """The number of scores against the number of rows."""
        expected = self.expected or 0
        return verdict(
            measured, is_within(measured, low=expected - self.max_missing, high=expected)
        )
