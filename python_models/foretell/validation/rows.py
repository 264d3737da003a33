"""Which rows a line looks at: those of its gate, the newest, those whose outcome is new, a view's.

``rows: newest`` are those of the newest as-of date. Where single as-of times hold few rows, learned
lines look at the newest days together, ``rows: newest 7 days``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from foretell.errors import SpecError
from foretell.ground.views import FeatureView
from foretell.validation.suite import Line

NEWEST, MATURED = "newest", "matured"
_NEWEST = re.compile(r"newest(?: (\d+) days)?")


@dataclass(frozen=True)
class Span:
    """As-of times that are looked at together, counted back from the newest.

    Attributes
    ----------
    length
        None for each time alone, a length otherwise; `EVER` holds them all.
    """

    length: timedelta | None = None

    def number(self, newest: datetime, at: datetime) -> int:
        """How many spans before the newest one a time lies; for single times, any order of them."""
        if self.length is None:
            return int((newest - at) / timedelta(microseconds=1))
        return int((newest - at) / self.length)

    @property
    def rows(self) -> str:
        """As a line says it."""
        return NEWEST if self.length is None else f"{NEWEST} {self.length.days} days"


EACH = Span()
EVER = Span(timedelta(days=36_500))
SPANS = (EACH, *(Span(timedelta(days=days)) for days in (1, 7, 28, 91)), EVER)


def check_row_choice(line: Line, views: tuple[FeatureView, ...]) -> None:
    """Refuse a choice of rows that there is not.

    Raises
    ------
    SpecError
        Names the file, the line and the choices.
    """
    choice = line.expectation.rows
    events = [view.name for view in views if view.kind == "events"]
    if choice is None or choice == MATURED or _NEWEST.fullmatch(choice) or choice in events:
        return
    allowed = ", ".join([NEWEST, f"{NEWEST} <n> days", MATURED, *events])
    raise SpecError(
        f"{line.where}: `rows: {choice}` is no choice of rows; it may be [{allowed}]. Without "
        "`rows` a line looks at all rows of its gate."
    )


def span_of(choice: str | None) -> Span | None:
    """The span that `rows: newest` or `rows: newest 7 days` means; None if it says neither."""
    match = _NEWEST.fullmatch(choice or "")
    if not match:
        return None
    return Span(timedelta(days=int(match[1]))) if match[1] else EACH
