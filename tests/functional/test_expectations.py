"""Every expectation type on both warehouses, through Great Expectations, over one hostile table."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from foretell.ground.relation import Relation
from foretell.validation.gate import GateRows, run_gate
from foretell.validation.suite import Expectation, Line
from foretell.warehouse.duckdb import DuckDBWarehouse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from foretell.validation.results import Result
    from foretell.warehouse.protocol import Warehouse
    from postgres_server import Server

TYPES = {
    "Key": "bigint",
    "name": "varchar(40)",
    "day": "date",
    "at": "timestamp",
    "seen_at": "timestamp with time zone",
    "amount": "numeric(10,2)",
    "select": "double precision",
    'Quoted "name"': "double precision",
    "share %": "double precision",
    "visits": "integer",
    "is_member": "boolean",
    "score": "double precision",
    "has_quit": "boolean",
    "until": "timestamp",
}
FIRST = 1234567890123456789
ROWS: list[tuple[Any, ...]] = [
    (FIRST, "o'clock", "2024-02-29", "2024-02-29 23:59:59", "2024-02-29 23:30:00+00",
     "-12.50", "NaN", "1.5", "0.1", -3, True, "0.9", True, "infinity"),
    (FIRST + 1, 'say "so"', "2024-12-31", "2024-12-31 00:00:00", "2024-12-31 20:00:00-05",
     "0.00", "infinity", "-1.5", "0.2", 0, False, "0.9", False, None),
    (FIRST + 2, "Élan", "2025-01-31", "2025-01-31 12:00:00", "2025-01-31 12:00:00+00",
     "99999999.99", "-infinity", "NaN", "0.3", 7, None, "0.1", False, "-infinity"),
    (FIRST + 3, "élan", "2025-01-31", "2025-01-31 12:00:00", None,
     "12.50", "2.5", "2", None, 7, True, "NaN", True, None),
    (FIRST + 4, "100 %", None, None, "2025-02-28 23:59:59.999999+01",
     None, None, None, "0.4", None, True, None, None, None),
    (FIRST + 4, "Zoë", "2025-02-28", "2025-02-28 08:00:00", "2025-03-01 00:00:00+00",
     "7.25", "2.5", "3", "0.5", 2147483647, False, "0.1", None, None),
    (None, None, "2025-02-28", "2025-02-28 08:00:00", None,
     "7.25", "1e300", "3", "0.5", -3, False, "0.4", False, None),
    (None, "anna", "2025-03-01", "2025-03-01 08:00:00", None,
     "-7.25", "1e-300", "4", "0.5", 1, True, "0.4", True, None),
]  # fmt: skip


def literal(value: Any, sql_type: str) -> str:
    if value is None:
        return f"cast(null as {sql_type})"
    text = str(value).replace("'", "''")
    return f"cast('{text}' as {sql_type})"


def created() -> str:
    selects = []
    for row in ROWS:
        columns = zip(TYPES, row, strict=True)
        named = (
            f'{literal(value, TYPES[name])} as "{name.replace(chr(34), chr(34) * 2)}"'
            for name, value in columns
        )
        selects.append(f"select {', '.join(named)}")
    return f"create table hostile as {' union all '.join(selects)}"


@pytest.fixture(scope="module")
def both(postgres_server: Server) -> Any:
    from foretell.warehouse.postgres import PostgresWarehouse

    session = duckdb.connect()
    session.execute(created())
    postgres_server.make_database("hostile")
    postgres_server.query(created(), "hostile")
    handle = postgres_server.connect("hostile")
    yield DuckDBWarehouse(session), PostgresWarehouse(handle)
    handle.close()
