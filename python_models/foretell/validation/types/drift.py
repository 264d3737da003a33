"""How far a column's distribution is from the one that a version learnt from."""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa
from great_expectations.compatibility import pydantic

from foretell.training.drift import psi_of_shares
from foretell.validation.connection import as_text
from foretell.validation.types.measured import (
    Measure,
    MeasuredExpectation,
    Measurement,
    is_within,
    number,
    verdict,
)
from foretell.warehouse import dialect_of


class Counts(Measurement):
    """How many rows there are, and how many in each bin of a reference, as ``900,12,..`` text.

    Text is the one value that can hold them all in one column of the one select.
    """

    metric_name = "foretell.counts"
    value_keys = ("edges", "categories")

    @classmethod
    def aggregate(cls, column: Any, **arguments: Any) -> Any:
        """Counts, null values in none of the bins."""
        if arguments["categories"] is not None:
            counts = _of_strings(column, arguments["categories"])
        else:
            counts = _of_numbers(column, arguments["edges"], arguments["_dialect"])
        return sa.func.concat_ws(",", sa.func.count(), *counts)


def _of_strings(column: Any, categories: list[str]) -> list[Any]:
    text = sa.cast(column, sa.String)
    common = [sa.func.count(sa.case((text == category, 1))) for category in categories]
    return [*common, sa.func.count(sa.case((text.not_in(categories), 1)))]


def _of_numbers(column: Any, edges: list[float], engine: Any) -> list[Any]:
    value = number(column, engine)
    # In one aggregate it takes a quarter of the time.
    counted = dialect_of(engine.name).histogram(as_text(value, engine), edges)
    if counted is not None:
        return [sa.literal_column(counted)]
    low = [value > edge for edge in edges]
    high = [value <= edge for edge in edges]
    inside = [sa.and_(*pair) for pair in zip(low[:-1], high[1:], strict=True)]
    bins = [high[0], *inside, low[-1]] if edges else [value.is_not(None)]
    return [sa.func.count(sa.case((condition, 1))) for condition in bins]


class ExpectPsiBelow(MeasuredExpectation):
    """Expect the population stability index against a reference to be at most ``max_value``.

    The reference is that of the champion's training rows: numbers by their deciles, strings by the
    commonest, nulls as a bin of their own.
    """

    filled: ClassVar[tuple[str, ...]] = ("reference",)

    column: str
    max_value: float
    reference: dict[str, Any] | None = None

    @pydantic.validator("reference")
    @classmethod
    def _complete(cls, reference: dict[str, Any] | None) -> dict[str, Any] | None:
        if reference is None:
            return None
        kinds = [kind for kind in ("edges", "categories") if kind in reference]
        if len(kinds) != 1 or len(reference.get("shares", ())) != len(reference[kinds[0]]) + 2:
            raise ValueError(
                "a reference has edges or categories, and shares: one for each bin, of which "
                "there is one more than edges, or one for each category and one for all others; "
                "and at last that of nulls"
            )
        return reference

    def measure(self) -> Measure:
        """Counts in the bins of the reference."""
        reference = self.reference or {}
        bins = {name: reference.get(name) for name in Counts.value_keys}
        return Measure(Counts.metric_name, self.column, bins)

    def judge(self, measured: Any) -> dict[str, Any]:
        """The index, which is high where there are no rows."""
        expected = (self.reference or {})["shares"]
        rows, *counts = (int(count) for count in str(measured).split(","))
        # Of no rows there is no histogram.
        counts = counts or [0] * (len(expected) - 1)
        shares = [count / max(rows, 1) for count in [*counts, rows - sum(counts)]]
        value = float(psi_of_shares(expected, shares))
        return verdict(value, is_within(value, high=self.max_value))
