"""A query that a person ended with a semicolon can stand in brackets."""

from __future__ import annotations

import duckdb
import pytest

from foretell.ground.statement import without_semicolon


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 as one",
        "select 1 as one;",
        "select 1 as one ;\n\n;\n",
        "select 1 as one; -- that is all;",
        "select 1 as one /* ; -- */",
        "select 1 as one -- it's one;",
        "select ';--' as one",
        "select ';' as one; /* it's ; */",
        'select 1 as "a;"\n;',
        "select $$;'$$ as one;",
    ],
)
def test_a_query_stands_in_brackets_and_says_the_same(sql: str) -> None:
    bare = without_semicolon(sql)
    wrapped = duckdb.sql(f"select * from (\n{bare}\n) as wrapped")
    plain = duckdb.sql(sql)
    assert (wrapped.columns, wrapped.fetchall()) == (plain.columns, plain.fetchall())


def test_two_statements_stay_two() -> None:
    assert without_semicolon("select 1; select 2;") == "select 1; select 2"
