"""A quantile of a column."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from great_expectations.compatibility import pydantic
from great_expectations.validator.metric_configuration import MetricConfiguration

from foretell.validation.connection import as_text
from foretell.validation.types.measured import (
    BetweenExpectation,
    Measure,
    Measurement,
    is_within,
    number,
    verdict,
)
from foretell.warehouse import dialect_of

_ROWS = "table.row_count"
#: A warehouse answers all of these for the price of one, so lines that ask for them share it.
COMMON = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


class Quantiles(Measurement):
    """Several quantiles of a column, in the order in which they were asked for."""

    metric_name = "foretell.quantiles"
    value_keys = ("quantiles",)

    @classmethod
    def aggregate(cls, column: Any, **arguments: Any) -> Any:
        """As the warehouse has them for the price of one."""
        # Literal, since an argument of these functions must be known before the query runs.
        value = as_text(number(column, arguments["_dialect"]), arguments["_dialect"])
        dialect, metrics = dialect_of(arguments["_dialect"].name), arguments["_metrics"]
        # Any column may have such a line beside this one.
        values = metrics[_ROWS] * len(metrics["table.columns"])
        return sa.literal_column(dialect.quantiles(value, arguments["quantiles"], values=values))

    @classmethod
    def _get_evaluation_dependencies(
        cls, metric: MetricConfiguration, *arguments: Any, **named: Any
    ) -> dict[str, MetricConfiguration]:
        needed = super()._get_evaluation_dependencies(metric, *arguments, **named)
        domain = {
            name: value for name, value in metric.metric_domain_kwargs.items() if name != "column"
        }
        return {**needed, _ROWS: MetricConfiguration(_ROWS, domain)}


class ExpectColumnQuantileBetween(BetweenExpectation):
    """Expect a quantile of a column's known values, such as the median, to lie between two values.

    On DuckDB it is approximate (Dunning and Ertl's t-digest) where rows times columns are more than
    20 million.
    """

    column: str
    quantile: float

    @pydantic.validator("quantile")
    @classmethod
    def _share(cls, quantile: float) -> float:
        if not 0 <= quantile <= 1:
            raise ValueError(f"a quantile lies between 0 and 1, and {quantile:g} does not")
        return quantile

    def _asked(self) -> tuple[float, ...]:
        return COMMON if self.quantile in COMMON else (self.quantile,)

    def measure(self) -> Measure:
        """The quantile, among those that others of this column may ask for."""
        return Measure(Quantiles.metric_name, self.column, {"quantiles": list(self._asked())})

    def judge(self, measured: Any) -> dict[str, Any]:
        """The one that was asked for."""
        value = measured[self._asked().index(self.quantile)] if measured else None
        return verdict(value, is_within(value, low=self.min_value, high=self.max_value))
