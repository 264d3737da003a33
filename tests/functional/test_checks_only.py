"""A build that dbt gives no rows, or a sample of them, checks and keeps nothing."""

from __future__ import annotations

import pytest

from project import PREDICTION, Project

WINDOW = "{start: '2025-03-01', end: '2025-07-15'}"
LATER = "2025-09-05"


def sampled(gym: Project) -> Project:
    """The gym with visits that dbt can sample by their time."""
    gym.replace(
        "models/gym.yml",
        "- name: fct_visits",
        "- name: fct_visits\n    config: {event_time: visited_at}",
    )
    return gym


def kept(gym: Project) -> dict[str, object]:
    """How many rows each table of the stores' schema has, and which file is served."""
    tables = gym.query(
        "select table_name from duckdb_tables() where schema_name = 'gym_foretell' order by all"
    )
    counts = {name: gym.value(f"select count(*) from gym_foretell.{name}") for (name,) in tables}
    return counts | {"served": gym.serving.resolve().name if gym.serving.exists() else None}


def test_a_sampled_build_keeps_nothing(plain_gym: Project) -> None:
    gym = sampled(plain_gym)
    gym.replace(
        "models/gym.yml", "of a visit.", "of a visit.\n    data_tests: [foretell.expectations]"
    )
    gym.write(
        "expectations/fct_visits.yml",
        "relation: fct_visits\nexpectations:\n"
        "  - {type: expect_column_values_to_not_be_null, kwargs: {column: minutes}}\n",
    )
    gym.replace("dbt_project.yml", "vars: {", "vars: {foretell_retention: {history: 1 day}, ")
    before = kept(gym)
    said = gym.build("--sample", WINDOW, today=LATER)
    assert f"OK created sql prediction model gym.{PREDICTION}" in said
    assert "[sampled: checked, nothing kept in" in said
    assert kept(gym) == before, "no run, score, version, result or served file"
    assert gym.value(f"select count(*) from gym.gym.{PREDICTION}") > 0, "what was predicted stays"
    assert "sampled:" not in gym.build(today=LATER)
    assert kept(gym) != before


@pytest.mark.parametrize(
    ("variable", "value", "word"),
    [("DBT_SAMPLE", "3 days", "sampled"), ("DBT_EMPTY", "1", "empty")],
)
def test_a_retry_of_such_a_build_keeps_nothing_either(
    gym: Project, variable: str, value: str, word: str
) -> None:
    sampled(gym).replace("models/gym.yml", "label: has_quit", "label: has_quite")
    said = gym.refused(env={variable: value})
    assert "`label: has_quite` of pred_member__quits_30d is no column of its training" in said
    gym.replace("models/gym.yml", "label: has_quite", "label: has_quit")
    done = gym.dbt("retry")
    assert done.returncode == 0, done.stdout
    assert f"[{word}: checked, nothing kept in" in done.stdout
    assert {count for name, count in kept(gym).items() if name != "served"} == {0}
    assert not gym.serving.exists()
    assert gym.value(f"select count(*) from gym.gym.{PREDICTION}") == 0, "a stand-in for downstream"
