"""Great Expectations' pattern types on warehouses for which it has no SQL.

Each is registered under the metric that Great Expectations' own type asks for. A pattern is looked
for anywhere in a value, as Great Expectations does it elsewhere: `^` and `$` mean the ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)

from foretell.validation.connection import as_text
from foretell.warehouse import dialect_of


class Match(ColumnMapMetricProvider):
    """Whether a value matches a regular expression."""

    condition_metric_name = "column_values.match_regex"
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, regex: str, **arguments: Any) -> Any:  # noqa: N805
        return _found(column, regex, arguments)


class NoMatch(ColumnMapMetricProvider):
    """Whether a value does not match a regular expression."""

    condition_metric_name = "column_values.not_match_regex"
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, regex: str, **arguments: Any) -> Any:  # noqa: N805
        return sa.not_(_found(column, regex, arguments))


class MatchList(ColumnMapMetricProvider):
    """Whether a value matches any, or all, of some regular expressions."""

    condition_metric_name = "column_values.match_regex_list"
    condition_value_keys = ("regex_list", "match_on")

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, regex_list: Any, match_on: Any, **arguments: Any) -> Any:  # noqa: N805
        return _joined([_found(column, regex, arguments) for regex in regex_list], match_on)


class NoMatchList(ColumnMapMetricProvider):
    """Whether a value matches none of some regular expressions."""

    condition_metric_name = "column_values.not_match_regex_list"
    condition_value_keys = ("regex_list",)

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, regex_list: Any, **arguments: Any) -> Any:  # noqa: N805
        return sa.not_(_joined([_found(column, regex, arguments) for regex in regex_list], "any"))


class Like(ColumnMapMetricProvider):
    """Whether a value is like a pattern with `%` and `_`."""

    condition_metric_name = "column_values.match_like_pattern"
    condition_value_keys = ("like_pattern", "escape")

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805
        column: Any,
        like_pattern: str,
        escape: Any = None,
        **arguments: Any,
    ) -> Any:
        return _like(column, like_pattern, escape)


class Unlike(ColumnMapMetricProvider):
    """Whether a value is not like a pattern."""

    condition_metric_name = "column_values.not_match_like_pattern"
    condition_value_keys = ("like_pattern", "escape")

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805
        column: Any,
        like_pattern: str,
        escape: Any = None,
        **arguments: Any,
    ) -> Any:
        return sa.not_(_like(column, like_pattern, escape))


class LikeList(ColumnMapMetricProvider):
    """Whether a value is like any, or all, of some patterns."""

    condition_metric_name = "column_values.match_like_pattern_list"
    condition_value_keys = ("like_pattern_list", "match_on", "escape")

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805
        column: Any,
        like_pattern_list: Any,
        match_on: Any = None,
        escape: Any = None,
        **arguments: Any,
    ) -> Any:
        return _joined([_like(column, pattern, escape) for pattern in like_pattern_list], match_on)


class UnlikeList(ColumnMapMetricProvider):
    """Whether a value is like none of some patterns."""

    condition_metric_name = "column_values.not_match_like_pattern_list"
    condition_value_keys = ("like_pattern_list", "escape")

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805
        column: Any,
        like_pattern_list: Any,
        escape: Any = None,
        **arguments: Any,
    ) -> Any:
        return sa.not_(
            _joined([_like(column, pattern, escape) for pattern in like_pattern_list], "any")
        )


def _found(column: Any, regex: str, arguments: Mapping[str, Any]) -> Any:
    engine = arguments["_sqlalchemy_engine"].dialect
    text = as_text(sa.cast(column, sa.String), engine)
    pattern = as_text(sa.literal(regex), engine)
    return sa.literal_column(dialect_of(engine.name).matches(text, pattern), sa.Boolean)


def _like(column: Any, pattern: str, escape: str | None) -> Any:
    return sa.cast(column, sa.String).like(sa.literal(pattern), escape=escape)


def _joined(conditions: Sequence[Any], match_on: str | None) -> Any:
    if not conditions:
        raise ValueError("name at least one pattern")
    return (sa.and_ if match_on == "all" else sa.or_)(*conditions)
