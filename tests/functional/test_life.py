"""The life of a prediction from build to build: train, score, mature, publish, monitor."""

from __future__ import annotations

import subprocess
from pathlib import Path

from project import GYM, PREDICTION, Project

HISTORY = f"gym_foretell.{PREDICTION}__history"
SEEN = f"select * from gym.gym.{PREDICTION}"


def test_the_first_build_trains_promotes_and_scores(
    gym_on_first_day: Project, first_build: str
) -> None:
    gym = gym_on_first_day
    assert "v1 champion" in first_build
    assert "scored" in first_build
    events = gym.query(
        "select event, version from gym_foretell.foretell_store_model_events order by all"
    )
    assert [event for event in events if event[0] != "rejected"] == [
        ("noted", 1),
        ("promoted", 1),
        ("trained", 1),
    ]
    (run,) = gym.query(
        "select status, is_trained, model_version, scored, decision from gym_foretell.foretell_runs"
    )
    assert run[:3] == ("published", True, 1)
    assert run[3] == gym.value(f"select count(*) from ({SEEN})")
    assert run[4] == "no champion yet"
    assert gym.value(
        "select bool_and(status = 'pass') from gym_foretell.foretell_store_validation_results"
    )
    assert (
        gym.value(
            "select count(distinct stage) from gym_foretell.foretell_store_validation_results"
        )
        == 2
    )


def test_scores_are_probabilities_that_rank(gym_on_first_day: Project) -> None:
    gym = gym_on_first_day
    low, high, kinds = gym.query(
        f"select min(score), max(score), count(distinct score) from ({SEEN})"
    )[0]
    assert 0 <= low < high <= 1
    assert kinds > 20
    assert gym.value(f"select count(*) from ({SEEN}) where reason_1 is not null") == 20


