"""Which instants the times of a training query are, and when its labels are known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb
import pytest
from made import make_request, make_spec

from foretell.errors import DataError
from foretell.request import Request
from foretell.staging.stage import stage
from foretell.staging.staged import Staged
from foretell.warehouse.duckdb import DuckDBWarehouse

ROW = "1 as member_id, date '2025-01-01' as as_of_date, true as has_quit, 2.5 as visits"
NOON_IN_UTC = "timestamptz '2025-01-01 12:00:00+00'"


@pytest.fixture(params=["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def warehouse(request: pytest.FixtureRequest) -> Iterator[DuckDBWarehouse]:
    """A session, whose zone must not matter."""
    con = duckdb.connect()
    con.execute(f"set global timezone = '{request.param}'")
    con.execute("attach ':memory:' as gym; create schema gym.gym")
    yield DuckDBWarehouse(con)
    con.close()


def staged(warehouse: DuckDBWarehouse, sql: str, **spec: Any) -> tuple[Request, Staged]:
    asked = make_request(sql=sql, file="models/pred.yml")
    return asked, stage(asked, make_spec(**spec), warehouse)


@pytest.mark.parametrize(
    ("role", "spec"),
    [
        ("as_of", {"as_of": "asked_at"}),
        ("matures_at", {"matures_at": "asked_at", "horizon": ...}),
    ],
)
def test_a_time_with_a_zone_is_refused_as_that_of_a_view_is(
    warehouse: DuckDBWarehouse, role: str, spec: dict[str, Any]
) -> None:
    with pytest.raises(DataError) as refused:
        staged(warehouse, f"select {ROW}, {NOON_IN_UTC} as asked_at", **spec)
    for phrase in (
        f"models/pred.yml: `{role}: asked_at` of pred is TIMESTAMP WITH TIME ZONE",
        "reads differently in each session's time zone",
        "`asked_at at time zone 'UTC' as asked_at`",
    ):
        assert phrase in str(refused.value)


def test_a_maturity_that_is_no_time_is_refused(warehouse: DuckDBWarehouse) -> None:
    with pytest.raises(DataError, match=r"`matures_at: visits` of pred is DECIMAL.*must be a date"):
        staged(warehouse, f"select {ROW}", matures_at="visits", horizon=...)


@pytest.mark.parametrize("spec", [{}, {"as_of": ..., "horizon": ...}], ids=["dated", "flat"])
def test_a_feature_with_a_zone_is_the_same_instant_in_each_session(
    warehouse: DuckDBWarehouse, spec: dict[str, Any]
) -> None:
    row = ROW if not spec else ROW.replace("as_of_date", "joined_on")
    _, rows = staged(warehouse, f"select {row}, {NOON_IN_UTC} as seen_at", **spec)
    seen = warehouse.rows(f"select cast(seen_at as timestamp) from {rows.relation}")
    assert seen == [(datetime(2025, 1, 1, 12),)]
    assert rows.kinds["seen_at"] == "date"


def test_a_label_known_before_its_as_of_time_is_refused(warehouse: DuckDBWarehouse) -> None:
    days = "range(-2, 5)"  # known two days before, one day before, that day, and later
    query = f"select {ROW} from {days}".replace("1 as", "range as", 1)
    query = query.replace("visits", "visits, date '2025-01-01' + range::int as known_on")
    with pytest.raises(DataError) as refused:
        staged(warehouse, query, matures_at="known_on", horizon=...)
    for phrase in (
        "models/pred.yml: `matures_at: known_on` of pred is before `as_of: as_of_date` in 2 rows",
        "-2 as of 2025-01-01, known 2024-12-30; -1 as of 2025-01-01, known 2024-12-31.",
    ):
        assert phrase in str(refused.value)
    asked, rows = staged(
        warehouse, f"{query} where range >= 0", matures_at="known_on", horizon=..., settle="2 days"
    )
    assert len(warehouse.rows(rows.labelled)) == len(
        warehouse.rows(f"select * from {asked.staged}")
    )


@pytest.mark.parametrize("last", ["9999-12-31", "infinity", "5881580-07-10"])
def test_what_matures_after_all_dates_never_does(warehouse: DuckDBWarehouse, last: str) -> None:
    _, rows = staged(
        warehouse,
        f"select {ROW}, date '{last}' as known_on union all by name "
        f"select {ROW.replace('1 as', '2 as', 1)}, date '2025-01-05' as known_on",
        matures_at="known_on",
        horizon=...,
        settle="7 days",
    )
    found = warehouse.rows(
        f"select member_id, has_quit, foretell_matures_at, foretell_is_matured "
        f"from {rows.relation} order by 1"
    )
    assert found == [(1, None, None, False), (2, True, datetime(2025, 1, 12), True)]
