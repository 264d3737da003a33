"""Which features are clocks and which are not, and rows unlike all that a version was judged by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pytest
from made import make_request, make_spec

from foretell.staging.stage import stage
from foretell.staging.staged import Staged
from foretell.training.beyond import (
    Clock,
    clocks_among,
    explained_by_time,
    left_out,
    unlike_judged,
)
from foretell.warehouse.duckdb import DuckDBWarehouse

#: 200 members as of each month of two and a half years: the last is open. Each has a number of its
#: own, and a month has one.
PANEL = """
    select
        members.member_id,
        months.as_of_date,
        members.member_id % 3 = 0 as has_quit,
        date_diff('month', date '2023-01-01', months.as_of_date) as months,
        hash(members.member_id) % 1000 / 1000.0 as luck,
        hash(members.member_id * 1000 + epoch(months.as_of_date)::bigint) % 1000 / 1000.0 as noise
    from range(200) as members(member_id)
    cross join (
        select range::date as as_of_date
        from range(date '2023-01-01', date '2025-08-01', interval 1 month)
    ) as months
"""
CLOCKS = {
    "a_running_number": "row_number() over (order by as_of_date, luck)",
    "a_year_with_decimals": "2023 + months / 12.0",
    "a_year_with_jitter": "2023 + (months + noise / 2) / 12.0",
    "an_id": "1000000 + 1000 * months + member_id",
    "seconds": "epoch(as_of_date)",
    "a_small_type": "months::tinyint",
    "a_decimal": "months::decimal(9, 2)",
    "what_grows_faster_and_faster": "exp(months / 5.0)",
    "days_to_go": "500 - months * 30",
    "days_since_a_launch": "date '2022-06-01'",
    "instant_of_a_launch_with_a_zone": "timestamptz '2022-06-01 12:00:00+02'",
}
OTHERS = {
    "tenure_days": "months * 30 + 1500 * luck",
    "tenure_of_new_members": "months * 30 + (10 * luck)::integer * 40",
    "tenure_of_a_cohort": "months * 30 + 40 * luck",
    "a_unit_that_changed": "case when months = 30 then 100 * noise + 10 else noise end",
    "joined_on": "(date '2020-01-01' + cast(1000 * luck as integer))",
    "balance": "100 * luck + 5 * months",
    "a_rising_price": "10 + 4 * luck + months / 2.0",
    "a_price_that_rises_with_noise": "10 + months + 3 * noise",
    "a_month": "month(as_of_date)",
    "a_constant": "7",
    "an_index": "100 + 10 * sin(months)",
    "the_entity": "member_id",
    "a_flag": "months > 20",
    "nothing": "null::double",
    "a_text": "'month ' || months",
}


@pytest.fixture
def warehouse() -> Iterator[DuckDBWarehouse]:
    con = duckdb.connect()
    con.execute("set global timezone = 'Asia/Tokyo'")
    con.execute("attach ':memory:' as gym; create schema gym.gym")
    yield DuckDBWarehouse(con)
    con.close()


def staged(warehouse: DuckDBWarehouse, sql: str, **spec: Any) -> Staged:
    asked = make_request(sql=sql, today="2025-07-15")
    return stage(asked, make_spec(**spec), warehouse)


def features(said: dict[str, str], panel: str = PANEL) -> str:
    listed = ", ".join(f"{sql} as {name}" for name, sql in said.items())
    return f"select member_id, as_of_date, has_quit, {listed} from ({panel}) as panel"


def found(warehouse: DuckDBWarehouse, rows: Staged) -> set[str]:
    return {one.feature for one in clocks_among(rows, rows.features, warehouse)}


def test_clocks_are_found_and_what_rises_otherwise_stays(warehouse: DuckDBWarehouse) -> None:
    rows = staged(warehouse, features(CLOCKS | OTHERS))
    assert len(warehouse.rows(rows.open)) == 200
    assert found(warehouse, rows) == set(CLOCKS)


def test_a_clock_that_the_spec_keeps_stays(warehouse: DuckDBWarehouse) -> None:
    rows = staged(warehouse, features(CLOCKS), keep_clocks=["an_id", "seconds"])
    assert found(warehouse, rows) == set(CLOCKS) - {"an_id", "seconds"}


def test_one_row_to_be_scored_within_what_was_learnt_is_enough(warehouse: DuckDBWarehouse) -> None:
    late = "case when member_id = 7 and months = 30 then 3 else months end"
    assert not found(warehouse, staged(warehouse, features({"months_seen": late})))


def test_hours_of_a_few_days_are_a_clock_too(warehouse: DuckDBWarehouse) -> None:
    hours = PANEL.replace("as_of_date", "as_of_at").replace("::date as as_of_at", " as as_of_at")
    hours = hours.replace(
        "date '2023-01-01', date '2025-08-01'", "timestamp '2025-07-12', timestamp '2025-07-15'"
    )
    hours = hours.replace("interval 1 month", "interval 1 hour")
    hours = hours.replace("'month', date '2023-01-01'", "'hour', timestamp '2025-07-12'")
    sql = features({"number": "months * 200 + member_id", "price": "months + 90 * luck"}, hours)
    rows = staged(
        warehouse, sql.replace("as_of_date", "as_of_at"), as_of="as_of_at", horizon="2 hours"
    )
    assert len(warehouse.rows(rows.open)) == 200
    assert found(warehouse, rows) == {"number"}


@pytest.mark.parametrize("where", ["as_of_date < '2025-06-01'", "false"])
def test_without_rows_to_be_scored_nothing_is_beyond(
    warehouse: DuckDBWarehouse, where: str
) -> None:
    sliced = features(CLOCKS | {"town": "'town ' || as_of_date"})
    rows = staged(warehouse, f"{sliced} where {where}", slices=["town"])
    assert not found(warehouse, rows)
    assert unlike_judged(rows, warehouse) == []


def test_a_flat_table_has_no_time_to_explain_anything(warehouse: DuckDBWarehouse) -> None:
    one_each = f"select * from ({PANEL}) as panel where months = 30"
    flat = f"select * exclude (as_of_date) from ({features({'an_id': 'member_id'}, one_each)})"
    rows = staged(warehouse, flat, as_of=..., horizon=...)
    assert not found(warehouse, rows)
    town = f"select *, case when has_quit is null then 'Ulm' else 'Bern' end as town from ({flat})"
    open_too = town.replace("select *,", "select * replace (nullif(has_quit, true) as has_quit),")
    sliced = staged(warehouse, open_too, as_of=..., horizon=..., slices=["town"])
    assert unlike_judged(sliced, warehouse) == []


def test_the_time_explains_an_order_whatever_its_shape() -> None:
    at = np.repeat(np.arange(20.0), 30)
    spread = np.tile(np.linspace(-1, 1, 30), 20)
    assert explained_by_time(at, np.exp(at), rises=True) == 1
    assert explained_by_time(at, -at, rises=False) == 1
    assert explained_by_time(at, -at, rises=True) == pytest.approx(0)
    assert explained_by_time(at, at + spread, rises=True) == pytest.approx(0.99, abs=0.002)
    assert explained_by_time(at, at + 3 * spread, rises=True) < 0.95
    assert explained_by_time(at, 0 * at, rises=True) == 0


def test_a_clock_is_said_with_the_key_that_keeps_it() -> None:
    (said,) = left_out([Clock("an_id", 0.9991), Clock("year", 1.0)])
    for phrase in (
        "an_id (the as-of time explains 99.91% of it), year (the as-of time explains 99.99% of it)",
        "are clocks: all rows to be scored lie beyond those learnt from",
        "keep_clocks: [an_id, year]",
    ):
        assert phrase in said
    assert not left_out([])


def test_new_slices_and_longer_horizons_are_told_with_their_share(
    warehouse: DuckDBWarehouse,
) -> None:
    sql = features(
        {
            "luck": "luck",
            "device": "case when months = 30 and member_id < 50 then 'watch' "
            "when months = 30 and member_id < 60 then null else 'phone' end",
            "floor": "member_id % 4",
            "ends_on": "as_of_date + case when months = 30 and member_id < 20 then 45 else 30 end",
        }
    )
    rows = staged(warehouse, sql, slices=["device", "floor"], matures_at="ends_on", horizon=...)
    longer, new = unlike_judged(rows, warehouse)
    assert longer.startswith(
        "10.0% of the rows to be scored (20 of 200) have a horizon of up to 45.0 days, longer than "
        "30.0, unlike all rows that it was judged by"
    )
    assert new.startswith("25.0% of the rows to be scored (50 of 200) have a new device (watch), ")


def test_a_slice_that_was_unknown_once_may_be_new_all_the_same(
    warehouse: DuckDBWarehouse,
) -> None:
    device = "case when months = 30 then 'watch' when member_id > 5 then 'phone' end"
    rows = staged(warehouse, features({"luck": "luck", "device": device}), slices=["device"])
    (new,) = unlike_judged(rows, warehouse)
    assert "(200 of 200) have a new device (watch)" in new
