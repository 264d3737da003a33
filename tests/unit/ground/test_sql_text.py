"""What of SQL's text carries meaning: semicolons, comments, schemas and white space do not."""

from __future__ import annotations

import duckdb
import pytest

from foretell.ground.sql_text import bare_sql, parsed, without_semicolon


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
        r"select e'it\';' as one;",
    ],
)
def test_a_query_stands_in_brackets_and_says_the_same(sql: str) -> None:
    bare = without_semicolon(sql, "duckdb")
    wrapped = duckdb.sql(f"select * from (\n{bare}\n) as wrapped")
    plain = duckdb.sql(sql)
    assert (wrapped.columns, wrapped.fetchall()) == (plain.columns, plain.fetchall())


def test_two_statements_stay_two() -> None:
    assert without_semicolon("select 1; select 2;", "duckdb") == "select 1; select 2"
    assert parsed("select 1; select 2", "duckdb") is None


def test_what_cannot_be_read_is_left_to_the_database() -> None:
    assert without_semicolon("select 'it;", "duckdb") == "select 'it;"
    assert bare_sql("select 'it  -- is", "duckdb") == "select 'it -- is"
    assert parsed("select (", "duckdb") is None


@pytest.mark.parametrize(
    ("sql", "bare"),
    [
        ("select  1 -- one\n\t, 'a  -- b' /* c */", "select 1 , 'a  -- b'"),
        ('select a from "d"."s"."t" as x', 'select a from "t" as x'),
        ("select x.a from raw.t as x", "select x.a from raw.t as x"),
        ("select a from t group  by a", "select a from t group by a"),
        ('select (from "d"."s"."t"', 'select (from "t"'),
        ("select 'd.s.t', x.a.b from x", "select 'd.s.t', x.a.b from x"),
    ],
    ids=["comments", "by dbt", "by a person", "two words", "no query", "fields"],
)
def test_schemas_and_comments_are_left_out(sql: str, bare: str) -> None:
    assert bare_sql(sql, "duckdb", without_schemas=True) == bare


def test_each_warehouse_reads_its_own_sql() -> None:
    assert bare_sql("select `a b` from `s`.`t`", "spark", without_schemas=True) == (
        "select `a b` from `t`"
    )
    assert bare_sql("select x.a from s.t as x", "spark", without_schemas=True) == (
        "select x.a from t as x"
    )
    assert bare_sql("select 1 # one", "mysql") == "select 1"
    assert bare_sql("select 1 -- one", "an adapter that nobody knows") == "select 1"
