"""Where a project keeps the times of what happened, by which it is known how far its data reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class EventTimes:
    """Times of one relation that a training query reads.

    Attributes
    ----------
    name
        What a reader knows it as: a model or source, with the column.
    relation
        SQL that its rows are selected from; None where there is nothing to select from.
    time
        SQL for the time of a row.
    missing
        Why there is no relation, with what to do about it.
    """

    name: str
    relation: str | None
    time: str
    missing: str = ""


def read_event_times(entries: Iterable[Mapping[str, Any]]) -> tuple[EventTimes, ...]:
    """The relations that the materialization wrote as JSON."""
    return tuple(
        EventTimes(entry["name"], entry["relation"], entry["time"], entry.get("missing", ""))
        for entry in entries
    )
