"""What is kept only so long: scores, runs, artifacts; and what builds and commands make of it."""

from __future__ import annotations

import pytest

from project import PREDICTION, Project

HISTORY = f"gym_foretell.{PREDICTION}__history"
FEATURES = f"gym_foretell.{PREDICTION}__features"
NEVER = tuple(
    f"foretell_store_{name}" for name in ("model_events", "metrics", "features", "feature_worth")
)


def keep(gym: Project, said: str) -> None:
    """Say in dbt_project.yml how long things are kept."""
    text = (gym.folder / "dbt_project.yml").read_text(encoding="utf-8")
    head = text.split("\nvars:")[0]
    said = f"  foretell_gates: false\n  foretell_retention: {said}\n"
    gym.write("dbt_project.yml", f"{head}\nvars:\n{said}")


def rows(gym: Project, *tables: str) -> list[list[tuple[object, ...]]]:
    return [gym.query(f"select * from {table} order by all") for table in tables]


def test_old_scores_go_once_their_outcome_is_known_and_never_come_back(plain_gym: Project) -> None:
    gym = plain_gym
    gym.build(today="2025-09-05")
    told = rows(gym, "gym_foretell.foretell_store_metrics")
    dates = f"select distinct as_of_date from {HISTORY} order by 1"
    open_dates = gym.query(f"{dates[:-11]} where matures_at > date '2025-09-05' order by 1")
    assert open_dates
    assert len(gym.query(dates)) > len(open_dates)
    unlimited = rows(gym, HISTORY, FEATURES)

    # One day old, all but what waits for its outcome: neither is an open row dropped...
    keep(gym, "{history: 1 day}")
    for not_a_build in (["test"], ["compile"], ["build", "--empty"]):
        assert gym.dbt(*not_a_build, today="2025-09-05").returncode == 0
        assert rows(gym, HISTORY, FEATURES) == unlimited, not_a_build
    assert gym.foretell("plan").returncode == 0
    assert rows(gym, HISTORY, FEATURES) == unlimited, "a question drops nothing"
    gym.build(today="2025-09-05")
    assert gym.query(dates) == open_dates
    assert gym.query(dates.replace(HISTORY, FEATURES)) == open_dates
    left = rows(gym, HISTORY, FEATURES)

    # ... nor is one that was dropped scored or measured again.
    said = gym.build(today="2025-09-05")
    assert "nothing to score" in said
    assert rows(gym, HISTORY, FEATURES) == left
    assert rows(gym, "gym_foretell.foretell_store_metrics") == told
    served = gym.query(f"select count(*) from {PREDICTION}", gym.serving)
    assert served == gym.query(f"select count(*) from gym.gym.{PREDICTION}")


def test_old_runs_go_but_for_what_later_builds_read(plain_gym: Project) -> None:
    gym = plain_gym
    gym.change(
        "insert into gym_foretell.foretell_store_validation_results (run_id, prediction, "
        "status, today) "
        f"select run_id, prediction, 'pass', today from gym_foretell.foretell_runs "
        f"union all select 'gone', '{PREDICTION}', 'fail', date '2020-01-01'"
    )
    # Of models that a dbt test guards: one is tested each day, one was last tested long ago.
    gym.change(
        "insert into gym_foretell.foretell_store_validation_results (run_id, prediction, "
        "stage, today, ran_at) "
        "select concat(today, '.', name), name, 'relation', today, today from (values "
        "('fct_visits', date '2025-08-27'), ('fct_visits', date '2025-08-30'), "
        "('fct_visits', date '2025-09-04'), ('kpi_old', date '2020-01-01'), "
        "('kpi_old', date '2020-01-02'), ('kpi_old', date '2020-01-02')) as tested (name, today)"
    )
    for day in ("2025-08-10", "2025-08-20", "2025-09-05"):
        gym.build("--select", PREDICTION, today=day)
    kept = rows(gym, *(f"gym_foretell.{name}" for name in NEVER))
    views = ("foretell_features", "foretell_trust", "foretell_models")
    seen = rows(gym, *(f"gym_foretell.{name}" for name in views))
    runs = (
        "select today, is_trained from gym_foretell.foretell_runs "
        "where message is not null order by today"
    )
    assert len(gym.query(runs)) == 4

    keep(gym, "{runs: 1 week}")
    gym.build("--select", PREDICTION, today="2025-09-05")
    assert [(str(day), trained) for day, trained in gym.query(runs)] == [
        ("2025-08-01", True),  # the newest that trained: what was learnt last
        ("2025-09-05", False),
        ("2025-09-05", False),
    ]
    results = (
        "select cast(today as varchar) from gym_foretell.foretell_store_validation_results where"
    )
    assert gym.query(f"{results} stage is null") == [("2025-08-01",)]
    tested = f"{results} stage = 'relation' and prediction"
    assert gym.query(f"{tested} = 'fct_visits' order by 1") == [("2025-08-30",), ("2025-09-04",)]
    assert gym.query(f"{tested} = 'kpi_old'") == [("2020-01-02",), ("2020-01-02",)]
    assert rows(gym, *(f"gym_foretell.{name}" for name in NEVER)) == kept
    assert rows(gym, *(f"gym_foretell.{name}" for name in views)) == seen

    said = gym.build("--select", PREDICTION, today="2025-09-05")
    assert "v1 champion, spec unchanged" in said, "it knows what it learnt"
    assert len(gym.query(runs)) == 4


