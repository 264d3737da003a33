"""Which rows a gate looks at, and which of them it takes away."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from made import make_request, make_spec

from foretell.staging.stage import stage
from foretell.validation.gate_rows import arrived
from foretell.validation.quarantine import set_aside
from foretell.validation.suite import Expectation, Line
from foretell.warehouse.duckdb import DuckDBWarehouse

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Members 0 to 9; of three the outcome is not known.
TABLE = """
    select n as member_id, n * 10 as age, n % 4 as visits, case when n < 7 then n % 2 = 0 end
        as has_quit
    from range(10) as members (n)
"""
FLAT: dict[str, Any] = {"as_of": ..., "horizon": ...}


@pytest.fixture
def warehouse() -> Iterator[DuckDBWarehouse]:
    con = duckdb.connect()
    con.execute("attach ':memory:' as gym; create schema gym.gym")
    yield DuckDBWarehouse(con)
    con.close()


def test_rows_of_a_flat_table_that_are_to_be_scored_are_new(warehouse: DuckDBWarehouse) -> None:
    """They have no horizon that could tell when they came."""
    staged = stage(make_request(sql=TABLE, today="2025-08-01"), make_spec(**FLAT), warehouse)
    new = arrived(staged, since=date(2025, 8, 1))
    found = warehouse.rows(f"select member_id from ({new}) as new_rows order by 1")
    assert found == [(7,), (8,), (9,)]


def test_each_line_sets_its_own_rows_aside(warehouse: DuckDBWarehouse) -> None:
    request = make_request(sql=TABLE, today="2025-08-01")
    staged = stage(request, make_spec(**FLAT), warehouse)
    lines = [
        Line(
            Expectation(
                type="expect_column_values_to_be_between",
                kwargs={"column": column, "max_value": most},
                on_failure="quarantine",
                description=f"Not too much {column}",
            ),
            "written",
            "pred.yml:3",
        )
        for column, most in (("age", 70), ("visits", 2))
    ]
    everything = f"select * from {staged.relation}"
    found = set_aside(request, staged, warehouse, lines, new=everything, secret=frozenset())
    assert found.rows == 4
    kept = warehouse.rows(f"select member_id from {staged.relation} order by 1")
    assert [member for (member,) in kept] == [0, 1, 2, 4, 5, 6]
    reasons = warehouse.rows(
        f"select member_id, foretell_reasons from {request.set_aside} order by 1"
    )
    assert reasons == [
        (3, "Not too much visits"),
        (7, "Not too much visits"),
        (8, "Not too much age"),
        (9, "Not too much age"),
    ]
