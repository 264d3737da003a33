"""How far the data reach, and which outcomes are therefore known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest
from made import make_request, make_spec

from foretell.errors import DataError
from foretell.request import Request
from foretell.staging.newest_event import DataEnd, NewestEvent, newest_event
from foretell.staging.stage import stage
from foretell.staging.staged import Staged
from foretell.warehouse.duckdb import DuckDBWarehouse

#: A shop that sells every day of two years but Sundays, and not from Christmas to New Year.
SHOP = """
    select day + interval 18 hour as sold_at, day::date as sold_on, day::timestamptz as sold_tz
    from range(timestamp '2019-09-01', timestamp '2021-08-29', interval 1 day) as days(day)
    where dayofweek(day) > 0 and not (month(day) = 12 and day(day) > 24)
"""
SATURDAY = datetime(2021, 8, 28)
CHRISTMAS = timedelta(days=7)
DAY = timedelta(days=1)


@pytest.fixture(params=["UTC", "Asia/Tokyo"])
def warehouse(request: pytest.FixtureRequest) -> Iterator[DuckDBWarehouse]:
    con = duckdb.connect()
    con.execute("set global timezone = 'UTC'")
    con.execute("attach ':memory:' as gym; create schema gym.gym")
    con.execute(f"create table gym.gym.sales as {SHOP}")
    con.execute(f"set global timezone = '{request.param}'")
    yield DuckDBWarehouse(con)
    con.close()


def times(column: str, relation: str = "gym.gym.sales") -> dict[str, Any]:
    return {"name": f"sales.{column}", "relation": relation, "time": column}


def newest(
    warehouse: DuckDBWarehouse, today: str, *of: dict[str, Any], **spec: Any
) -> NewestEvent | None:
    asked = make_request(today=today, event_times=of, file="models/pred.yml")
    found, notes = newest_event(asked, make_spec(**spec), warehouse)
    assert not notes
    return found


@pytest.mark.parametrize(
    ("column", "at", "known_until", "pause"),
    [
        (
            "sold_at",
            SATURDAY + timedelta(hours=18),
            SATURDAY + timedelta(hours=18),
            CHRISTMAS + DAY,
        ),
        ("sold_tz", SATURDAY, SATURDAY + DAY, CHRISTMAS),
        ("sold_on", SATURDAY, SATURDAY + DAY, CHRISTMAS),
        ("sold_on::timestamp", SATURDAY, SATURDAY + DAY, CHRISTMAS),
    ],
)
def test_the_newest_event_and_the_longest_pause_of_a_year(
    warehouse: DuckDBWarehouse, column: str, at: datetime, known_until: datetime, pause: timedelta
) -> None:
    found = newest(warehouse, "2026-11-29", times(column))
    assert found == NewestEvent(f"sales.{column}", at, known_until, pause)
    assert found is not None
    assert found.holds_up(datetime(2026, 11, 29), make_spec())


def test_what_lies_after_the_run_is_not_there_yet(warehouse: DuckDBWarehouse) -> None:
    found = newest(warehouse, "2020-10-05", times("sold_on"))
    assert found is not None
    assert found.at == datetime(2020, 10, 3)
    assert not found.holds_up(datetime(2020, 10, 5), make_spec())
    assert newest(warehouse, "2019-09-01", times("sold_on")) is None


def test_a_pause_as_long_as_one_of_last_year_holds_nothing_up(warehouse: DuckDBWarehouse) -> None:
    warehouse.execute("delete from gym.gym.sales where sold_on > '2020-12-24'")
    christmas = newest(warehouse, "2021-01-01", times("sold_on"))
    assert christmas is not None
    assert not christmas.holds_up(datetime(2021, 1, 1), make_spec())
    assert christmas.holds_up(datetime(2021, 1, 2), make_spec())


def test_a_pause_before_the_last_year_counts_no_more(warehouse: DuckDBWarehouse) -> None:
    warehouse.execute(
        "delete from gym.gym.sales where sold_on between '2020-01-01' and '2020-03-01'"
    )
    found = newest(warehouse, "2021-08-29", times("sold_on"))
    assert found is not None
    assert found.pause == CHRISTMAS


def test_all_relations_count_together(warehouse: DuckDBWarehouse) -> None:
    warehouse.execute(
        "create table gym.gym.calls as select timestamp '2021-08-30 09:30' as called_at"
    )
    found = newest(warehouse, "2021-09-01", times("sold_on"), times("called_at", "gym.gym.calls"))
    assert found is not None
    assert (found.name, found.at) == ("sales.called_at", datetime(2021, 8, 30, 9, 30))
    assert found.pause == CHRISTMAS


@pytest.mark.parametrize(
    "values", ["select null::timestamp as seen where false", "select 'infinity'::timestamp as seen"]
)
def test_a_relation_without_times_tells_nothing(warehouse: DuckDBWarehouse, values: str) -> None:
    assert newest(warehouse, "2021-09-01", times("seen", f"({values})")) is None
    assert newest(warehouse, "2021-09-01") is None


def test_an_hourly_horizon_waits_for_the_pause_alone(warehouse: DuckDBWarehouse) -> None:
    until = "timestamp '2021-03-01'"
    often = (
        f"(select * from range({until} - interval 9 day, {until}, interval 20 minute) as t(seen))"
    )
    found = newest(warehouse, "2021-03-01 02:00", times("seen", often))
    assert found is not None
    assert found.known_until == datetime(2021, 2, 28, 23, 40)
    now = datetime(2021, 3, 1, 2)
    assert found.holds_up(now, make_spec(horizon="2 hours"))
    assert not found.holds_up(now, make_spec(horizon="28 days")), "a day is loaded as a whole"


ROWS = """
    select member_id, (timestamp '2021-08-01' + member_id * interval 1 day)::date as as_of_date,
        true as has_quit, 2.5 as visits
    from range(30) as members(member_id)
