"""What the columns of the rows are, as the warehouse has told it already."""

from __future__ import annotations

from typing import Any

from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metrics.table_column_types import ColumnTypes

from foretell.validation.connection import told_columns


class Columns(ColumnTypes):
    """Names, and the SQL types in the warehouse's own words.

    Great Expectations itself would run the whole query for the names, of which a driver may fetch
    all rows, and would not learn the types.
    """

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, execution_engine: Any, **arguments: Any) -> Any:  # type: ignore[override]  # noqa: N805
        columns = told_columns(execution_engine.engine)
        if columns is None:
            return ColumnTypes._sqlalchemy(cls, execution_engine=execution_engine, **arguments)
        return [{"name": name, "sql_type": sql_type} for name, sql_type in columns.items()]
