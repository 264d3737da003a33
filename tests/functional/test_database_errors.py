"""What the database refuses is said in one paragraph with its reason, and nothing is half done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from project import PREDICTION, Project

if TYPE_CHECKING:
    from collections.abc import Iterable

LATER = "2025-09-05"
PLUGIN = "      plugins:\n        - module: foretell.warehouse.dbt_plugin\n"
LINE = "Add `plugins: [{module: foretell.warehouse.dbt_plugin}]` to the output `dev` of the profile"


def refused(gym: Project, *args: str, without: Iterable[str] = (), **how: object) -> str:
    """What dbt printed, on one line; no traceback, and nothing of what only hides the reason."""
    done = gym.dbt(*args, **how)  # type: ignore[arg-type]
    said = " ".join(done.stdout.split())
    assert done.returncode != 0, said
    for hides in ("Traceback", "already exists", "Did you mean", "is aborted", "UDF", *without):
        assert hides not in said, said
    return said


def hinder(gym: Project, table: str) -> None:
    """Let nothing be inserted into a table any more."""
    gym.change(f"alter table {table} add column hindrance integer default 1")
    gym.change(f"alter table {table} alter column hindrance set not null")
    gym.change(f"alter table {table} alter column hindrance drop default")


def test_an_attached_file_that_is_not_there_is_named(gym: Project) -> None:
    attach = "      attach: [{path: nowhere/other.duckdb, read_only: true}]\n"
    gym.replace("profiles.yml", PLUGIN, PLUGIN + attach)
    said = refused(gym, "run", "--select", "fct_visits")
    assert "nowhere/other.duckdb that the profile names under `attach:` cannot be opened" in said
    assert "database does not exist. Correct the path in the profile" in said


def test_a_profile_without_the_plugin_is_told_the_line(gym: Project) -> None:
    gym.replace("profiles.yml", PLUGIN, "")
    done = gym.dbt("--warn-error", "run", "--select", "fct_visits")
    said = " ".join(done.stdout.split())
    assert done.returncode == 0, "predictions work without a serving copy"
    assert "No serving copy is published" in said
    assert LINE in said
    gym.replace(
        "models/gym.yml", "of a visit.", "of a visit.\n    data_tests: [foretell.expectations]"
    )
    said = refused(gym, "build", "--select", "fct_visits")
    assert "foretell.expectations of fct_visits needs the plugin" in said
    assert LINE in said


def test_a_mart_that_cannot_be_read_fails_the_build_and_is_named(plain_gym: Project) -> None:
    gym = plain_gym
    gym.write(
        "models/mart_visits.sql",
        "{{ config(materialized='view') }}\n"
        "select cast('member ' || member_id as integer) as number from {{ ref('fct_visits') }}",
    )
    served = gym.serving.resolve()
    said = refused(gym, "run", "--select", "mart_visits")
    assert '"gym"."gym"."mart_visits" of the model mart_visits could not be copied' in said
    assert "Conversion Error: Could not convert string 'member" in said
    assert gym.serving.resolve() == served


def test_a_prediction_is_published_whole_or_not_at_all(plain_gym: Project) -> None:
    gym = plain_gym
    kept, history = f"gym_foretell.{PREDICTION}__features", f"gym_foretell.{PREDICTION}__history"
    before = gym.value(f"select count(*) from {history}")
    hinder(gym, kept)
    said = refused(gym, "build", today=LATER)
    assert f"The database refused a statement of {PREDICTION}: Constraint Error: NOT NULL" in said
    assert "Nothing was published: the last predictions and the champion stay" in said
    assert gym.value(f"select count(*) from {history}") == before
    assert gym.query("select status from gym_foretell.foretell_runs order by started_at") == [
        ("published",), ("crashed",),
    ]  # fmt: skip

    gym.change(f"alter table {kept} drop column hindrance")
    hinder(gym, "gym_foretell.foretell_store_metrics")
    done = gym.dbt("run", "--select", PREDICTION, today=LATER)
    assert done.returncode == 0, "what follows publication is a step of its own"
    said = " ".join(done.stdout.split())
    assert ", monitoring failed in " in said, "it shows in the line of the node, too"
    assert "The new predictions are published, and were not compared with what happened" in said
    assert gym.value(f"select count(*) from {history}") > before
    newest = (
        "select status, monitoring from gym_foretell.foretell_runs order by started_at desc limit 1"
    )
    assert gym.query(newest) == [("published", "crashed")]

    gym.change("alter table gym_foretell.foretell_store_metrics drop column hindrance")
    gym.build("--select", PREDICTION, today=LATER)
    assert gym.query(newest) == [("published", "published")]
    assert gym.value(
        "select count(*) from gym_foretell.foretell_prediction_quality where origin = 'live'"
    ), "the next run makes up for it"
    drift = "select current_rows from gym_foretell.foretell_drift where feature = 'foretell_score'"
    scored = gym.value(f"select count(*) from {history} where today = '{LATER}'")
    assert (scored,) in gym.query(drift), "of the rows that the run before has scored"


def test_predictions_are_refused_where_nothing_could_be_kept(gym: Project) -> None:
    said = refused(gym, "build", env={"GYM_DATABASE": ":memory:"}, without=["START sql"])
    assert "(`path: :memory:`) is in memory: the champion, the scores and all records" in said
    assert PREDICTION in said
    done = gym.dbt("run", "--select", "fct_visits", env={"GYM_DATABASE": ":memory:"})
    assert done.returncode == 0, "models that are no predictions may be anywhere"
    assert "is no file, beside which it would lie" in done.stdout

    gym.replace(
        "dbt_project.yml", "    +materialized: table", "    +database: wh\n    +materialized: table"
    )
    gym.replace("profiles.yml", PLUGIN, PLUGIN + "      attach: [{path: wh.duckdb, alias: wh}]\n")
    said = refused(gym, "build", without=["START sql"])
    assert f"{PREDICTION} is configured for the database wh" in said
    gym.replace("profiles.yml", "      schema: gym", "      database: wh\n      schema: gym")
    gym.replace("profiles.yml", "alias: wh}", "alias: wh, read_only: true}")
    said = refused(gym, "build", without=["START sql"])
    assert 'database "wh" which is attached in read-only mode' in said
