"""What goes wrong on a shared server is told in a sentence; nothing is lost, and builds go on."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from portable import PostgresProject, make_portable_gym, on_postgres, profile
from postgres_server import PASSWORD, Server
from project import PREDICTION, gates_off

pytestmark = pytest.mark.two_processes
SELECT = ("--select", f"+{PREDICTION}")
#: A build waits for a lock, a session has a prediction to itself.
WAITS = "select count(*) > 0 from pg_locks where not granted"
CLAIMED = "select count(*) > 0 from pg_locks where locktype = 'advisory' and granted"


@pytest.fixture(scope="module")
def built(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> PostgresProject:
    folder = tmp_path_factory.mktemp("faults")
    gym = make_portable_gym(folder / "duckdb")
    gates_off(gym)
    gym.replace(
        "models/gym.yml", "horizon: 30 days", "horizon: 30 days\n          candidates: [rule]"
    )
    project = on_postgres(gym, postgres_server, folder / "postgres", "faults")
    project.build()
    return project


@pytest.fixture
def gym(built: PostgresProject, tmp_path: Path) -> PostgresProject:
    """The portable gym on a database of its own, built as of 2025-08-01."""
    return built.copy_to(tmp_path / "gym")


def scored(gym: PostgresProject) -> int:
    return int(gym.value(f"select count(*) from gym.{PREDICTION}"))


@contextmanager
def held(gym: PostgresProject, statement: str) -> Iterator[None]:
    """Somebody's transaction that stays open."""
    session = gym.server.connect(gym.name)
    session.autocommit = False
    with session.cursor() as cursor:
        cursor.execute(statement)
    yield
    # A server that was stopped has closed it.
    with suppress(psycopg2.Error):
        session.rollback()
    session.close()


def test_a_second_build_of_a_prediction_waits_for_its_turn_in_a_sentence(
    gym: PostgresProject, kill_at_end: Callable[[Any], Any]
) -> None:
    before = scored(gym)
    with held(gym, f"lock table gym.{PREDICTION} in access share mode"):
        # The first build waits for the reader, so that it is there when the second one comes.
        first = kill_at_end(gym.start("build", *SELECT, today="2025-09-02"))
        wait_until(lambda: gym.value(WAITS))
        said = gym.refused("--select", PREDICTION, today="2025-09-02")
        assert (
            f"{PREDICTION} is at work in this database already (user foretell, dbt, process "
        ) in said
        assert "Wait until that has ended, and run again." in said
    printed, _ = first.communicate(timeout=240)
    assert first.returncode == 0, printed
    assert scored(gym) > before


def test_two_first_builds_make_the_stores_once(
    built: PostgresProject, tmp_path: Path, kill_at_end: Callable[[Any], Any]
) -> None:
    gym = on_postgres(built, built.server, tmp_path / "gym", "made_twice")
    gym.change("create schema gym; create schema gym_foretell")
    for name in ("first", "second"):
        gym.write(f"models/{name}.sql", "select 1 as one")
    # Both wait for this one, and go on together.
    with held(gym, "create table gym_foretell.foretell_store_model_versions (one integer)"):
        runs = [kill_at_end(gym.start("run", "--select", name)) for name in ("first", "second")]
        wait_until(lambda: gym.value("select count(*) = 2 from pg_locks where not granted"))
    for run in runs:
        printed, _ = run.communicate(timeout=240)
        assert run.returncode == 0, printed
    assert gym.value("select count(*) > 10 from pg_tables where tablename like 'foretell_store_%'")


def test_a_killed_build_leaves_no_claim_and_the_next_one_ends_well(
    gym: PostgresProject, kill_at_end: Callable[[Any], Any]
) -> None:
    with held(gym, f"lock table gym.{PREDICTION} in access share mode"):
        first = kill_at_end(gym.start("build", *SELECT, today="2025-09-02"))
        wait_until(lambda: gym.value(WAITS))
        subprocess.run(["kill", "-9", str(first.pid)], check=True)
        first.wait()
    wait_until(lambda: not gym.value(CLAIMED))
    gym.build(*SELECT, today="2025-09-02")
    runs = gym.query(
        "select status from gym_foretell.foretell_store_runs "
        "where step = 'build' order by started_at"
    )
    assert runs == [("published",), ("crashed",), ("published",)]


def test_who_holds_a_lock_too_long_is_named(gym: PostgresProject) -> None:
    before = scored(gym)
    with held(gym, f"lock table gym.{PREDICTION} in access share mode"):
        gym.change("alter role foretell set lock_timeout = '2s'")
        said = gym.refused(*SELECT, today="2025-09-02")
        gym.change("alter role foretell reset lock_timeout")
    assert "has waited 2s for a lock on create or replace view" in said
    assert "user foretell, a program without a name, process " in said
    assert scored(gym) == before
    gym.build(*SELECT, today="2025-09-02")
    assert scored(gym) > before


def test_a_server_that_restarts_in_the_middle_of_a_batch_loses_nothing(
    gym: PostgresProject, kill_at_end: Callable[[Any], Any]
) -> None:
    before = scored(gym)
    with held(gym, f"lock table gym.{PREDICTION} in access share mode"):
        build = kill_at_end(gym.start("build", *SELECT, today="2025-09-02"))
        wait_until(lambda: gym.value(WAITS))
        gym.server.stop()
        gym.server.start()
        printed, _ = build.communicate(timeout=240)
    said = " ".join(printed.split())
    # dbt itself has lost the session in which it would end the build.
    assert build.returncode == 2
    assert "Traceback" not in said, said
    assert f"The database refused a statement of {PREDICTION}: server closed the connection" in said
    assert "Nothing was published: the last predictions and the champion stay." in said
    assert scored(gym) == before
    gym.build(*SELECT, today="2025-09-02")
    assert scored(gym) > before


def test_a_role_that_may_not_make_schemas_is_told_what_to_ask_for(gym: PostgresProject) -> None:
    gym.change(f"create role analyst login password '{PASSWORD}'")
    gym.change("create schema team authorization analyst")
    gym.write("profiles.yml", profile(gym.server, gym.name, user="analyst", schema="team"))
    done = gym.dbt("build", *SELECT)
    said = " ".join(done.stdout.split())
    assert done.returncode == 2, said
    assert (
        "The schema team_foretell, where foretell keeps its stores, is not there, and the role "
        "analyst may not make it. Nothing was changed. Have an administrator run: create schema "
        '"team_foretell" authorization "analyst"'
    ) in said
    gym.change('create schema "team_foretell" authorization "analyst"')
    gym.build(*SELECT)
    assert gym.value(f"select count(*) > 100 from team.{PREDICTION}")


def test_tables_of_another_owner_are_left_as_they_are(gym: PostgresProject) -> None:
    gym.change(f"create role colleague login password '{PASSWORD}'")
    for schema in ("gym", "gym_foretell"):
        gym.change(f"grant all on schema {schema} to colleague")
        gym.change(f"grant all on all tables in schema {schema} to colleague")
    before = scored(gym)
    gym.write("profiles.yml", profile(gym.server, gym.name, user="colleague"))
    said = gym.refused("--select", PREDICTION, today="2025-09-02")
    assert "must be owner of" in said
    assert "`role:` in the profile" in said
    assert scored(gym) == before


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that will come."""
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, "It has not come."
        time.sleep(0.1)
