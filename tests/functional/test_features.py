"""Features from build to build: picked up by themselves, measured, compared, refused as leaks."""

from __future__ import annotations

import json

import pytest

from project import PREDICTION, Project

SQL = f"models/{PREDICTION}.sql"
VIEW = "models/feat_member__visits.sql"
NEXT = "2025-09-05"

MINUTES_SQL = """
select
    member_id,
    visited_at,
    minutes,
    minutes > 60 as is_long
from {{ ref('fct_visits') }}
"""
MINUTES_YML = """
models:
  - name: feat_member__minutes
    config:
      meta:
        owner: coaches
        feature_view:
          kind: events
          entity: member_id
          time: visited_at
          windows: [30 days]
          aggregations:
            - {agg: sum, column: minutes, description: Minutes trained}
"""


def decisions(gym: Project) -> list[str]:
    """Why each run did or did not train, oldest first."""
    return [
        why
        for (why,) in gym.query(
            "select decision from gym_foretell.foretell_runs order by started_at"
        )
    ]


def worth(gym: Project) -> dict[str, tuple[float, str]]:
    """The newest worth and verdict of each feature and view."""
    return {
        name: (value, verdict)
        for name, value, verdict in gym.query(
            "select name, worth, verdict from gym_foretell.foretell_feature_worth where is_latest"
        )
    }


def findings(gym: Project, severity: str = "warning") -> set[tuple[str, str | None]]:
    """What the leakage detector found, and in which view or feature."""
    return set(
        gym.query(
            "select finding, coalesce(feature, feature_view) from "
            "gym_foretell.foretell_store_feature_findings "
            f"where severity = '{severity}'"
        )
    )


def add_minutes(gym: Project) -> None:
    gym.write("models/feat_member__minutes.sql", MINUTES_SQL)
    gym.write("models/feat_member__minutes.yml", MINUTES_YML)
    gym.replace(
        SQL, "[ref('feat_member__visits')]",
        "[ref('feat_member__visits'), ref('feat_member__minutes')]",
    )  # fmt: skip


def test_a_new_view_and_a_new_line_are_each_picked_up_by_the_next_build(
    plain_gym: Project,
) -> None:
    gym = plain_gym
    before = worth(gym)
    assert set(before) == {
        "visits_count_30d", "visits_days_since_last", "visits_select", "feat_member__visits",
    }  # fmt: skip
    assert before["feat_member__visits"][1] == "useful"
    assert findings(gym) == set(), "honest features are not suspected"

    add_minutes(gym)
    said = gym.build()
    assert "feat_member__minutes has columns that no feature uses: is_long" in said
    gym.replace(
        "models/feat_member__minutes.yml", "            - {agg: sum",
        "            - {agg: count, where: is_long, name: long_visits}\n            - {agg: sum",
    )  # fmt: skip
    said = gym.build()
    assert "columns that no feature uses" not in said
    assert decisions(gym)[1:] == [
        "feature set changed: added minutes_sum_minutes_30d",
        "feature set changed: added minutes_long_visits_30d",
    ]
    assert {"minutes_sum_minutes_30d", "minutes_long_visits_30d", "feat_member__minutes"} <= set(
        worth(gym)
    )
    assert gym.query(
        "select feature, feature_view, kind, owner, description, null_share from "
        "gym_foretell.foretell_features where feature_view = 'feat_member__minutes' order by 1"
    ) == [
        ("minutes_long_visits_30d", "feat_member__minutes", "events", "coaches",
         "Long visits in the last 30 days", 0.0),
        ("minutes_sum_minutes_30d", "feat_member__minutes", "events", "coaches",
         "Minutes trained in the last 30 days", 0.0),
    ]  # fmt: skip
    # The champion's own recipe competes with the new features.
    tried = gym.query(
        "select distinct recipe from gym_foretell.foretell_store_metrics where run_id = "
        "(select run_id from "
        "gym_foretell.foretell_runs order by started_at desc limit 1) and origin = 'backtest'"
    )
    assert {"prior", "rule", "logistic"} <= {name for (name,) in tried}


