"""Lines that no gate can evaluate as they are written: refused by what they say, before any SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from foretell.errors import SpecError
from foretell.ground.kinds import column_kind
from foretell.validation.suite import Line

_OF_TYPES = "cast it in the SQL, which fails where a value is of a different type"
_OF_TIMES = "match it with `expect_column_values_to_match_regex`, or cast it in the SQL"
_OF_JSON = "read it in the SQL, into a column that another line is about"
_OF_ORDER = "compare a row with the one before in the SQL, into a column that another line is about"
#: Types that Great Expectations evaluates nowhere but in memory, or on a stored table.
_INSTEAD = {
    "expect_column_values_to_be_of_type": _OF_TYPES,
    "expect_column_values_to_be_in_type_list": _OF_TYPES,
    "expect_column_type_to_be": _OF_TYPES,
    "expect_column_values_to_be_dateutil_parseable": _OF_TIMES,
    "expect_column_values_to_match_strftime_format": _OF_TIMES,
    "expect_column_values_to_be_json_parseable": _OF_JSON,
    "expect_column_values_to_match_json_schema": _OF_JSON,
    "expect_column_values_to_be_increasing": _OF_ORDER,
    "expect_column_values_to_be_decreasing": _OF_ORDER,
    "expect_table_row_count_to_equal_other_table": "write a dbt test",
    "expect_query_results_to_match_comparison": "write a dbt test",
}
#: Kwargs that are texts, or lists of texts.
_NAMES = (
    *("column", "column_A", "column_B", "column_list", "column_set"),
    *("regex", "regex_list", "like_pattern", "like_pattern_list"),
)


def check_sayable(line: Line) -> None:
    """Refuse a type that has no SQL, and a word that YAML reads as something else.

    Raises
    ------
    SpecError
        Names the file, the line, what was found and what to write.
    """
    instead = _INSTEAD.get(line.expectation.type)
    if instead:
        raise SpecError(
            f"{line.where}: `{line.expectation.type}` cannot be evaluated in the database: Great "
            f"Expectations has no SQL for it. Remove the line and {instead}."
        )
    kwargs = line.expectation.kwargs
    for name in _NAMES:
        for value in _members(kwargs.get(name)):
            if not isinstance(value, str | dict):
                raise SpecError(f"{line.where}: `{name}` has {value}{_read(value)}")
    values = [*_members(kwargs.get("value_set"))]
    if any(isinstance(member, str) for member in values):
        for value in values:
            if not isinstance(value, str | dict):
                raise SpecError(f"{line.where}: `value_set` has {value} beside texts{_read(value)}")


def check_compared(line: Line, columns: Mapping[str, str]) -> None:
    """Refuse a set of numbers or booleans for a column of texts.

    Parameters
    ----------
    columns
        SQL types by name in lower case.

    Raises
    ------
    SpecError
        Names the file, the line, what was found and what to write.
    """
    column = line.expectation.kwargs.get("column")
    kind = columns.get(column.lower()) if isinstance(column, str) else None
    if kind is None or column_kind(kind.upper()) != "string" or "length" in line.expectation.type:
        return
    for value in _members(line.expectation.kwargs.get("value_set")):
        if not isinstance(value, str | dict):
            raise SpecError(
                f"{line.where}: `value_set` has {value}, and {column} is {kind}{_read(value)}"
            )


def _members(value: Any) -> Iterator[Any]:
    for member in value if isinstance(value, list | tuple) else [value]:
        if member is not None:
            yield member


def _read(value: Any) -> str:
    """What YAML made of a word, and how it is written as a text."""
    if isinstance(value, bool):
        return ": YAML reads words such as NO, off and yes as booleans. Quote it to mean a text."
    is_number = isinstance(value, int | float)
    kind = "a date" if isinstance(value, date) else "a number" if is_number else "no text"
    return f", which is {kind}. Quote it to mean a text."
