"""Which as-of times are judged together: spans with enough outcomes to tell candidates apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from foretell.training.rows import Labels, Rows

Span = tuple[np.datetime64, np.datetime64]

#: Spans of the last year at most: about two weeks each, where as-of times are that many.
MAX_BLOCKS = 24
YEAR = np.timedelta64(366, "D")
#: Outcomes other than the commonest that a span should have. The error of what is estimated from
#: n of them shrinks with the root of n: from 30 it is below a fifth, and about normal.
ENOUGH = 30
#: A span needs no more than a sixth of all such outcomes, so that some are left to learn from.
PART = 6
#: A span with one outcome is odd where this many different ones were to be expected: chance alone
#: does that to one span in a thousand.
MISSED = 7


@dataclass(frozen=True)
class Blocks:
    """Spans of as-of times to judge by, oldest first, and what is on record about them."""

    all: tuple[Span, ...]
    notes: tuple[str, ...] = ()


def blocks_of(rows: Rows) -> Blocks:
    """Spans of as-of times, neighbours together until there is enough to judge by.

    A span whose outcomes are all the same, though that cannot be chance, is passed over: more
    likely, its outcomes have not all arrived.
    """
    enough = max(1, min(ENOUGH, telling(rows, rows.labels) // PART))
    spans: list[Span] = []
    notes: list[str] = []
    thin: Span | None = None
    merged = False
    for first, last in reversed(_spans(rows.as_of)):
        labels = _labels(rows, (first, last))
        if _is_odd(rows, labels):
            if not spans:
                if thin is not None:
                    notes.append(_passed(thin, f"only {len(_labels(rows, thin))} rows"))
                notes.append(_passed((first, last), "all are the same"))
            thin = None
            continue
        merged = merged or thin is not None
        thin = (first, last if thin is None else thin[1])
        if telling(rows, _labels(rows, thin)) >= enough:
            spans.append(thin)
            thin = None
    if merged and spans:
        unit = "rows" if rows.task == "regression" else "outcomes other than the commonest"
        notes.append(
            f"Some as-of times have fewer than {enough} {unit} to judge by, so neighbours were "
            "judged together"
        )
    return Blocks(tuple(spans[::-1]), tuple(notes))


def telling(rows: Rows, labels: Labels) -> int:
    """How many outcomes tell candidates apart: all but the commonest, or of numbers all."""
    if rows.task == "regression" or not len(labels):
        return len(labels)
    return len(labels) - int(np.bincount(labels.astype(np.int64)).max())


def day_of(instant: np.datetime64) -> date:
    """The day of an as-of time."""
    moment: datetime = instant.astype("datetime64[us]").astype(datetime)
    return moment.date()


def _labels(rows: Rows, span: Span) -> Labels:
    return rows.labels[(rows.as_of >= span[0]) & (rows.as_of <= span[1])]


def _is_odd(rows: Rows, labels: Labels) -> bool:
    """Whether outcomes are all the same where several different ones were to be expected."""
    if rows.task == "regression" or telling(rows, labels):
        return False
    share = float((rows.labels != labels[0]).mean())
    return len(labels) * share >= MISSED


def _passed(span: Span, why: str) -> str:
    return (
        f"The outcomes of {day_of(span[0])} were passed over, since nothing can be judged by "
        f"them: {why}"
    )


def _spans(as_of: NDArray[np.datetime64]) -> list[Span]:
    """Consecutive spans: each as-of time alone, or where there are many, quantiles of a year."""
    times = np.unique(as_of)
    if len(times) > MAX_BLOCKS:
        times = times[times > times[-1] - YEAR]
    parts = np.array_split(times, min(len(times), MAX_BLOCKS)) if len(times) else []
    return [(part[0], part[-1]) for part in parts]