def test_a_view_written_otherwise_is_the_same_while_its_values_are(plain_gym: Project) -> None:
    """Adding a column to a view's SQL does not make the features beside it others."""
    gym = plain_gym
    gym.replace(
        VIEW, 'avg(visits.minutes) as "select"', 'avg(visits.minutes) as "select",\n    1 as one'
    )
    gym.build()
    assert decisions(gym)[-1] == "scored only: champion v1, spec unchanged"
    gym.replace(VIEW, "interval 30 day", "interval 20 day")
    gym.build()
    assert decisions(gym)[-1] == "feature set changed: redefined visits_count_30d"
    # Values that are all the same tell nothing of how they are made.
    kept = f"gym_foretell.{PREDICTION}__features"
    gym.change(f"update {kept} set foretell_version = 2, visits_select = 40")
    gym.replace(VIEW, "avg(visits.minutes) as", "40.0 as")
    gym.build()
    assert decisions(gym)[-1] == "feature set changed: redefined visits_count_30d, visits_select"


def test_without_its_features_a_champion_scores_only_if_a_challenger_wins(
    plain_gym: Project,
) -> None:
    gym = plain_gym
    seen = gym.query(f"select * from gym.gym.{PREDICTION} order by all")
    no_win = "promote: {min_gain: 9, max_loss"
    gym.replace("models/gym.yml", "promote: {max_loss", no_win)
    gym.replace("models/gym.yml", "[count_30d, days_since_last, select]", "[count_30d]")
    said = gym.refused("--select", "+" + PREDICTION, today=NEXT)
    for phrase in (
        f"Champion v1 of {PREDICTION} needs the features visits_days_since_last, visits_select",
        "no longer returns; it has [visits_count_30d]",
        "No challenger won, so the last predictions stay",
    ):
        assert phrase in said
    assert gym.query(f"select * from gym.gym.{PREDICTION} order by all") == seen

    gym.replace("models/gym.yml", "[count_30d]", "[count_30d, days_since_last, select]")
    gym.replace(VIEW, "interval 30 day", "interval 20 day")
    said = gym.refused("--select", "+" + PREDICTION, today=NEXT)
    assert "needs the features visits_count_30d, which are defined otherwise now" in said

    gym.replace("models/gym.yml", no_win, "promote: {max_loss")
    gym.build("--select", "+" + PREDICTION, today=NEXT)
    assert decisions(gym)[-1].startswith("feature set changed: redefined visits_count_30d")
    assert gym.value("select max(version) from gym_foretell.foretell_store_model_versions") == 2


def test_a_champion_that_is_the_rule_does_not_score_without_it(gym: Project) -> None:
    gym.replace("models/gym.yml", "candidates: [rule, logistic]", "candidates: [rule]")
    gym.build()
    seen = gym.query(f"select * from gym.gym.{PREDICTION} order by all")
    gym.replace("models/gym.yml", "candidates: [rule]", "candidates: [prior]")
    gym.replace("models/gym.yml", "baseline: {sql: -visits_count_30d}", "reasons: 3")
    said = gym.refused("--select", PREDICTION, today=NEXT)
    assert "Champion v1 of " + PREDICTION + " needs the rule of `baseline.sql`" in said
    assert gym.query(f"select * from gym.gym.{PREDICTION} order by all") == seen

    gym.replace("models/gym.yml", "candidates: [prior]", "candidates: [rule]")
    gym.replace("models/gym.yml", "reasons: 3", "baseline: {sql: visits_days_since_last}")
    said = gym.build("--select", "+" + PREDICTION, today=NEXT)
    assert "v2 champion (rule)" in said, "another rule takes its place"


