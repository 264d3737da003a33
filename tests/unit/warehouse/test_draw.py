"""Rows are drawn by one number, whether Python or a warehouse computes it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foretell.ground.draw import draws, key_text
from foretell.warehouse.duckdb_dialect import DuckDBDialect

DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31))
VALUES = {
    "BOOLEAN": st.booleans(),
    "SMALLINT": st.integers(-(2**15), 2**15 - 1),
    "BIGINT": st.integers(-(2**63), 2**63 - 1),
    "HUGEINT": st.integers(-(2**127) + 1, 2**127 - 1),
    "DECIMAL(18,4)": st.decimals(-(10**12), 10**12, places=4),
    "DECIMAL(9,0)": st.decimals(-(10**8), 10**8, places=0),
    "DOUBLE": st.floats(allow_nan=False),
    "FLOAT": st.floats(width=32, allow_nan=False),
    "DATE": DAYS,
    "TIMESTAMP": st.datetimes(),
    "TIMESTAMP WITH TIME ZONE": st.datetimes(
        datetime(1000, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)
    ),
    "UUID": st.uuids(),
    "VARCHAR": st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
}


@pytest.fixture(scope="module")
def session() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def in_sql(session: duckdb.DuckDBPyConnection, value: object, sql_type: str) -> tuple[Any, ...]:
    dialect = DuckDBDialect()
    text = dialect.key_text("value", sql_type)
    number = dialect.draw("rows", {"value": sql_type, "1": "INTEGER"})
    found = session.execute(
        f"select coalesce({text}, ''), {number} from (select cast(? as {sql_type}) as value)",
        [value],
    ).fetchone()
    assert found is not None
    return found


@pytest.mark.parametrize("sql_type", VALUES)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_python_and_duckdb_draw_alike(
    session: duckdb.DuckDBPyConnection, sql_type: str, data: st.DataObject
) -> None:
    value = data.draw(st.none() | VALUES[sql_type])
    assert in_sql(session, value, sql_type) == (key_text(value), *draws("rows", [(value, 1)]))


@pytest.mark.parametrize(
    ("value", "sql_type", "text"),
    [
        (None, "VARCHAR", ""),
        (True, "BOOLEAN", "true"),
        (-7, "BIGINT", "-7"),
        (Decimal("100"), "DECIMAL(9,2)", "100"),
        (Decimal("-0.50"), "DECIMAL(9,2)", "-0.5"),
        (1e15, "DOUBLE", "1000000000000000"),
        (1e16, "DOUBLE", "1e+16"),
        (-0.0, "DOUBLE", "0"),
        (0.1, "DOUBLE", "0.1"),
        (date(2025, 8, 1), "DATE", "2025-08-01 00:00:00.000000"),
        (datetime(2025, 8, 1, 9, 30, 0, 1), "TIMESTAMP", "2025-08-01 09:30:00.000001"),
        (datetime(2025, 8, 1, 9, 30), "TIMESTAMP_NS", "2025-08-01 09:30:00.000000"),
        (UUID(int=255), "UUID", "00000000-0000-0000-0000-0000000000ff"),
        ("Zoë|' ", "VARCHAR", "Zoë|' "),
    ],
)
def test_the_text_of_a_key_is_the_documented_one(
    session: duckdb.DuckDBPyConnection, value: object, sql_type: str, text: str
) -> None:
    assert key_text(value) == text
    assert in_sql(session, value, sql_type)[0] == text


def test_a_key_has_one_text_whatever_its_type(session: duckdb.DuckDBPyConnection) -> None:
    texts = {in_sql(session, 100, one)[0] for one in ("INTEGER", "DECIMAL(9,2)", "DOUBLE", "FLOAT")}
    assert texts == {"100"}
    midnight = datetime(2025, 8, 1)
    assert {in_sql(session, midnight, one)[0] for one in ("DATE", "TIMESTAMP", "TIMESTAMP_S")} == {
        "2025-08-01 00:00:00.000000"
    }


def test_a_sample_has_the_rows_with_the_smallest_numbers_in_the_order_of_their_key(
    session: duckdb.DuckDBPyConnection,
) -> None:
    sql = DuckDBDialect().sampled(
        "select range as member_id from range(1000)", key={"member_id": "BIGINT"}, limit=50
    )
    found = [member for (member,) in session.execute(sql).fetchall()]
    numbers = dict(zip(range(1000), draws("rows", [(one,) for one in range(1000)]), strict=True))
    assert found == sorted(sorted(numbers, key=lambda one: numbers[one])[:50])
