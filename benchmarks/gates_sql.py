"""The values that a gate's lines ask for, as one SQL query: what a careful hand would write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from foretell.ground.relation import quoted
from foretell.validation.gate import GateRows
from foretell.validation.suite import Line


@dataclass(frozen=True)
class Value:
    """One value of the query, and where in it.

    Attributes
    ----------
    rows, sql
        Which rows it is of, and the aggregate.
    at
        Its place in a list, for one quantile of several.
    """

    rows: str | None
    sql: str
    at: int | None = None


def value_of(line: Line, quantiles: Mapping[str, list[float]]) -> Value:
    """The value that a line judges.

    Raises
    ------
    KeyError
        A type that neither the spec nor the past says.
    """
    said = line.expectation
    name = line.columns[0] if line.columns else "score"
    column, kwargs = quoted(name), said.kwargs
    at = None
    match said.type:
        case "expect_column_values_to_not_be_null":
            sql = f"count(*) - count({column})"
        case "expect_key_to_be_unique":
            key = ", ".join(quoted(one) for one in kwargs["column_list"])
            sql = f"count(*) - count(distinct ({key}))"
        case "expect_column_max_to_be_between" | "expect_freshness_within":
            sql = f"max({column})"
        case "expect_column_mean_to_be_between":
            sql = f"avg({column})"
        case "expect_positive_rate_between":
            sql = f"avg(cast({column} as double))"
        case "expect_column_quantile_between":
            asked = quantiles[name]
            sql = f"approx_quantile(cast({column} as double), {asked})"
            at = asked.index(kwargs["quantile"])
        case "expect_column_values_to_be_in_set":
            known = ", ".join(f"'{one}'" for one in kwargs["value_set"])
            sql = f"count(*) filter (where {column} not in ({known}))"
        case "expect_column_values_to_be_between":
            low, high = kwargs["min_value"], kwargs["max_value"]
            sql = f"count(*) filter (where {column} not between {low} and {high})"
        case "expect_column_unique_value_count_to_be_between":
            sql = f"count(distinct {column})"
        case "expect_table_row_count_to_be_between":
            sql = "count(*)"
        case "expect_no_missing_predictions":
            sql = f"count({column})"
        case other:
            raise KeyError(f"no SQL for {other}")
    return Value(said.rows, sql, at)


def values_of(lines: Iterable[Line]) -> list[Value]:
    """The value of each line, in their order; quantiles of a column are asked for together."""
    lines = list(lines)
    asked: dict[str, list[float]] = {}
    for line in lines:
        if "quantile" in line.expectation.kwargs:
            wanted = asked.setdefault(line.columns[0], [])
            if line.expectation.kwargs["quantile"] not in wanted:
                wanted.append(line.expectation.kwargs["quantile"])
    return [value_of(line, asked) for line in lines]


def fused(gates: Iterable[tuple[list[Line], Mapping[str | None, GateRows]]]) -> str:
    """One query for the values of all lines of some gates: each once, each relation read once."""
    selects: list[str] = []
    for lines, rows in gates:
        for choice, looked_at in rows.items():
            wanted = dict.fromkeys(one.sql for one in values_of(lines) if one.rows == choice)
            if wanted:
                selects.append(f"(select {', '.join(wanted)} from ({looked_at.sql}))")
    return f"select * from {', '.join(selects)}"


def answers(
    found: tuple[Any, ...], gates: Iterable[tuple[list[Line], Mapping[str | None, GateRows]]]
) -> list[tuple[Line, Any]]:
    """Each line with its value in the row that the query returned."""
    made, rest = [], iter(found)
    for lines, rows in gates:
        values = values_of(lines)
        for choice in rows:
            wanted = dict.fromkeys(one.sql for one in values if one.rows == choice)
            known = {sql: next(rest) for sql in wanted}
            for line, value in zip(lines, values, strict=True):
                if value.rows == choice:
                    whole = known[value.sql]
                    one = whole if value.at is None or whole is None else whole[value.at]
                    made.append((line, one))
    return made