LEAK = """
    exists (
        select 1 from {{ ref('fct_visits') }} as later
        where
            later.member_id = spine.member_id
            and later.visited_at >= spine.as_of_date
            and later.visited_at < spine.as_of_date + interval 30 day
    ) as came_back,
    spine.as_of_date + interval 12 hour as checked_at,
"""


def test_a_leak_warns_is_refused_if_so_asked_and_can_be_accepted(gym: Project) -> None:
    add_minutes(gym)
    late = "minutes > 60 as is_long,\n    visited_at + interval 3 day as loaded_at"
    gym.replace("models/feat_member__minutes.sql", "minutes > 60 as is_long", late)
    gym.replace(VIEW, "    avg(visits.minutes)", LEAK + "    avg(visits.minutes)")
    gym.replace("models/gym.yml", "[count_30d,", "[came_back, count_30d,")
    gym.replace("models/gym.yml", "horizon:", "leakage: {on_finding: refuse}\n          horizon:")
    said = gym.refused()
    for phrase in (
        f"{PREDICTION} may look into the future",
        "visits_came_back of feat_member__visits alone tells has_quit almost without error",
        "feat_member__visits has checked_at after as_of_date in 100% of its rows",
        "feat_member__minutes has loaded_at after visited_at in 100% of its rows",
        "declare `known_at: loaded_at`",
        "leakage: {accept: [feat_member__visits, feat_member__minutes]}",
    ):
        assert phrase in said
    found = {
        ("predicts alone", "visits_came_back"),
        ("dated after", "feat_member__visits"),
        ("dated after", "feat_member__minutes"),
    }
    assert findings(gym) == found
    assert gym.value("select count(*) from gym_foretell.foretell_store_model_versions") == 0

    gym.replace("models/gym.yml", "{on_finding: refuse}", "{accept: [visits_came_bak]}")
    said = gym.refused("--select", PREDICTION)
    assert f"`leakage.accept` of {PREDICTION} names visits_came_bak, which is neither" in said
    gym.replace("models/gym.yml", "[visits_came_bak]", "[visits_came_back]")
    said = gym.build()
    assert "2 warnings" in said, "the two dates; the leak itself is accepted"
    assert findings(gym, "accepted") == {("predicts alone", "visits_came_back")}


def test_rows_that_come_late_are_found_when_outcomes_mature(plain_gym: Project) -> None:
    gym = plain_gym
    gym.replace("models/fct_visits.sql", "days_between = 0", "days_between < 2")
    said = gym.build(today=NEXT)
    assert "is not what it was when v1 scored them" in said
    assert "feat_member__visits has changed in the past: its rows dated before 2025-08-01" in said
    assert {("restated", "visits_count_30d"), ("rows changed", "feat_member__visits")} <= findings(
        gym
    )
    gym.build(today=NEXT)
    told = len(gym.query("select * from gym_foretell.foretell_store_feature_findings"))
    gym.build(today=NEXT)
    assert len(gym.query("select * from gym_foretell.foretell_store_feature_findings")) == told, (
        "told once"
    )


def test_honest_features_are_never_suspected(plain_gym: Project) -> None:
    gym = plain_gym
    for today in (NEXT, "2025-09-20", "2025-10-05"):
        gym.build(today=today, env={"FORETELL_TRAIN": "true"})
    assert gym.query("select * from gym_foretell.foretell_store_feature_findings") == []
    kept = f"gym_foretell.{PREDICTION}__features"
    rows, scored = gym.query(
        f"select (select count(*) from {kept}), (select count(*) from "
        f"gym_foretell.{PREDICTION}__history where origin = 'live')"
    )[0]
    assert rows == scored > 0


