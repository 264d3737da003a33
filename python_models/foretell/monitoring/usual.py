"""What is usual: how far single dates are from all others, by nature and by chance.

Where dates differ, as weather and weekdays do, the rows of one are far from half a year of training
rows, and nothing is wrong. Where rows are few, chance alone takes them far. So a run's index is set
against those that dates of the training rows have, and samples as small as the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretell.training.drift import bins_of, psi_of_shares
from foretell.training.metrics import Floats

#: Quantile of the indices of single dates that counts as usual. The next higher index is taken, so
#: that of up to twenty dates none is beyond it.
USUAL = 0.95
#: An index up to here is no shift by convention (Siddiqi, 2006), even if chance cannot explain it:
#: on large data that is so of the smallest difference.
LEAST = 0.1
#: Dates below which there is no telling what is usual, and rows that a date has: days with fewer
#: are looked at together with the next ones.
MIN_DATES, MIN_ROWS = 4, 50
#: Samples that are drawn to see what chance does.
DRAWS = 1_000


def beyond_chance(
    reference: Mapping[str, Any], values: NDArray[Any], as_of: NDArray[np.datetime64]
) -> float | None:
    """By how much a date's index against all other dates usually exceeds what chance explains.

    Parameters
    ----------
    reference
        Of the same values.
    as_of
        ``(rows,)`` instants of the values.

    Returns
    -------
    None where there are too few dates.
    """
    dates = _dates(as_of)
    size = len(reference["shares"])
    places = dates * size + bins_of(reference, values)
    counts = np.bincount(places, minlength=(dates.max(initial=0) + 1) * size).reshape(-1, size)
    counts = counts[counts.sum(axis=1) >= MIN_ROWS]
    if len(counts) < MIN_DATES:
        return None
    rows, other_counts = counts.sum(axis=1), counts.sum(axis=0) - counts
    # A run's rows are not in what they are compared with, so a date's are left out, too.
    rest = other_counts.sum(axis=1)
    indices = psi_of_shares(other_counts / rest[:, None], counts / rows[:, None])
    return max(0.0, _highest(indices) - _by_chance(reference, rows, rest))


def usual_psi(reference: Mapping[str, Any], rows: int) -> float | None:
    """The index that a run of so many rows has at most, if it is like dates of the training rows.

    None where the version was trained on too few dates to say.
    """
    beyond = reference.get("beyond_chance")
    if beyond is None or not rows:
        return None
    chance = _by_chance(reference, np.array([rows]), np.array([reference["rows"]]))
    return max(LEAST, float(beyond) + chance)


def _by_chance(
    reference: Mapping[str, Any], rows: NDArray[np.int64], rest: NDArray[np.int64]
) -> float:
    """The highest usual index of two samples that differ by nothing but chance.

    Drawn, since the chi-square that the index tends to (Yurdakul, 2018) is too small for few rows:
    a bin that is empty by chance counts as a tiny share, which is far from any other.
    """
    random = np.random.default_rng(0)
    repeats = -(-DRAWS // len(rows))
    date_rows, rest_rows = np.tile(rows, repeats), np.tile(rest, repeats)
    shares = np.asarray(reference["shares"]) / np.sum(reference["shares"])
    drawn = psi_of_shares(
        random.multinomial(rest_rows, shares) / rest_rows[:, None],
        random.multinomial(date_rows, shares) / date_rows[:, None],
    )
    return _highest(drawn)


def _highest(indices: Floats) -> float:
    # No value in between: of few dates, that would be less than one of them had.
    return float(np.quantile(indices, USUAL, method="higher"))


def _dates(as_of: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """``(rows,)`` numbers of the dates: days, the thin ones together with the next."""
    _, day, counts = np.unique(
        as_of.astype("datetime64[D]"), return_inverse=True, return_counts=True
    )
    dates, date, rows = [], 0, 0
    for count in counts:
        dates.append(date)
        rows += count
        if rows >= MIN_ROWS:
            date, rows = date + 1, 0
    return np.array(dates, dtype=np.int64)[day]
