"""Which type holds the values of two, and tables whose columns become wider."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import duckdb
import pytest

from foretell.errors import WarehouseError
from foretell.ground.relation import Relation
from foretell.warehouse.duckdb import DuckDBWarehouse
from foretell.warehouse.marks import COMMENT
from foretell.warehouse.widening import type_for_both

TABLE = Relation("memory", "main", "pred__history")


@pytest.fixture
def warehouse() -> Iterator[DuckDBWarehouse]:
    with duckdb.connect() as connection:
        yield DuckDBWarehouse(connection)


@pytest.mark.parametrize(
    ("was", "now", "both"),
    [
        ("INTEGER", "BIGINT", "BIGINT"),
        ("BIGINT", "HUGEINT", "HUGEINT"),
        ("UINTEGER", "INTEGER", "BIGINT"),
        ("UTINYINT", "USMALLINT", "USMALLINT"),
        ("UBIGINT", "BIGINT", "HUGEINT"),
        ("UHUGEINT", "INTEGER", None),
        ("DECIMAL(4,2)", "DECIMAL(8,2)", "DECIMAL(8,2)"),
        ("DECIMAL(8,2)", "DECIMAL(8,4)", "DECIMAL(10,4)"),
        ("INTEGER", "DECIMAL(6,2)", "DECIMAL(12,2)"),
        ("BIGINT", "DECIMAL(38,0)", "DECIMAL(38,0)"),
        ("DECIMAL(38,2)", "DECIMAL(38,4)", None),
        ("FLOAT", "DOUBLE", "DOUBLE"),
        ("INTEGER", "DOUBLE", "DOUBLE"),
        ("INTEGER", "FLOAT", "DOUBLE"),
        ("BIGINT", "DOUBLE", None),
        ("DECIMAL(4,2)", "DOUBLE", None),
        ("DATE", "TIMESTAMP", "TIMESTAMP"),
        ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", None),
        ("ENUM('a', 'b')", "ENUM('b', 'a', 'it''s, x')", "ENUM('b', 'a', 'it''s, x')"),
        ("ENUM('a', 'b')", "ENUM('b', 'c')", "VARCHAR"),
        ("ENUM('a', 'b')", "ENUM('A', 'b')", "VARCHAR"),
        ("ENUM('a', 'b')", "VARCHAR", "VARCHAR"),
        ("BIGINT", "VARCHAR", None),
        ("BOOLEAN", "INTEGER", None),
        ("DATE", "VARCHAR", None),
        ("INTEGER[]", "BIGINT[]", None),
    ],
)
def test_what_holds_both_whichever_was_first(was: str, now: str, both: str | None) -> None:
    assert type_for_both(was, now) == both
    assert type_for_both(now, was) == both


@pytest.mark.parametrize(
    ("was", "now", "rows"),
    [
        ("1::integer", "3000000000::bigint", [1, 3000000000]),
        ("12.34::decimal(4,2)", "1234.5::decimal(8,2)", [Decimal("12.34"), Decimal("1234.50")]),
        ("date '2025-01-01'", "timestamp '2025-01-01 09:30:00'",
         [datetime(2025, 1, 1), datetime(2025, 1, 1, 9, 30)]),
        ("'a'::enum('a')", "'it''s'::enum('a', 'it''s')", ["a", "it's"]),
        ("3000000000::bigint", "1::integer", [3000000000, 1]),
        ("null", "'007'", [None, "007"]),
    ],
)  # fmt: skip
def test_a_column_becomes_as_wide_as_its_new_rows_need(
    was: str, now: str, rows: list[object], warehouse: DuckDBWarehouse
) -> None:
    warehouse.add_rows(TABLE, f'select {was} as "Key", 1 as nr')
    with warehouse.together():
        warehouse.add_rows(TABLE, f"select {now} as key, 2 as nr, 'Lake'::enum('Lake') as place")
    assert warehouse.rows(f"select key from {TABLE} order by nr") == [(one,) for one in rows]
    assert warehouse.rows(f"select place from {TABLE} order by nr") == [(None,), ("Lake",)]
    assert warehouse.rows("select comment from duckdb_tables()") == [(COMMENT,)]


def test_nothing_is_cast_to_another_type(warehouse: DuckDBWarehouse) -> None:
    warehouse.add_rows(TABLE, "select 7 as key")
    with pytest.raises(WarehouseError, match=r"key as INTEGER, and .* as VARCHAR"):
        warehouse.add_rows(TABLE, "select '007' as key")
    assert warehouse.rows(f"select key from {TABLE}") == [(7,)]


def test_text_holds_all_where_it_is_asked_for(warehouse: DuckDBWarehouse) -> None:
    for value in ("0.1::double", "'007'", "true"):
        warehouse.add_rows(TABLE, f"select {value} as key", as_text=True)
    assert warehouse.rows(f"select key from {TABLE}") == [("0.1",), ("007",), ("true",)]