def test_git_stages_nothing_that_a_build_makes(gym_on_first_day: Project, tmp_path: Path) -> None:
    project = gym_on_first_day.copy_to(tmp_path / "gym")
    assert project.serving.exists()
    # What dbt itself makes is in the .gitignore that `dbt init` writes.
    of_dbt = ("target/", "dbt_packages/", "logs/", "package-lock.yml", ".user.yml")
    project.write(".gitignore", "\n".join([*of_dbt, project.database.name]))
    for command in (["init", "--quiet"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=project.folder, check=True, capture_output=True)
    listed = subprocess.run(
        ["git", "ls-files"], cwd=project.folder, check=True, capture_output=True, text=True
    )
    own = {str(one.relative_to(GYM)) for one in GYM.rglob("*") if one.is_file()}
    found = {one for one in listed.stdout.split() if "__pycache__" not in one}
    assert found <= own | {".gitignore"}


def test_the_serving_copy_holds_what_the_warehouse_holds(gym_on_first_day: Project) -> None:
    gym = gym_on_first_day
    assert gym.serving.is_symlink()
    for name in (PREDICTION, "fct_visits", "as_of_member"):
        served = gym.query(f"select * from {name} order by all", gym.serving)
        assert served == gym.query(f"select * from gym.gym.{name} order by all"), name
        assert served
    ((today,),) = gym.query("select cast(today as varchar) from foretell_build", gym.serving)
    assert today == "2025-08-01"


def test_the_view_has_live_rows_only_and_the_history_the_backtest(
    gym_on_first_day: Project,
) -> None:
    gym = gym_on_first_day
    origins = dict(gym.query(f"select origin, count(*) from {HISTORY} group by 1"))
    assert set(origins) == {"live", "backtest"}
    assert gym.query(f"select distinct origin from ({SEEN})") == [("live",)]
    assert gym.value(f"select count(*) from ({SEEN})") == origins["live"]
    assert gym.value(f"select count(*) from {HISTORY} where score is null or today is null") == 0


def test_no_scratch_table_is_left(gym_on_first_day: Project) -> None:
    assert scratch(gym_on_first_day) == []


def scratch(gym: Project) -> list[tuple[str]]:
    """Tables that only a run needs."""
    return gym.query(
        "select table_name from duckdb_tables() where schema_name = 'gym_foretell' and "
        "regexp_matches(table_name, "
        "'__(staged|scored|query|plain|reasons|running|backtest|\\w+_anew)$')"
    )


def test_the_next_builds_score_judge_and_watch(plain_gym: Project) -> None:
    gym = plain_gym
    before = gym.query(f"select * from {HISTORY} order by all")

    said = gym.build()
    assert "spec unchanged" in said
    assert "nothing to score" in said
    assert gym.query(f"select * from {HISTORY} order by all") == before
    assert gym.query("select is_trained from gym_foretell.foretell_runs order by started_at") == [
        (True,),
        (False,),
    ]

    # 35 days on: a new as-of date to score, and the outcomes of the first live one.
    said = gym.build(today="2025-09-05")
    assert "v1 champion, spec unchanged" in said
    after = gym.query(f"select * from {HISTORY} order by all")
    assert set(before) < set(after)
    live = dict(
        gym.query(
            "select metric, value from gym_foretell.foretell_store_metrics where origin = 'live'"
        )
    )
    assert {"roc_auc", "brier"} <= set(live)
    assert 0.5 < live["roc_auc"] <= 1
    assert 0 <= live["brier"] < 0.25
    moved = dict(
        gym.query(
            "select feature, value from gym_foretell.foretell_store_feature_statistics where "
            "statistic = 'psi'"
        )
    )
    assert set(moved) == {
        "visits_count_30d",
        "visits_days_since_last",
        "visits_select",
        "foretell_score",
    }
    assert all(value >= 0 for value in moved.values())
    usual = gym.query(
        "select distinct feature, usual >= 0.1, times_usual = value / usual, drift = times_usual "
        "from gym_foretell.foretell_drift"
    )
    assert sorted(usual) == [(feature, True, True, True) for feature in sorted(moved)]

    keys = "member_id, as_of_date"
    assert gym.value(f"select count(*) - count(distinct ({keys})) from ({SEEN})") == 0
    latest, entities, newest = gym.query(
        f"select count(*) filter (where is_latest), count(distinct member_id), "
        f"bool_and(is_latest = (as_of_date = newest)) from (select *, max(as_of_date) over "
        f"(partition by member_id) as newest from ({SEEN}))"
    )[0]
    assert latest == entities
    assert newest

    # A metric is told once, not again on each build.
    told = gym.value("select count(*) from gym_foretell.foretell_store_metrics")
    gym.build("--select", PREDICTION, today="2025-09-05")
    assert gym.value("select count(*) from gym_foretell.foretell_store_metrics") == told
    assert scratch(gym) == []


def test_full_refresh_scores_again_and_keeps_history_and_reset_begins_anew(
    plain_gym: Project,
) -> None:
    gym = plain_gym
    before = gym.query(f"select * from {HISTORY}")
    seen = gym.query(f"select member_id, as_of_date, score from ({SEEN}) order by all")

    gym.build("--full-refresh")
    after = gym.query(f"select * from {HISTORY}")
    assert set(before) < set(after)
    assert len(after) == len(before) + len(seen)
    assert gym.query(f"select member_id, as_of_date, score from ({SEEN}) order by all") == seen
    assert gym.value("select count(*) from gym_foretell.foretell_store_model_versions") == 1

    said = gym.build("--full-refresh", "--vars", "foretell_reset: true")
    assert "v2 champion" in said
    assert len(gym.query(f"select * from {HISTORY}")) == len(before)
    assert gym.query(f"select distinct model_version from {HISTORY}") == [(2,)]
    assert (
        gym.value(
            "select count(*) from gym_foretell.foretell_store_model_events where event = 'reset'"
        )
        == 1
    )
    assert gym.value("select count(*) from gym_foretell.foretell_store_model_versions") == 2


def test_a_build_that_asks_trains_and_a_changed_query_does(plain_gym: Project) -> None:
    gym = plain_gym
    gym.build("--select", PREDICTION, env={"FORETELL_TRAIN": "true"})
    gym.replace(
        f"models/{PREDICTION}.sql", "select 1 from visits", "select /* one */ 1\n from visits -- v"
    )
    gym.build("--select", PREDICTION)
    gym.replace(f"models/{PREDICTION}.sql", "from spine\n)", "from spine where member_id <> 1\n)")
    gym.build("--select", PREDICTION)
    assert [
        why
        for (why,) in gym.query(
            "select decision from gym_foretell.foretell_runs order by started_at"
        )
    ][1:] == [
        "the run asked for it (foretell_train)",
        "scored only: champion v2, spec unchanged",
        "training query changed",
    ]


def test_scores_do_not_depend_on_the_time_zone(plain_gym: Project, gym: Project) -> None:
    gym.build(env={"TZ": "Asia/Tokyo"})
    made = f"select member_id, as_of_date, origin, score from {HISTORY} order by all"
    assert gym.query(made) == plain_gym.query(made)


def test_empty_checks_all_and_makes_no_prediction(gym: Project) -> None:
    done = gym.dbt("build", "--empty")
    assert done.returncode == 0, done.stdout
    assert f"OK created sql prediction model gym.{PREDICTION}" in done.stdout
    assert gym.value(f"select count(*) from gym.gym.{PREDICTION}") == 0, "a stand-in for downstream"
    assert gym.value("select count(*) from duckdb_tables() where table_name like 'pred_%'") == 0
    assert gym.value("select count(*) from gym_foretell.foretell_runs") == 0
    assert not gym.serving.exists()
    gym.build()
    assert gym.value(f"select count(*) from gym.gym.{PREDICTION}") > 0, "the stand-in is replaced"
    gym.replace(f"models/{PREDICTION}.sql", "visits.member_id = ", "visits.member = ")
    done = gym.dbt("run", "--empty")
    assert done.returncode == 1
    assert f"Failure in model {PREDICTION}" in done.stdout, "--empty plans the query"


def test_a_warning_that_is_an_error_stops_a_run_before_it_is_published(plain_gym: Project) -> None:
    """The gym's visits end in 2025, which is warned of."""
    gym = plain_gym
    horizon = "horizon: 30 days"
    known_until = "\n          known_until: {ref: fct_visits, column: visited_at}"
    gym.replace("models/gym.yml", horizon, horizon + known_until)
    seen = gym.query(f"{SEEN} order by all")
    done = gym.dbt("--warn-error", "build", "--select", PREDICTION, today="2026-12-05")
    said = " ".join(done.stdout.split())
    assert done.returncode != 0
    assert "The newest event is" in said
    assert "dbt was told to take warnings for errors (--warn-error), so nothing was" in said
    assert gym.query(f"{SEEN} order by all") == seen
    assert scratch(gym) == []
    told = "select status from gym_foretell.foretell_runs order by started_at"
    assert gym.query(told) == [("published",), ("refused",)]
    told = " ".join(gym.foretell("history", "--runs").stdout.split())
    assert f"2026-12-05 {PREDICTION} refused by" in told
    assert "2 runs: " in told


def test_two_predictions_at_once(plain_gym: Project) -> None:
    gym = plain_gym
    text = (gym.folder / "models" / f"{PREDICTION}.sql").read_text()
    gym.write("models/pred_member__stays_30d.sql", text.replace("not exists", "exists"))
    gym.write(
        "models/stays.yml",
        """
models:
  - name: pred_member__stays_30d
    config:
      meta:
        prediction:
          {task: binary, entity: member_id, as_of: as_of_date, label: has_quit, horizon: 30 days}
""",
    )
    gym.build("--threads", "2", today="2025-09-05")
    assert gym.query(
        "select prediction, count(*) from gym_foretell.foretell_runs where status = 'published' "
        "group by all order by all"
    ) == [(PREDICTION, 2), ("pred_member__stays_30d", 1)]
    assert gym.value("select count(*) from gym.gym.pred_member__stays_30d") > 0
    assert scratch(gym) == []


def test_a_rule_can_be_champion_and_is_watched(gym: Project) -> None:
    gym.replace("models/gym.yml", "candidates: [rule, logistic]", "candidates: [rule]")
    gym.build()
    said = gym.build("--select", "+" + PREDICTION, today="2025-09-05")
    assert "v1 champion, spec unchanged" in said
    assert gym.query(
        "select json_extract_string(recipe, 'candidate') from "
        "gym_foretell.foretell_store_model_versions"
    ) == [("rule",)]
    ours, rules = (
        gym.value(
            "select value from gym_foretell.foretell_store_metrics where origin = 'live' and "
            f"metric = '{name}'"
        )
        for name in ("roc_auc", "rule_roc_auc")
    )
    assert abs(ours - rules) < 1e-9, "a rule's scores rank as the rule does"
    watched = gym.query("select distinct feature from gym_foretell.foretell_drift order by 1")
    assert watched == [("foretell_rule",), ("foretell_score",)]


def test_stores_of_an_older_version_gain_columns_and_lose_nothing(plain_gym: Project) -> None:
    gym = plain_gym
    gym.change("alter table gym_foretell.foretell_store_model_versions drop column definitions")
    gym.change("alter table gym_foretell.foretell_store_runs drop column learnt_from")
    gym.change("alter table gym_foretell.foretell_store_feature_statistics drop column usual")
    gym.change("drop table gym_foretell.foretell_store_feature_views")
    before = gym.query("select run_id, message from gym_foretell.foretell_runs")
    gym.build()
    after = gym.query("select run_id, message from gym_foretell.foretell_runs order by started_at")
    assert after[:1] == before
    assert gym.query(
        "select version, definitions is not null from "
        "gym_foretell.foretell_store_model_versions order by 1"
    ) == [(1, False), (2, True)]
    assert gym.query(
        "select distinct usual is null, times_usual is null, drift = value / 0.2 "
        "from gym_foretell.foretell_drift where model_version = 1"
    ) == [(True, True, True)]
    assert "spec unchanged" in gym.build()
