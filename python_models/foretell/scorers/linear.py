"""The serving form of linear models: arrays and numbers, which no library has to read.

What a fitted pipeline does to a row, written out: fill, cut, scale, look categories up, weigh, add.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretell.scorers.inputs import Categories, Columns, Floats, floats, mixed
from foretell.scorers.link import Link, linked

_ARRAYS = ("fills", "scale", "offset", "mean", "spread")


@dataclass(frozen=True)
class Numbers:
    """Numeric columns, each as one of the model's inputs, then a flag for those that miss values.

    Attributes
    ----------
    names, fills
        The columns, and what stands in where one is unknown.
    flagged
        Positions of the columns that have a flag.
    scale, offset, mean, spread
        ``(inputs,)``: scaled to what was learnt from, cut to 0 and 1, then standardised.
    """

    names: tuple[str, ...]
    fills: Floats
    flagged: NDArray[np.int64]
    scale: Floats
    offset: Floats
    mean: Floats
    spread: Floats

    def inputs(self, columns: Columns) -> Floats:
        """``(rows, inputs)``."""
        values = np.column_stack([columns[name] for name in self.names])
        unknown = np.isnan(values)
        filled = np.where(unknown, self.fills, values)
        inputs = np.column_stack([filled, unknown[:, self.flagged].astype(np.float64)])
        cut = np.clip(inputs * self.scale + self.offset, 0.0, 1.0)
        return np.asarray((cut - self.mean) / self.spread)

    def to_try(self) -> dict[str, list[float]]:
        """Of each column what is unknown, what stands in for it, and numbers about both cuts."""
        width = len(self.names)
        scale, offset = self.scale[:width], self.offset[:width]
        return {
            name: [np.nan, fill, *(np.asarray([-1.0, 0.0, 0.4, 1.0, 2.0]) - start) / factor]
            for name, fill, start, factor in zip(self.names, self.fills, offset, scale, strict=True)
        }

    @property
    def width(self) -> int:
        """How many inputs they make."""
        return len(self.names) + len(self.flagged)

    def check(self) -> None:
        """Refuse parts of different sizes.

        Raises
        ------
        ValueError
            Names the first column.
        """
        sizes = {len(part) for part in (self.scale, self.offset, self.mean, self.spread)}
        flags = set(self.flagged.tolist())
        if (
            len(self.fills) != len(self.names)
            or sizes != {self.width}
            or flags - set(range(len(self.names)))
        ):
            raise ValueError(
                f"{self.names[0]} and what stands beside it have arrays of different sizes"
            )

    def content(self) -> dict[str, Any]:
        """They as JSON says them."""
        return {"numbers": list(self.names)} | {
            name: getattr(self, name).tolist() for name in (*_ARRAYS, "flagged")
        }

    @classmethod
    def of(cls, content: Any) -> Numbers:
        """What `content` says."""
        return cls(
            tuple(map(str, content["numbers"])),
            flagged=np.asarray(content["flagged"], dtype=np.int64),
            **{name: floats(content[name]) for name in _ARRAYS},
        )


@dataclass(frozen=True)
class Linear:
    """Weights of all inputs, and what makes a score of their sum.

    Attributes
    ----------
    encoders
        In the order of the weights.
    weights, intercept
        ``(outputs, inputs)`` and ``(outputs,)``. Of a class that was not there while it was fitted
        the weights are 0 and the intercept is ``-inf``: its probability is 0.
    link
        What makes scores of the sums.
    """

    encoders: tuple[Numbers | Categories, ...]
    weights: Floats
    intercept: Floats
    link: Link

    def __call__(self, columns: Columns) -> Floats:
        """``(rows,)`` values or probabilities; ``(rows, outputs)`` of classes."""
        inputs = np.column_stack([encoder.inputs(columns) for encoder in self.encoders])
        return linked(inputs @ self.weights.T + self.intercept, self.link)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return tuple(name for encoder in self.encoders for name in encoder.names)

    def check(self) -> None:
        """Refuse parts that do not fit together.

        Raises
        ------
        ValueError
            Says which.
        """
        for encoder in self.encoders:
            encoder.check()
        inputs = sum(encoder.width for encoder in self.encoders)
        if not inputs or self.weights.shape != (len(self.intercept), inputs):
            raise ValueError("its weights and the rest do not fit together")

    def content(self) -> dict[str, Any]:
        """It as JSON says it, but for the intercept and the link."""
        encoders = [encoder.content() for encoder in self.encoders]
        return {"weights": self.weights.tolist(), "encoders": encoders}

    @classmethod
    def of(cls, content: Any, intercept: Floats) -> Linear:
        """What `content` says."""
        encoders = tuple(
            Categories.of(encoder) if "category" in encoder else Numbers.of(encoder)
            for encoder in content["encoders"]
        )
        return cls(encoders, floats(content["weights"], ndim=2), intercept, content["link"])

    def to_try(self) -> Columns:
        """Rows with all that it may treat differently."""
        values: dict[str, Sequence[float] | Sequence[str]] = {}
        for encoder in self.encoders:
            if isinstance(encoder, Numbers):
                values |= encoder.to_try()
            else:
                values[encoder.name] = encoder.to_try()
        return mixed(values)
