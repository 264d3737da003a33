"""Gates in real builds on Postgres: rows that are set aside, guarded models, sessions."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from portable import PostgresProject, make_portable_gym, on_postgres
from project import PREDICTION

if TYPE_CHECKING:
    from postgres_server import Server
    from project import Project

LATER = "2025-09-05"
SUITE = """
input:
  - type: expect_column_values_to_be_between
    kwargs: {column: visits_days_since_last, max_value: 26}
    on_failure: quarantine
    description: Nobody's away for 100 % of a month
  - type: expect_column_values_to_match_regex
    kwargs: {column: visits_count_30d, regex: '^[12]?\\d$|%'}
    on_failure: quarantine
    description: Nobody comes each day
max_quarantined: 0.5
"""
GUARD = """relation: fct_visits
expectations:
  - type: expect_column_values_to_be_between
    kwargs: {column: minutes, min_value: 0, max_value: 50}
    severity: warning
    description: A visit lasts 50 minutes at most
  - type: expect_freshness_within
    kwargs: {column: visited_at, days: 2}
"""
#: Builds in this process, and looks at the server's sessions before it ends.
BUILD = """
import sys

import psycopg2
from dbt.cli.main import dbtRunner

done = dbtRunner().invoke(["build"])
with psycopg2.connect(sys.argv[1]) as session, session.cursor() as cursor:
    cursor.execute(
        "select application_name, state, query from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()"
    )
    print("left:", cursor.fetchall())
sys.exit(not done.success)
"""


@pytest.fixture(scope="module")
def both(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Project, PostgresProject, str]:
    """One project, built on each as of a day, and a month later with lines that set rows aside;
    what the last build on Postgres printed.
    """
    folder = tmp_path_factory.mktemp("gates")
    here = make_portable_gym(folder / "duckdb")
    here.write("expectations/fct_visits.yml", GUARD)
    here.replace(
        "models/gym.yml",
        "  - name: fct_visits\n",
        "  - name: fct_visits\n    data_tests: [foretell.expectations]\n",
    )
    there = on_postgres(here, postgres_server, folder / "postgres", "gates")
    for project in (here, there):
        project.build()
        project.write(f"expectations/{PREDICTION}.yml", SUITE)
    here.build(today=LATER)
    done = subprocess.run(
        [there.bin / "python", "-c", BUILD, postgres_server.address("gates")],
        cwd=there.folder,
        env=there.environment(LATER),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return here, there, done.stdout


def test_no_session_outlives_a_build(both: tuple[Project, PostgresProject, str]) -> None:
    assert "left: []" in both[2].splitlines()


@pytest.mark.parametrize(
    "sql",
    [
        "select member_id, as_of_date, visits_count_30d, visits_days_since_last, foretell_reasons "
        f"from gym_foretell.{PREDICTION}__quarantine",
        f"select member_id, as_of_date, round(score * 1e9) from {PREDICTION}",
        "select prediction, stage, expectation, status, observed, unexpected_percent "
        "from gym_foretell.foretell_store_validation_results "
        "where said_by = 'written'",
        "select status, quarantined, input_gate, output_gate, warnings "
        "from gym_foretell.foretell_store_runs where quarantined > 0",
    ],
)
def test_both_gates_find_the_same(both: tuple[Project, PostgresProject, str], sql: str) -> None:
    here, there, _ = both
    ours = sorted(map(str, here.query(f"set schema = 'gym.gym'; {sql}")))
    theirs = sorted(map(str, there.query(f"set search_path to gym; {sql}")))
    assert ours == theirs != []


def test_rows_that_fail_say_why(both: tuple[Project, PostgresProject, str]) -> None:
    _, there, said = both
    reasons = there.query(
        f"select distinct foretell_reasons from gym_foretell.{PREDICTION}__quarantine order by 1"
    )
    assert ("Nobody's away for 100 % of a month",) in reasons
    assert ("Nobody comes each day",) in reasons
    assert "set aside" in " ".join(said.split())
    aside_and_scored = there.value(
        f"select count(*) from gym.{PREDICTION} inner join "
        f"gym_foretell.{PREDICTION}__quarantine using (member_id, as_of_date) "
        "where as_of_date > '2025-08-01'"
    )
    assert aside_and_scored == 0


def test_a_guarded_model_fails_with_the_days(both: tuple[Project, PostgresProject, str]) -> None:
    _, there, said = both
    assert "A visit lasts 50 minutes at most; found" in " ".join(said.split())
    failed = there.refused_by("test", "--select", "fct_visits", today="2025-12-05")
    assert "expect_freshness_within; found" in failed
    there.replace("expectations/fct_visits.yml", "column: minutes", "column: hours")
    refused = there.refused_by("test", "--select", "fct_visits", today=LATER)
    assert "expectations/fct_visits.yml:3: there is no column hours; there are [" in refused
