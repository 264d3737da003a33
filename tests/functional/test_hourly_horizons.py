"""A prediction for the next two hours: a run stands at an instant, and its data may end."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import pytest

from project import GYM, Project

if TYPE_CHECKING:
    from pathlib import Path

PREDICTION = "pred_door__opens_2h"
FILES = {
    "dbt_project.yml": """
name: house
version: "1.0.0"
config-version: 2
profile: gym
models: {house: {+materialized: table}}
vars: {foretell_gates: false}
""",
    "models/house.yml": """
sources:
  - name: raw
    schema: raw
    tables:
      - {name: openings, config: {loaded_at_field: opened_at}}
      - {name: doors, config: {loaded_at_field: no_such_column}}
models:
  - name: feat_door__openings
    config:
      meta:
        feature_view:
          kind: events
          entity: door_id
          time: opened_at
          windows: [6 hours]
          aggregations: [{agg: count}]
    data_tests: [foretell.no_future_rows]
  - name: pred_door__opens_2h
    config:
      meta:
        prediction:
          task: binary
          entity: door_id
          as_of: as_of_at
          label: opens
          horizon: 2 hours
          candidates: [logistic]
          reasons: 0
""",
    "models/feat_door__openings.sql": """
select door_id, opened_at at time zone 'UTC' as opened_at from {{ source('raw', 'openings') }}
where opened_at at time zone 'UTC' < {{ foretell.now() }}
""",
    "models/as_of_door.sql": """
select doors.door_id, hours.as_of_at
from {{ source('raw', 'doors') }} as doors
cross join range(timestamp '2026-11-26', {{ foretell.now() }} + interval 1 second, interval 1 hour)
    as hours(as_of_at)
""",
    f"models/{PREDICTION}.sql": """
{{ config(materialized='prediction') }}

with labelled as (
    select
        spine.door_id,
        spine.as_of_at,
        epoch(spine.as_of_at) / 3600 as hour_number,
        exists (
            select 1 from {{ ref('feat_door__openings') }} as openings
            where
                openings.door_id = spine.door_id
                and openings.opened_at >= spine.as_of_at
                and openings.opened_at < spine.as_of_at + {{ foretell.horizon() }}
        ) as opens
    from {{ ref('as_of_door') }} as spine
)

{{ foretell.join_features('labelled', [ref('feat_door__openings')]) }}
""",
}
RAW = """
create schema raw;
create table raw.doors as select range as door_id from range(30);
create table raw.openings as
select door_id, opened_at at time zone 'UTC' as opened_at
from raw.doors cross join
    range(timestamp '2026-11-25', timestamp '2026-12-01', interval 20 minute) as t(opened_at)
