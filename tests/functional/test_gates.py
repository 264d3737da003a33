"""Gates: what stops a run, what only warns, and what a stopped run leaves behind."""

from __future__ import annotations

import pytest

from project import PREDICTION, Project

SUITE = f"expectations/{PREDICTION}.yml"
#: Fails on any data, at the gate where it stands.
IMPOSSIBLE = """
  - type: expect_column_values_to_be_between
    kwargs: {column: %s, min_value: 1000000}
    severity: %s
    description: Nobody is this large
"""
DOWNSTREAM = f"select * from {{{{ ref('{PREDICTION}') }}}}"


def seen(gym: Project) -> list[object]:
    return [
        gym.query(f"select * from gym.gym.{PREDICTION} order by all"),
        gym.query(f"select * from gym_foretell.{PREDICTION}__history order by all"),
        gym.query("select * from gym_foretell.foretell_store_model_versions order by version"),
        gym.query(f"select * from {PREDICTION} order by all", gym.serving),
    ]


def fail_at(gym: Project, stage: str, severity: str) -> None:
    column = "score" if stage == "output" else "visits_count_30d"
    gym.replace(SUITE, f"{stage}:\n", f"{stage}:{IMPOSSIBLE % (column, severity)}")


@pytest.mark.parametrize("stage", ["input", "output"])
def test_a_critical_failure_stops_the_node_and_what_follows(built_gym: Project, stage: str) -> None:
    gym = built_gym
    gym.write("models/fct_calls.sql", DOWNSTREAM)
    before = seen(gym)
    fail_at(gym, stage, "critical")

    said = gym.refused(today="2025-09-05")

    for phrase in (
        f"{PREDICTION} stopped at its {stage} gate, 1 of ",
        "Nobody is this large; found ",
        "The last good predictions stay",
        SUITE,
    ):
        assert phrase in said
    assert "SKIP relation gym.fct_calls" in said
    assert "SKIP test not_null_pred_member__quits_30d_member_id" in said
    assert seen(gym) == before
    found = gym.query(
        "select status, count(*) from gym_foretell.foretell_store_validation_results where "
        "today = '2025-09-05' "
        f"and stage = '{stage}' and said_by = 'written' group by 1 order by 1"
    )
    assert found == [("fail", 1), ("pass", 1)]
    (run,) = gym.query(
        "select status, model_version, message from gym_foretell.foretell_runs where today = "
        "'2025-09-05'"
    )
    assert run[:2] == ("refused", 1)
    assert gym.query(
        "select input_gate, output_gate from gym_foretell.foretell_runs where today = '2025-09-05'"
    ) == [("fail", None) if stage == "input" else ("pass", "fail")]
    assert "Nobody is this large" in run[2]
    events = gym.query(
        "select event from gym_foretell.foretell_store_model_events order by happened_at"
    )
    assert events[-1] == ("gate failed",)
    built = gym.query("select cast(today as varchar) from foretell_build", gym.serving)
    assert built == [("2025-09-05",)], "marts are published after a failed node too"

    # Repaired, `dbt retry` runs what failed and what was skipped.
    fixed = (gym.folder / SUITE).read_text().replace("min_value: 1000000", "min_value: 0")
    gym.write(SUITE, fixed)
    done = gym.dbt("retry", today="2025-09-05")
    assert done.returncode == 0, done.stdout
    assert "v1 champion" in done.stdout
    assert "fct_visits" not in done.stdout
    assert gym.value("select count(*) from gym.gym.fct_calls") == gym.value(
        f"select count(*) from gym.gym.{PREDICTION}"
    )
    assert len(seen(gym)[0]) > len(before[0])  # type: ignore[arg-type]
    assert seen(gym)[3] == seen(gym)[0], "the retry publishes its serving copy"


def test_a_warning_lets_the_run_through_and_is_counted(built_gym: Project) -> None:
    gym = built_gym
    fail_at(gym, "input", "warning")
    fail_at(gym, "output", "info")
    said = " ".join(gym.build(today="2025-09-05").split())
    assert "1 warning" in said
    assert "input gate: Nobody is this large; found " in said
    assert gym.query(
        "select status, warnings, input_gate, output_gate from gym_foretell.foretell_runs "
        "where today = '2025-09-05'"
    ) == [("published", 1, "warn", "pass")]
    assert gym.query(
        "select stage, severity, status from gym_foretell.foretell_store_validation_results "
        "where today = '2025-09-05' and status <> 'pass' and said_by = 'written' order by stage"
    ) == [("input", "warning", "fail"), ("output", "info", "fail")]


def test_a_failed_first_build_leaves_nothing_to_read(built_gym: Project) -> None:
    gym = built_gym
    gym.database.unlink()
    fail_at(gym, "output", "critical")
    gym.refused()
    assert gym.value("select count(*) from gym_foretell.foretell_store_model_versions") == 0
    assert gym.value("select count(*) from duckdb_views() where view_name like 'pred_%'") == 0
    assert gym.query("select status, is_trained from gym_foretell.foretell_runs") == [
        ("refused", True)
    ]
