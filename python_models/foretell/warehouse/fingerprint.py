"""What the rows of a query are like, kept to be compared with what they are like later."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

#: How far back days have a figure each: a store keeps some kilobytes a fingerprint, at most.
DAYS_APART = timedelta(days=100)
#: What the rows are called that are older than those with days of their own, or have none.
EARLIER = "earlier"


@dataclass(frozen=True)
class Fingerprint:
    """Figures of rows by day, such as ``120:5f3a..``: how many, and the sum of their hashes.

    Attributes
    ----------
    method
        The engine with its version, and how it adds up: such as ``postgres 15.4 sum``. Figures made
        by different methods tell nothing about each other.
    """

    method: str
    figures: Mapping[str, str]

    @staticmethod
    def of(method: str, days: Iterable[tuple[date | None, int, object]]) -> Fingerprint:
        """From days, counts and sums as a warehouse returns them."""
        return Fingerprint(
            method,
            {
                EARLIER if day is None else str(day): f"{count}:{int(str(total)):x}"
                for day, count, total in days
            },
        )

    @staticmethod
    def read(text: str) -> Fingerprint:
        """As a store has it; what earlier releases wrote has a method of its own."""
        method, _, figures = text.partition(" {")
        return Fingerprint(method, json.loads("{" + figures) if figures else {})

    def __str__(self) -> str:
        figures = json.dumps(self.figures, separators=(",", ":"))
        return f"{self.method} {figures}"

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(int(figure.split(":")[0]) for figure in self.figures.values())

    def days_changed(self, since: Fingerprint) -> list[str] | None:
        """Days, in order, whose rows are not what they were; None where that cannot be told."""
        if self.method != since.method:
            return None
        days = sorted({*self.figures, *since.figures}, key=lambda day: (day != EARLIER, day))
        return [day for day in days if self.figures.get(day) != since.figures.get(day)]