where hash(door_id * 7919 + epoch(opened_at)::bigint) % (4 + door_id) = 0;
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A house whose doors open now and then, not built yet."""
    folder: Path = tmp_path_factory.mktemp("house") / "house"
    folder.mkdir()
    project = Project(folder, folder / "gym.duckdb")
    for name in ("profiles.yml", "packages.yml"):
        project.write(name, (GYM / name).read_text())
    for name, text in FILES.items():
        project.write(name, text)
    with duckdb.connect(str(project.database)) as con:
        con.execute(RAW)
    assert project.dbt("deps").returncode == 0
    return project


def built(house: Project, today: str) -> str:
    return " ".join(house.build(today=today, env={"TZ": "Asia/Tokyo"}).split())


def test_builds_of_one_day_stand_at_an_instant_and_score_each_row_once(house: Project) -> None:
    said = built(house, "2026-11-29 14:00")
    assert "scored 60" in said, "as of 13:00 and 14:00; what was asked at 12:00 has matured"
    assert "Source raw.doors, `loaded_at_field: no_such_column` cannot be read as a time" in said
    assert "The newest event is" not in said
    assert "hour_number (the as-of time explains 99.99% of it) is a clock" in said
    ((until, recipe),) = house.query(
        "select trained_until, recipe from gym_foretell.foretell_store_model_versions"
    )
    assert until == datetime(2026, 11, 29, 14)
    assert '"features": ["openings_count_6h"]' in recipe
    noted = house.query(
        "select message from gym_foretell.foretell_store_model_events where event = 'noted'"
    )
    assert any("keep_clocks: [hour_number]" in message for (message,) in noted)

    said = house.foretell("replay", "2026-11-29T16:00").stdout
    assert "2026-11-29 16:00 " in said
    assert "spec unchanged, AUC" in said
    assert "scored 60" in said, "as of 15:00 and 16:00"
    assert "hour_number" not in said, "a clock that is not looked at needs no second word"
    rows = house.query(
        f"select as_of_at, count(*) from gym_foretell.{PREDICTION}__history "
        "where origin = 'live' group by 1 order by 1"
    )
    assert rows == [(datetime(2026, 11, 29, hour), 30) for hour in (13, 14, 15, 16)]
    outcomes = house.value(
        "select sum(row_count) from gym_foretell.foretell_store_metrics "
        "where origin = 'live' and metric = 'log_loss' and slice = 'all'"
    )
    assert outcomes == 60, "those of 13:00 and 14:00 have matured"
    assert house.query(
        "select today, stands_at from gym_foretell.foretell_runs order by started_at"
    ) == [(datetime(2026, 11, 29).date(), datetime(2026, 11, 29, hour)) for hour in (14, 16)]


def test_data_that_end_before_the_run_hold_outcomes_up_and_say_so(house: Project) -> None:
    spec = "horizon: 2 hours\n          known_until: {ref: %s, column: opened_at}"
    house.replace("models/house.yml", "horizon: 2 hours", spec % "openings")
    said = house.refused("--empty", "--select", PREDICTION, today="2026-12-05")
    for phrase in (
        f": `known_until` of {PREDICTION} names openings, which is not read by",
        "which selects from [as_of_door, feat_door__openings]",
        "`-- depends_on: {{ ref('openings') }}`",
    ):
        assert phrase in said
    assert re.search(r"models/house\.yml:\d+: `known_until`", said), "the file and the line"
    house.replace("models/house.yml", "ref: openings", "ref: feat_door__openings")
    house.replace(
        "models/house.yml", "reasons: 0", "reasons: 0\n          keep_clocks: [hour_number]"
    )
    said = built(house, "2026-12-05")
    assert (
        "The newest event is 4 days old (feat_door__openings.opened_at: 2026-11-30 23:40:00" in said
    )
    assert "FORETELL_TODAY=2026-12-01" in said
    assert "is a clock" not in said, "the spec keeps it"
    assert "hour_number" in house.value(
        "select max_by(recipe, version) from gym_foretell.foretell_store_model_versions"
    )
    assert "Source raw.doors" not in said, "what `known_until` names is all that counts"
    run = "from gym_foretell.foretell_runs order by started_at desc limit 1"
    assert house.value(f"select known_until {run}") == datetime(2026, 11, 30, 23, 40)
    last = house.value("select max(trained_until) from gym_foretell.foretell_store_model_versions")
    assert last == datetime(2026, 11, 30, 23), "of 21:00; that of 22:00 ends with the day"
    plan = " ".join(house.foretell("plan", today="2026-12-05").stdout.split())
    assert "warning: The newest event is 4 days old" in plan


def test_the_clock_is_cut_to_the_minute_where_a_horizon_is_in_hours(house: Project) -> None:
    asked = ("compile", "--inline", "{{ foretell.now() }} {{ foretell.today() }}")
    before = datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0)
    said = house.dbt(*asked, today=None).stdout
    after = datetime.now(UTC).replace(tzinfo=None)
    ((now, today),) = re.findall(r"cast\('(.*)' as timestamp\) cast\('(.*)' as date\)", said)
    assert before <= datetime.fromisoformat(now) <= after
    assert now.startswith(today)
    house.replace("models/house.yml", "horizon: 2 hours", "horizon: 48 hours")
    said = house.dbt(*asked, today=None).stdout
    assert f"cast('{today} 00:00:00' as timestamp)" in said


@pytest.mark.parametrize(
    ("told", "now"),
    [
        ("2026-11-29", "2026-11-29 00:00:00"),
        ("2026-11-29 14:05", "2026-11-29 14:05:00"),
        ("2026-11-30T00:30:15+01:00", "2026-11-29 23:30:15"),
        ("2026-11-29T14:05:00.5Z", "2026-11-29 14:05:00"),
    ],
)
def test_an_instant_is_told_as_a_date_or_a_time(house: Project, told: str, now: str) -> None:
    said = house.dbt(
        "compile", "--inline", "{{ foretell.now() }} {{ foretell.today() }}", today=told
    )
    assert f"cast('{now}' as timestamp) cast('2026-11-29' as date)" in said.stdout


@pytest.mark.parametrize("told", ["2026-11-29 24:00", "2026-11-29 2pm", "2026-11-29T14"])
def test_what_is_no_time_is_refused_with_one_that_is(house: Project, told: str) -> None:
    said = house.dbt("compile", "--inline", "{{ foretell.now() }}", today=told).stdout
    assert f"foretell_today is {told}, which is no time of 2026-11-29; write one in UTC" in said
    assert "Traceback" not in said
