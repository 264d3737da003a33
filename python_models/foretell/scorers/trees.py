"""The serving form of boosted trees: arrays and numbers, which no library has to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretell.scorers.inputs import Categories, Columns, Floats, mixed
from foretell.scorers.leaves import LEAF, At, LeafTables, leaf_tables
from foretell.scorers.link import Link, linked

#: Leaves that are looked up at once, so that they stay in a processor's cache.
_AT_ONCE = 2**17


@dataclass(frozen=True)
class Trees:
    """Trees of several rounds, and what makes a score of what their leaves add.

    Attributes
    ----------
    encoders
        What the trees ask for: a column of numbers, by its name, or a column of strings with what
        they stand for. Inputs are counted from 0; strings may stand for several numbers.
    asks, at, unknown_left
        ``(nodes,)`` as `leaf_tables` takes them.
    adds_to
        The output that each tree of a round adds to.
    intercept
        ``(outputs,)``. Of a class that was not there while they were fitted it is ``-inf``: its
        probability is 0.
    link
        What makes scores of the sums.
    """

    encoders: tuple[str | Categories, ...]
    asks: NDArray[np.int64]
    at: tuple[At, ...]
    unknown_left: NDArray[np.bool_]
    adds_to: tuple[int, ...]
    intercept: Floats
    link: Link

    def __call__(self, columns: Columns) -> Floats:
        """``(rows,)`` values or probabilities; ``(rows, outputs)`` of classes."""
        rows = len(next(iter(columns.values())))
        sums = np.tile(self.intercept, (rows, 1))
        together = max(1, _AT_ONCE // max(1, len(self.tables.adds)))
        for start in range(0, rows, together):
            chunk = slice(start, min(rows, start + together))
            places = dict(self._places({name: values[chunk] for name, values in columns.items()}))
            added = self.tables.added(places, rows=chunk.stop - start)
            for number, output in enumerate(self.adds_to):
                sums[chunk, output] += added[:, number :: len(self.adds_to)].sum(axis=1)
        return linked(sums, self.link)

    @cached_property
    def tables(self) -> LeafTables:
        """The trees as tables.

        Raises
        ------
        ValueError
            They are no trees, or do not fit what they ask for.
        """
        for encoder in self.encoders:
            if not isinstance(encoder, str):
                encoder.check()
        inputs = sum(1 if isinstance(encoder, str) else encoder.width for encoder in self.encoders)
        if self.asks.max(initial=LEAF) >= inputs or self.asks.min(initial=LEAF) < LEAF:
            raise ValueError("a node asks for an input that is not there")
        return leaf_tables(self.asks, self.at, self.unknown_left)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return tuple(
            encoder if isinstance(encoder, str) else encoder.name for encoder in self.encoders
        )

    def check(self) -> None:
        """Refuse parts that do not fit together.

        Raises
        ------
        ValueError
            Says which.
        """
        trees, of_round = len(self.tables.adds), len(self.adds_to)
        if not of_round or trees % of_round:
            raise ValueError("its trees are no whole rounds")
        if not set(self.adds_to) <= set(range(len(self.intercept))):
            raise ValueError("a tree adds to an output that is not there")

    def content(self) -> dict[str, Any]:
        """They as JSON says them, but for the intercept and the link; of infinity it says null."""
        return {
            "encoders": [
                encoder if isinstance(encoder, str) else encoder.content()
                for encoder in self.encoders
            ],
            "adds_to": list(self.adds_to),
            "asks": self.asks.tolist(),
            "at": [None if at == np.inf else at for at in self.at],
            "unknown_left": self.unknown_left.astype(int).tolist(),
        }

    @classmethod
    def of(cls, content: Any, intercept: Floats) -> Trees:
        """What `content` says."""
        return cls(
            tuple(
                encoder if isinstance(encoder, str) else Categories.of(encoder)
                for encoder in content["encoders"]
            ),
            np.asarray(content["asks"], dtype=np.int64),
            tuple(map(_at, content["at"])),
            np.asarray(content["unknown_left"], dtype=np.bool_),
            tuple(map(int, content["adds_to"])),
            intercept,
            content["link"],
        )

    def to_try(self) -> Columns:
        """Rows with all strings, what is unknown, and numbers at and just above each threshold."""
        values: dict[str, Sequence[float] | Sequence[str]] = {}
        number = 0
        for encoder in self.encoders:
            if isinstance(encoder, str):
                table = self.tables.by_input.get(number)
                edges = np.zeros(1) if table is None else table.edges[np.isfinite(table.edges)]
                values[encoder] = [np.nan, *edges, *np.nextafter(edges, np.inf)]
                number += 1
            else:
                values[encoder.name] = encoder.to_try()
                number += encoder.width
        return mixed(values)

    def _places(self, columns: Columns) -> Iterator[tuple[int, NDArray[np.intp]]]:
        """Of each input that a split asks for, the places of the rows in its table."""
        number = 0
        for encoder in self.encoders:
            if isinstance(encoder, str):
                if number in self.tables.by_input:
                    yield number, self.tables.by_input[number].places(columns[encoder])
                number += 1
                continue
            width = encoder.width
            asked = self.tables.by_input.keys() & set(range(number, number + width))
            strings = encoder.places(columns) if asked else None
            for asked_number in sorted(asked):
                numbers = encoder.numbers[:, asked_number - number]
                yield asked_number, self.tables.by_input[asked_number].places(numbers)[strings]
            number += width


def _at(content: Any) -> At:
    if isinstance(content, list):
        return tuple(map(int, content))
    return np.inf if content is None else float(content)
