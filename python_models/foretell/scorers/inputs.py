"""What a serving form reads: plain columns by name, and numbers that strings stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: Columns by name: doubles (NaN where unknown), or strings.
Columns = Mapping[str, NDArray[Any]]
#: Values of a column up to which all are tried, and a string that no column has.
_MOST_TRIED, _UNSEEN = 5_000, "\0"


@dataclass(frozen=True)
class Categories:
    """A column of strings, each of which stands for some numbers.

    Attributes
    ----------
    name
        The column.
    known
        What each string of the training rows stands for: a row of ``numbers``.
    unseen
        The row of a string that was not among them.
    numbers
        ``(strings, inputs)``.
    """

    name: str
    known: Mapping[str, int]
    unseen: int
    numbers: Floats

    def places(self, columns: Columns) -> NDArray[np.int64]:
        """``(rows,)`` rows of ``numbers``."""
        place_of, unseen = self.known.get, self.unseen
        strings = columns[self.name].tolist()
        return np.asarray([place_of(string, unseen) for string in strings], dtype=np.int64)

    def inputs(self, columns: Columns) -> Floats:
        """``(rows, inputs)``."""
        return np.asarray(self.numbers[self.places(columns)])

    @property
    def names(self) -> tuple[str, ...]:
        """The column."""
        return (self.name,)

    @property
    def width(self) -> int:
        """How many inputs it makes."""
        return int(self.numbers.shape[1])

    def check(self) -> None:
        """Refuse strings that stand for numbers that are not there.

        Raises
        ------
        ValueError
            Names the column.
        """
        places = [*self.known.values(), self.unseen]
        if min(places) < 0 or max(places) >= len(self.numbers):
            raise ValueError(
                f"{self.name} has a category that stands for numbers that are not there"
            )

    def to_try(self) -> Sequence[str]:
        """All strings that it knows, and one that it does not."""
        return [*self.known, _UNSEEN]

    def content(self) -> dict[str, Any]:
        """It as JSON says it: what is not a number is null."""
        numbers = [
            [None if np.isnan(number) else number for number in row]
            for row in self.numbers.tolist()
        ]
        known = dict(self.known)
        return {"category": self.name, "known": known, "other": self.unseen, "numbers": numbers}

    @classmethod
    def of(cls, content: Any) -> Categories:
        """What `content` says."""
        known = {str(name): int(place) for name, place in content["known"].items()}
        numbers = [
            [np.nan if number is None else number for number in row] for row in content["numbers"]
        ]
        return cls(str(content["category"]), known, int(content["other"]), floats(numbers, ndim=2))


def floats(numbers: Any, *, ndim: int = 1) -> Floats:
    """Numbers as an array.

    Raises
    ------
    ValueError
        They are none, or have a different number of dimensions.
    """
    array = np.asarray(numbers, dtype=np.float64)
    if array.ndim != ndim:
        raise ValueError(f"an array has {array.ndim} dimensions where {ndim} are expected")
    return array


def mixed(values: Mapping[str, Sequence[float] | Sequence[str]]) -> Columns:
    """Rows in which each value of each column stands at least once, the columns mixed by chance.

    What is infinite is unknown: estimators refuse it.
    """
    draw = np.random.default_rng(0)
    drawn = {
        name: draw.permutation(np.asarray(of_column, dtype=object))[:_MOST_TRIED]
        for name, of_column in values.items()
    }
    rows = max((len(of_column) for of_column in drawn.values()), default=0)
    columns = {name: np.resize(of_column, rows) for name, of_column in drawn.items()}
    return {
        name: of_column if _has_strings(of_column) else _finite(of_column.astype(np.float64))
        for name, of_column in columns.items()
    }


def _has_strings(values: NDArray[Any]) -> bool:
    return any(isinstance(value, str) for value in values)


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.nan)
