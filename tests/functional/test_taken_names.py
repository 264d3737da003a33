"""Names that people use are theirs: foretell neither replaces nor changes what it did not make."""

from __future__ import annotations

import pytest

from project import PREDICTION, Project

MERGED = """
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema }}
{%- endmacro %}
"""


@pytest.fixture
def merged(gym: Project) -> Project:
    """A project that puts all that it builds into one schema."""
    gym.write("macros/generate_schema_name.sql", MERGED)
    return gym


def stopped(gym: Project, command: str = "build") -> str:
    """What a command of dbt's prints that ends before its first node."""
    done = gym.dbt(command)
    assert done.returncode, done.stdout
    assert " START sql " not in done.stdout, "a node ran"
    assert " START seed " not in done.stdout, "a node ran"
    return " ".join(done.stdout.split())


def contents(gym: Project) -> list[tuple[object, ...]]:
    """Names, columns and comments of all tables."""
    return gym.query(
        "select table_name, sql, comment from duckdb_tables() order by schema_name, table_name"
    )


@pytest.mark.parametrize(
    "name", ["foretell_store_metrics", "FORETELL_STORE_features", f"{PREDICTION}__history"]
)
def test_a_model_named_like_a_store_is_refused_before_anything_is_written(
    merged: Project, name: str
) -> None:
    merged.write(f"models/{name}.sql", "{{ config(materialized='table') }}\nselect 1 as mine")
    said = stopped(merged)
    assert f"The model {name} (models/{name}.sql) is built as gym.{name}" in said
    store = name.lower().removeprefix("foretell_store_")
    what = f"its store `{store}`" if "__" not in name else f"`{name}` of the prediction"
    assert f"which is where foretell keeps {what}" in said
    assert not merged.query("select table_name from duckdb_tables()")


def test_a_seed_named_like_a_store_is_refused_by_every_command(plain_gym: Project) -> None:
    plain_gym.write("seeds/foretell_store_runs.csv", "mine\n1\n")
    plain_gym.write(
        "macros/generate_schema_name.sql", MERGED.replace("schema }}", "schema }}_foretell")
    )
    before = contents(plain_gym)
    said = stopped(plain_gym, "seed")
    named = "The seed foretell_store_runs (seeds/foretell_store_runs.csv) is built as "
    assert f"{named}gym_foretell.foretell_store_runs" in said
    assert contents(plain_gym) == before


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("foretell_store_metrics", "table"),
        ("foretell_store_runs", "view"),
        (f"{PREDICTION}__staged", "table"),
    ],
)
def test_what_somebody_made_under_such_a_name_is_refused_and_left_alone(
    merged: Project, name: str, kind: str
) -> None:
    merged.change(
        f"create schema if not exists gym.gym; create {kind} gym.gym.{name} as select 7 as mine"
    )
    said = stopped(merged)
    assert f"The {kind} gym.{name} stands where foretell keeps" in said
    assert merged.query(f"select * from gym.gym.{name}") == [(7,)]
    assert not merged.query(
        "select 1 from duckdb_tables() where table_name = 'foretell_store_model_versions'"
    )


def test_names_that_people_use_are_free_in_whatever_schema(merged: Project) -> None:
    for name in ("metrics", "runs", "features"):
        merged.write(f"models/{name}.sql", "{{ config(materialized='table') }}\nselect 1 as mine")
    merged.build()
    merged.build(today="2025-09-05")
    for name in ("metrics", "runs", "features"):
        assert merged.query(f"select * from gym.gym.{name}") == [(1,)]
    assert merged.value("select count(*) from gym.gym.foretell_store_metrics") > 0
    unmarked = merged.query(
        "select table_name from duckdb_tables() where not coalesce(comment, '') like "
        "'Made by foretell%' and (table_name like 'foretell%' or table_name like 'pred%')"
    )
    assert not unmarked


def test_forget_and_retention_leave_tables_of_others_alone(plain_gym: Project) -> None:
    plain_gym.change(
        "create table gym_foretell.dim_member__history as "
        "select 1 as member_id, date '2001-01-01' as as_of_date"
    )
    before = contents(plain_gym)
    done = plain_gym.foretell("forget", "--entity", "member_id=1", "--yes")
    assert done.returncode == 0, done.stdout
    assert plain_gym.query("select count(*) from gym_foretell.dim_member__history") == [(1,)]
    assert contents(plain_gym) == before
