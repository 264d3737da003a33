"""Whether a key names one row."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from great_expectations.compatibility import pydantic

from foretell.validation.types.measured import (
    Measure,
    MeasuredExpectation,
    Measurement,
    beside,
    is_within,
    verdict,
)


class Repeated(Measurement):
    """By how many rows there are more than keys."""

    metric_name = "foretell.repeated"
    value_keys = ("others",)

    @classmethod
    def aggregate(cls, column: Any, **arguments: Any) -> Any:
        """``count(*) - count(distinct (..))``: keys with a null in them count, once each."""
        parts = [column, *(beside(name, arguments["_metrics"]) for name in arguments["others"])]
        return sa.func.count() - sa.func.count(sa.distinct(sa.func.row(*parts)))


class ExpectKeyToBeUnique(MeasuredExpectation):
    """Expect each key, of one column or more, to name one row.

    What is observed is the number of rows too many: 3 where one key has four rows.
    """

    column_list: list[str]

    @pydantic.validator("column_list")
    @classmethod
    def _some(cls, column_list: list[str]) -> list[str]:
        if not column_list:
            raise ValueError("name at least one column")
        return column_list

    def measure(self) -> Measure:
        """The number of rows too many."""
        first, *rest = self.column_list
        return Measure(Repeated.metric_name, first, {"others": rest})

    def judge(self, measured: Any) -> dict[str, Any]:
        """None may be."""
        return verdict(measured, is_within(measured, high=0))
