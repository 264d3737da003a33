"""What our own types share: one aggregate of the rows is measured, then judged as one number.

The aggregate is handed to Great Expectations as an SQL expression, not as a query. It puts the
expressions of all lines into one SELECT, so a hundred lines read the rows once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import sqlalchemy as sa
from great_expectations.compatibility import pydantic
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.column_aggregate_metric_provider import (
    ColumnAggregateMetricProvider,
    column_aggregate_partial,
)
from great_expectations.expectations.model_field_types import ConditionParser
from great_expectations.expectations.registry import get_metric_kwargs
from great_expectations.expectations.row_conditions import RowConditionType
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.validator import ValidationDependencies
from sqlalchemy.sql.elements import quoted_name

from foretell.validation.connection import as_text
from foretell.warehouse import dialect_of

_MEASURED = "measured"


@dataclass(frozen=True)
class Measure:
    """What is to be measured: a metric of a column, and the metric's own arguments."""

    metric: str
    column: str
    arguments: dict[str, Any] = field(default_factory=dict)


class Measurement(ColumnAggregateMetricProvider):
    """A value that one SQL aggregate makes of a column, and perhaps of others beside it."""

    @column_aggregate_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, **arguments: Any) -> Any:  # noqa: N805, which GX calls so
        return cls.aggregate(_named(column.name, arguments["_metrics"]), **arguments)

    @classmethod
    def aggregate(cls, column: Any, **arguments: Any) -> Any:
        """The SQL expression.

        ``arguments`` holds the metric's arguments, and ``_table``, ``_dialect`` and ``_metrics``.
        """
        raise NotImplementedError


class MeasuredExpectation(BatchExpectation, ABC):
    """Something about the rows that is one number, and the limits in which it is fine."""

    #: The arguments that foretell knows, so that a line may leave them out.
    filled: ClassVar[tuple[str, ...]] = ()
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id", "row_condition", "condition_parser")

    row_condition: RowConditionType = None
    condition_parser: ConditionParser | None = None

    @abstractmethod
    def measure(self) -> Measure:
        """What must be known of the rows."""

    @abstractmethod
    def judge(self, measured: Any) -> dict[str, Any]:
        """Whether what was found is fine; made by `verdict`."""

    def get_validation_dependencies(
        self,
        execution_engine: Any = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> ValidationDependencies:
        """The metric that Great Expectations must compute before it asks for the verdict."""
        needed = super().get_validation_dependencies(execution_engine, runtime_configuration)
        if self._missing():
            return needed  # an error raised here would end the whole gate, in `_validate` the line
        measure = self.measure()
        # Great Expectations says which rows; a column may have a different name with us.
        domain = get_metric_kwargs(measure.metric, self.configuration, runtime_configuration)[
            "metric_domain_kwargs"
        ]
        domain["column"] = measure.column
        needed.set_metric_configuration(
            _MEASURED, MetricConfiguration(measure.metric, domain, measure.arguments)
        )
        return needed

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        missing = self._missing()
        if missing:
            raise ValueError(
                f"{self.expectation_type} needs `{missing}`, which is only known where foretell "
                "runs the gate of a prediction that has it. Name it among the line's kwargs."
            )
        return self.judge(metrics[_MEASURED])

    def _missing(self) -> str:
        return ", ".join(name for name in self.filled if getattr(self, name) is None)


class BetweenExpectation(MeasuredExpectation, ABC):
    """One number that must not be below ``min_value`` nor above ``max_value``."""

    min_value: float | None = None
    max_value: float | None = None

    @pydantic.root_validator(skip_on_failure=True)
    @classmethod
    def _limits(cls, values: dict[str, Any]) -> dict[str, Any]:
        low, high = values["min_value"], values["max_value"]
        if low is None and high is None:
            raise ValueError("name min_value, max_value or both: without a limit nothing can fail")
        if low is not None and high is not None and low > high:
            raise ValueError(f"min_value {low:g} is above max_value {high:g}")
        return values

    def judge(self, measured: Any) -> dict[str, Any]:
        """Fails where there is no value at all."""
        return verdict(measured, is_within(measured, low=self.min_value, high=self.max_value))


def verdict(observed: Any, is_fine: bool) -> dict[str, Any]:
    """What Great Expectations takes for a result; a missing number is said in words."""
    value = "no value" if observed is None else observed
    return {"success": is_fine, "result": {"observed_value": value}}


def is_within(value: Any, *, low: float | None = None, high: float | None = None) -> bool:
    """Whether a number is there and lies within its limits, which belong to it; NaN never does."""
    if value is None:
        return False
    return bool(
        (low is None or value >= low) and (high is None or value <= high) and value == value
    )


def beside(name: str, metrics: dict[str, Any]) -> Any:
    """A further column of the same rows, which Great Expectations does not look up for us.

    Raises
    ------
    ValueError
        There is no such column.
    """
    columns = [str(column) for column in metrics["table.columns"]]
    column_name = next((column for column in columns if column.lower() == name.lower()), None)
    if column_name is None:
        raise ValueError(f'The column "{name}" does not exist; there are {", ".join(columns)}.')
    return _named(column_name, metrics)


def number(column: Any, engine: Any) -> Any:
    """A column as a double, booleans as 0 and 1, null where it is not a number.

    Parameters
    ----------
    engine
        SQLAlchemy's dialect of the warehouse.
    """
    dialect = dialect_of(engine.name)
    is_boolean = isinstance(column.type, sa.Boolean)
    value = dialect.as_number(as_text(column, engine), "BOOLEAN" if is_boolean else "")
    double = dialect.types["number"].upper()
    return sa.literal_column(dialect.known_or_null(value, double), sa.Double)


def _named(name: str, metrics: Mapping[str, Any]) -> Any:
    types = {column["name"]: column.get("sql_type", "") for column in metrics["table.column_types"]}
    kind = sa.Boolean() if types.get(name, "").startswith("BOOL") else None
    # Always quoted: SQLAlchemy does not know all words that a warehouse reserves, such as `at`.
    return sa.column(quoted_name(str(name), quote=True), kind)
