"""Names reach the database as they were written, whatever characters they hold."""

from __future__ import annotations

import duckdb
import pytest

from foretell.ground.relation import Relation, quoted

ODD = ["select", "Mixed Case", 'with "quotes"', "semi;colon", "dot.ted", "ümläut", "it's"]


@pytest.mark.parametrize("name", ODD)
def test_odd_names_survive_a_database(name: str) -> None:
    con = duckdb.connect()
    con.execute(f"create schema {quoted(name)}")
    relation = Relation("memory", name, name)
    con.execute(f"create table {relation} as select 1 as {quoted(name)}")
    assert con.execute(f"select * from {relation}").description[0][0] == name
    assert con.execute("select schema_name, table_name from duckdb_tables()").fetchall() == [
        (name, name)
    ]


def test_a_sibling_stands_beside() -> None:
    relation = Relation("db", "stores", "")
    assert str(relation.sibling("runs")) == '"db"."stores"."runs"'
    assert relation.name == ""