def test_old_artifacts_go_but_those_that_may_serve(plain_gym: Project) -> None:
    gym = plain_gym
    for _ in range(3):
        gym.build("--select", PREDICTION, env={"FORETELL_TRAIN": "true"})
    # Neither the champion nor the one before it is the newest.
    for version in ("v1", "v2"):
        assert gym.foretell("rollback", PREDICTION, "--to", version).returncode == 0
    gym.change(
        "insert into gym_foretell.foretell_store_learned_expectations (prediction, model_version) "
        "select prediction, version from gym_foretell.foretell_store_model_versions "
        "union all select 'pred_other', 3"
    )
    keep(gym, "{artifacts: 1}")
    artifacts = (
        "select version, artifact is not null from gym_foretell.foretell_store_model_versions "
        "where (artifact is null) = (serving_form is null) order by 1"
    )
    of_their_making = (
        "(select * exclude (artifact, serving_form) "
        "from gym_foretell.foretell_store_model_versions)"
    )
    versions = rows(gym, of_their_making)
    for _ in range(2):
        gym.build("--select", PREDICTION, "foretell_models")
        assert gym.query(artifacts) == [(1, True), (2, True), (3, False), (4, True)]
    assert rows(gym, of_their_making) == versions
    learned = (
        "select distinct prediction, model_version from "
        "gym_foretell.foretell_store_learned_expectations"
    )
    assert gym.query(f"{learned} order by all") == [
        (PREDICTION, 1), (PREDICTION, 2), (PREDICTION, 4), ("pred_other", 3),
    ]  # fmt: skip
    for command in (["promote", PREDICTION, "v3"], ["rollback", PREDICTION, "--to", "v3"]):
        done = gym.foretell(*command)
        assert done.returncode == 1
        said = " ".join(done.stdout.split())
        assert "cannot serve again: retention has dropped its artifact" in said
    assert gym.foretell("rollback", PREDICTION).returncode == 0
    assert "v1 champion" in gym.build("--select", PREDICTION)


@pytest.mark.parametrize(
    ("said", "because"),
    [
        ("{histroy: 730 days}", "unknown key `histroy`; it may have history and runs"),
        ("{history: 730}", "history is 730; it must be days or weeks"),
        ("{runs: 0 days}", "runs is 0 days; it must be days or weeks"),
        ("{artifacts: 0}", "artifacts is 0; it must be a number from 1 on"),
        ("730 days", "foretell_retention is 730 days; it may have"),
    ],
)
def test_what_is_written_wrongly_is_refused_first(
    plain_gym: Project, said: str, because: str
) -> None:
    gym = plain_gym
    keep(gym, said)
    before = gym.database.read_bytes()
    done = gym.dbt("build")
    assert done.returncode != 0
    assert "Traceback" not in done.stdout
    assert because in " ".join(done.stdout.split())
    assert gym.database.read_bytes() == before