PLANS_SQL = """
select
    range as member_id,
    20 + range % 3 * 10 as price,
    timestamp '2025-01-01' + to_days(cast(range % 90 as integer)) as updated_at
from range(400)
"""
SNAPSHOT = """
snapshots:
  - name: snap_member__plan
    relation: ref('dim_plans')
    config:
      schema: gym
      unique_key: member_id
      strategy: timestamp
      updated_at: updated_at
      meta:
        feature_view:
          kind: states
          entity: member_id
          time: dbt_valid_from
          until: dbt_valid_to
          features: [price]
    columns:
      - {name: price, description: Dollars a month}
"""
SEED = """
seeds:
  - name: member_region
    config: {meta: {feature_view: {kind: static, entity: member_id, features: [region_code]}}}
"""
TARIFF_SQL = """
select range % 400 as member_id, date '2024-12-01' as since, range as tariff from range(402)
"""
TARIFF_YML = """
models:
  - name: feat_member__tariff
    config:
      materialized: table
      meta:
        feature_view: {kind: states, entity: member_id, time: since, features: [tariff]}
"""


def test_a_snapshot_a_seed_and_an_ephemeral_model_can_be_views(gym: Project) -> None:
    gym.write("models/dim_plans.sql", PLANS_SQL)
    gym.write("snapshots/plan.yml", SNAPSHOT)
    gym.write(
        "seeds/member_region.csv",
        "member_id,region_code\n" + "".join(f"{one},{one % 4}\n" for one in range(400)),
    )
    gym.write("seeds/seeds.yml", SEED)
    gym.write("models/feat_member__tariff.sql", TARIFF_SQL)
    gym.write("models/feat_member__tariff.yml", TARIFF_YML)
    add_minutes(gym)
    ephemeral = "{{ config(materialized='ephemeral') }}" + MINUTES_SQL
    gym.write("models/feat_member__minutes.sql", ephemeral)
    gym.replace(
        SQL, "ref('feat_member__minutes')",
        "ref('feat_member__minutes'), ref('snap_member__plan'), ref('member_region'), "
        "ref('feat_member__tariff')",
    )  # fmt: skip
    said = " ".join(gym.build().split())
    assert (
        "feat_member__tariff has 2 times two or more states of a member_id with one since" in said
    )
    assert "such as those of 0 from 2024-12-01; the one that lasts longest counts" in said
    gym.build(today=NEXT)
    assert gym.query(
        "select feature, kind, null_share from gym_foretell.foretell_features "
        "where feature_view <> 'feat_member__visits' order by 1"
    ) == [
        ("member_region_region_code", "static", 0.0),
        ("minutes_sum_minutes_30d", "events", 0.0),
        ("plan_price", "states", 0.0),
        ("tariff_tariff", "states", 0.0),
    ]
    assert findings(gym) == set()
    assert findings(gym, "info") == {("no history", "member_region")}


@pytest.fixture(scope="module")
def listed(_built_quick_gym: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    gym = _built_quick_gym.copy_to(tmp_path_factory.mktemp("listed") / "gym")
    gym.write("models/feat_member__minutes.sql", MINUTES_SQL)
    gym.write("models/feat_member__minutes.yml", MINUTES_YML)
    return gym


def test_the_listing_names_worth_users_and_what_nobody_joins(listed: Project) -> None:
    said = listed.foretell("features")
    assert said.returncode == 0, said.stdout
    for phrase in (
        PREDICTION, "v1; worth in log loss", "feat_member__visits", "visits_count_30d",
        "Visits in the last 30 days", "useful", "Joined by no prediction: feat_member__minutes",
    ):  # fmt: skip
        assert phrase in said.stdout
    rows = [json.loads(line) for line in listed.foretell("features", "--json").stdout.splitlines()]
    (count,) = (row for row in rows if row["feature"] == "visits_count_30d")
    assert count["used_by"] == [PREDICTION]
    assert count["worth_lower"] <= count["worth"] <= count["worth_upper"]


def test_the_listing_refuses_what_is_not_there(listed: Project) -> None:
    said = listed.foretell("features", "pred_member__stays")
    assert said.returncode == 1
    assert f"no prediction pred_member__stays in this target; it has [{PREDICTION}]" in said.stdout
    said = listed.foretell("features", "--project-dir", "models")
    assert said.returncode == 1
    assert "is no dbt project" in said.stdout