"""


def staged(warehouse: DuckDBWarehouse, today: str, **spec: Any) -> tuple[Request, Staged]:
    asked = make_request(sql=ROWS, today=today, event_times=[times("sold_on")], file="m/pred.yml")
    return asked, stage(asked, make_spec(horizon="7 days", **spec), warehouse)


def test_nothing_matures_after_the_newest_event_of_a_dump(warehouse: DuckDBWarehouse) -> None:
    asked, rows = staged(warehouse, "2026-11-29")
    assert len(warehouse.rows(rows.labelled)) == 22, "as of the 22nd, seven days end with the 28th"
    ((last,),) = warehouse.rows(f"select max(as_of_date) from ({rows.labelled})")
    assert f"{last}" == "2021-08-22"
    (said,) = rows.warnings
    for phrase in (
        "The newest event is 1,919 days old (sales.sold_on: 2021-08-28 00:00:00;",
        "the longest pause of the year before it was 7 days",
        "8 rows whose horizon reaches past it do not mature",
        "FORETELL_TODAY=2021-08-29, or --vars '{foretell_today: \"2021-08-29\"}'",
        "`known_until`",
    ):
        assert phrase in said
    assert asked.today.year == 2026


def test_late_rows_are_waited_for_as_ever(warehouse: DuckDBWarehouse) -> None:
    _, rows = staged(warehouse, "2026-11-29", settle="2 days")
    assert len(warehouse.rows(rows.labelled)) == 20


def test_a_build_that_stands_where_the_data_end_has_no_warning(warehouse: DuckDBWarehouse) -> None:
    _, rows = staged(warehouse, "2021-08-29")
    assert len(warehouse.rows(rows.labelled)) == 22
    assert not rows.warnings
    _, rows = staged(warehouse, "2021-08-30")
    assert len(warehouse.rows(rows.labelled)) == 23, "a Sunday is no end of the data"


def test_what_known_until_names_must_be_a_time_that_the_query_reads(
    warehouse: DuckDBWarehouse,
) -> None:
    known_until = {"ref": "sales", "column": "weight"}
    with pytest.raises(DataError) as refused:
        newest(warehouse, "2021-09-01", times("weight"), known_until=known_until)
    assert (
        "models/pred.yml: `known_until` of pred names sales.weight, which cannot be read as a"
        in (str(refused.value))
    )
    assert '"weight" not found' in str(refused.value)
    gone = {"name": "sales", "relation": None, "time": "", "missing": "is not read by its SQL."}
    with pytest.raises(DataError, match="names sales, which is not read by its SQL"):
        newest(warehouse, "2021-09-01", gone, known_until=known_until)


def test_a_source_that_cannot_be_read_is_left_out_and_said(warehouse: DuckDBWarehouse) -> None:
    asked = make_request(
        today="2021-09-01", event_times=[times("loaded_at"), times("1 + 1"), times("sold_on")]
    )
    found, notes = newest_event(asked, make_spec(), warehouse)
    assert found is not None
    assert found.at == SATURDAY
    assert [one.split(" cannot be read as a time")[0] for one in notes] == [
        "sales.loaded_at", "sales.1 + 1",
    ]  # fmt: skip


def test_a_flat_table_has_no_horizon_to_wait_for(warehouse: DuckDBWarehouse) -> None:
    flat = {"as_of": ..., "horizon": ...}
    assert newest(warehouse, "2026-11-29", times("sold_on"), **flat) is None
    with pytest.raises(ValueError, match="`known_until` needs `as_of`"):
        make_spec(known_until={"ref": "sales", "column": "sold_on"}, **flat)


def test_the_end_of_hourly_data_is_news_only_after_a_day() -> None:
    """An hourly pipeline loads its rows with a delay, which is none for a horizon of days."""
    at = datetime(2021, 3, 1)
    newest = NewestEvent("sales.sold_at", at, at, timedelta(hours=1))
    for hours, is_news in ((2, False), (24, False), (25, True)):
        end = DataEnd(newest, at + timedelta(hours=hours), 3)
        assert end.is_news(make_spec(horizon="2 hours")) is is_news
        assert end.is_news(make_spec(horizon="28 days"))
