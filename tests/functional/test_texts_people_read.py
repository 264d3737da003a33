"""What dialects write for people is the same text on each engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from foretell.warehouse import dialect_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from foretell.warehouse.dialect import Dialect
    from postgres_server import Server

NUMBERS = "0, 1, -1, 999, 1000, -12345, 1234567890, null"
FIGURES = "0, 0.25, 1.237, -4.5, 12.34, 99.96, 99.94, 100, 4321.7, -1234567.2, 0.00321, null"
DATES = (
    "timestamp '2025-01-01 00:00:00', timestamp '2024-02-29 23:59:59', "
    "timestamp '2025-12-09 07:05:03', null"
)
TEXTS = "'', 'abc-._~', 'a/<b>&c', 'é 😀', '100 %', '!''(x)''', 'a+b=c', null"

#: What is written, the values that it is written of, and their type.
OPENS = "'<[A-Za-z/!?]'"
WRITTEN: dict[str, tuple[Callable[[Dialect], str], str, str]] = {
    "count": (lambda d: d.written_count("x"), NUMBERS, "bigint"),
    "whole": (lambda d: d.written_number("x"), FIGURES, "double precision"),
    "one_decimal": (lambda d: d.written_number("x", 1), FIGURES, "double precision"),
    "figure": (lambda d: d.written_figure("x"), FIGURES, "double precision"),
    "day": (lambda d: d.written_date("x", "%-d %B %Y"), DATES, "timestamp"),
    "short_day": (lambda d: d.written_date("x", "%-d %b %Y"), DATES, "timestamp"),
    "instant": (lambda d: d.written_date("x", "%Y-%m-%d %H:%M:%S"), DATES, "timestamp"),
    "letters": (lambda d: d.written_date("x", "Day %d at %H"), DATES, "timestamp"),
    "address": (lambda d: d.percent_encoded("x"), TEXTS, "varchar"),
    "tags": (lambda d: "cast(" + d.matches("x", OPENS) + " as integer)", TEXTS, "varchar"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_both_write_the_same(postgres_server: Server, name: str) -> None:
    write, values, kind = WRITTEN[name]
    rows = ", ".join(
        f"({place}, cast({value} as {kind}))" for place, value in enumerate(values.split(", "))
    )
    here, there = (
        f"select {write(dialect_of(engine))} from (values {rows}) as t (place, x) order by place"
        for engine in ("duckdb", "postgres")
    )
    with duckdb.connect() as con:
        ours = con.execute(here).fetchall()
    assert ours == postgres_server.query(there)
    assert len({text for (text,) in ours}) > 1


def test_a_pattern_that_postgres_lacks_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"'%j' is not known in '%j'; there is %-d, %d, %B"):
        dialect_of("postgres").written_date("x", "%j")
