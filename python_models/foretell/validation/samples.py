"""A few of the rows that fail a line: asked for in a second pass, of those that failed alone.

Keys are written as the warehouse has them, without separators of thousands: a person pastes them
into a query, and `foretell forget` must find them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from foretell.ground.relation import quoted
from foretell.validation.gx import is_of_rows, make_expectation, validate
from foretell.validation.suite import Line
from foretell.warehouse.protocol import Warehouse

#: What tells which rows fail a line that is about all of them.
_NOT_NULL = "expect_column_values_to_not_be_null"
_ROWS_OF = {"expect_column_proportion_of_non_null_values_to_be_between": _NOT_NULL}
_KEY = "expect_key_to_be_unique"
_EXAMPLES = 3


def sample_rows(
    batch: Any, lines: Mapping[int, Line], *, key: Sequence[str]
) -> dict[int, Mapping[str, Any]]:
    """Counts and examples of the rows that fail, as Great Expectations has them, by line.

    Parameters
    ----------
    lines
        Those that failed; the ones that are not about single rows are passed over.
    key
        Columns that name a row; without any there are values instead.
    """
    expectations = []
    for at, line in lines.items():
        kind = _ROWS_OF.get(line.expectation.type, line.expectation.type)
        if not is_of_rows(kind):
            continue
        kwargs = line.expectation.kwargs
        if kind != line.expectation.type:
            kwargs = {"column": kwargs["column"]}
        sampled = line.expectation.model_copy(update={"type": kind, "kwargs": kwargs})
        expectations.append(make_expectation(Line(sampled, "default", line.where), number=at))
    evaluations = validate(
        batch,
        expectations,
        {
            "result_format": "SUMMARY",
            "partial_unexpected_count": _EXAMPLES,
            **({"unexpected_index_column_names": list(key)} if key else {}),
        },
    )
    return {at: evaluation.result or {} for at, evaluation in evaluations.items()}


def examples(counted: Mapping[str, Any], *, secret: frozenset[str]) -> tuple[str, ...]:
    """Keys of rows that fail, or the values for which they do, once each."""
    return tuple(dict.fromkeys(_examples(counted, secret)))


def _examples(counted: Mapping[str, Any], secret: frozenset[str]) -> Iterator[str]:
    rows = counted.get("partial_unexpected_index_list") or []
    if not rows and not secret:
        # Of several columns Great Expectations gives each value as a mapping.
        values = [
            value for value in counted.get("partial_unexpected_list") or [] if value is not None
        ]
        yield from (
            ", ".join(_named(value, secret)) if isinstance(value, Mapping) else str(value)
            for value in values[:_EXAMPLES]
        )
    for row in rows[:_EXAMPLES]:
        yield ", ".join(_named(row, secret))


def repeated_keys(
    warehouse: Warehouse,
    line: Line,
    sql: str,
    columns: Collection[str],
    *,
    secret: frozenset[str],
) -> tuple[str, ...]:
    """Keys that name more than one row, the commonest first, with how many each names.

    None for other lines than those about keys, and for one that looks only at the rows of a
    condition, which is Great Expectations' to read.

    Parameters
    ----------
    sql
        Query for the rows that the line looks at.
    columns
        Their names, which the line may write in a different case.
    secret
        Columns whose values are never shown.
    """
    kwargs = line.expectation.kwargs
    if line.expectation.type != _KEY or kwargs.get("row_condition"):
        return ()
    names = [str(name) for name in kwargs["column_list"]]
    if not _named(dict.fromkeys(names), secret):
        return ()
    own_names = {name.lower(): name for name in columns} | {name: name for name in columns}
    key = ", ".join(quoted(own_names.get(name) or own_names[name.lower()]) for name in names)
    repeats = warehouse.rows(
        f"select {key}, count(*) from ({sql}) as looked_at group by {key} "
        f"having count(*) > 1 order by count(*) desc, {key} limit {_EXAMPLES}"
    )
    return tuple(
        f"{', '.join(_named(dict(zip(names, values, strict=True)), secret))}: {count} rows"
        for *values, count in repeats
    )


def _named(row: Mapping[str, Any], secret: frozenset[str]) -> list[str]:
    # A line may write a column in a different case from dbt, where it is tagged.
    hidden = {name.lower() for name in secret}
    return [
        f"{name} {'null' if value is None else value}"
        for name, value in row.items()
        if name.lower() not in hidden
    ]
