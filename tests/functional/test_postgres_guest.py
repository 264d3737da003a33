"""foretell as a guest of somebody's dbt-postgres: their profile, macros and colleagues."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from portable import PostgresProject, make_portable_gym, on_postgres
from project import PREDICTION, gates_off

if TYPE_CHECKING:
    from pathlib import Path

    from postgres_server import Server

#: dbt where foretell is not installed: its checkout is not on the path.
WITHOUT = (
    "import sys; sys.path[:] = [one for one in sys.path if not one.endswith('python_models')]; "
    "from dbt.cli.main import cli; cli()"
)
MACROS = """
{% macro engine() %}{{ return(adapter.dispatch('engine')()) }}{% endmacro %}
{% macro default__engine() %}'some'{% endmacro %}
{% macro postgres__engine() %}'postgres'{% endmacro %}
"""


@pytest.fixture
def guest(postgres_server: Server, tmp_path: Path) -> PostgresProject:
    gym = make_portable_gym(tmp_path / "duckdb")
    gates_off(gym)
    gym.replace(
        "models/gym.yml", "horizon: 30 days", "horizon: 30 days\n          candidates: [rule]"
    )
    name = tmp_path.name[-50:]
    return on_postgres(gym, postgres_server, tmp_path / "postgres", name)


def test_models_see_the_same_target_and_macros_with_foretell_and_without(
    guest: PostgresProject,
) -> None:
    guest.write("macros/engine.sql", MACROS)
    guest.write(
        "models/engine.sql", "select '{{ target.type }}' as target, {{ engine() }} as engine"
    )
    for command in (guest.command("run"), [sys.executable, "-c", WITHOUT, "run"]):
        done = subprocess.run(
            [*command, "--select", "engine"],
            cwd=guest.folder, env=guest.environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        assert guest.query("select * from gym.engine") == [("postgres", "postgres")]


def test_a_colleague_without_foretell_builds_the_rest_and_is_told_in_a_sentence(
    guest: PostgresProject,
) -> None:
    guest.write("models/downstream.sql", "select count(*) as rows from {{ ref('fct_visits') }}")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, "build"],
        cwd=guest.folder, env=guest.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = " ".join(done.stdout.split())
    assert done.returncode == 1, said
    assert "Traceback" not in said
    assert said.count("Compilation Error") == 1, said
    assert (
        "The Python package foretell is not installed where this dbt runs, and predictions and "
        "expectations need it. Nothing was changed. Install it there: pip install "
        "'foretell[postgres]'"
    ) in said
    assert guest.query("select rows > 1000 from gym.downstream") == [(True,)]
    guest.build()
    assert guest.query(f"select count(*) > 100 from gym.{PREDICTION}") == [(True,)]


def test_python_models_of_the_project_are_refused_as_without_foretell(
    guest: PostgresProject,
) -> None:
    guest.write("models/own.py", "def model(dbt, session):\n    return None\n")
    said = guest.refused("--select", "own")
    assert "only supports languages ['sql']; got \"python\"" in said
