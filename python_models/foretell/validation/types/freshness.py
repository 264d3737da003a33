"""Whether the newest row is new enough."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar

import sqlalchemy as sa

from foretell.validation.types.measured import (
    Measure,
    MeasuredExpectation,
    Measurement,
    is_within,
    verdict,
)


class Newest(Measurement):
    """The newest date or timestamp."""

    metric_name = "foretell.newest"

    @classmethod
    def aggregate(cls, column: Any, **arguments: Any) -> Any:
        """``max``."""
        return sa.func.max(column)


class ExpectFreshnessWithin(MeasuredExpectation):
    """Expect the newest date of a column to be at most ``days`` before today.

    A date after today fails too: it was not known today, so it is a mistake or a leak.
    """

    filled: ClassVar[tuple[str, ...]] = ("today",)

    column: str
    days: int
    today: datetime.date | None = None

    def measure(self) -> Measure:
        """The newest value."""
        return Measure(Newest.metric_name, self.column)

    def judge(self, measured: Any) -> dict[str, Any]:
        """The age in days, negative where it lies in the future."""
        if measured is None or self.today is None:
            return verdict(None, False)
        age = (self.today - _date(measured, self.column)).days
        return verdict(age, is_within(age, low=0, high=self.days))


def _date(value: Any, column: str) -> datetime.date:
    """The day of a date or timestamp, which Great Expectations hands over as ISO text."""
    try:
        return datetime.date.fromisoformat(str(value)[:10])
    except ValueError:
        raise ValueError(
            f'The column "{column}" holds no dates; its largest value is {value!r}.'
        ) from None
