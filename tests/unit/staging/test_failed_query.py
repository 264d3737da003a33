"""What is said of a training query that fails: what is wrong, and nothing about what is right."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest
from made import make_request, make_spec

from foretell.errors import DataError
from foretell.ground.relation import Relation
from foretell.staging.stage import stage
from foretell.warehouse.duckdb import DuckDBWarehouse

VISITS = """create schema gym; create table visits as
    select 1 as member_id, timestamp '2025-01-01' as as_of_date, 'x' as said_on, 3 as visits,
    true as has_quit"""
ROWS = "with rows_of as (select * from visits)"


def refusal(sql: str, **changes: object) -> str:
    session = duckdb.connect()
    session.execute(VISITS)
    asked = replace(
        make_request(),
        sql=sql,
        file="pred.yml",
        stores=Relation("memory", "gym", ""),
        prediction="pred",
    )
    with pytest.raises(DataError) as refused:
        stage(asked, make_spec(**changes), DuckDBWarehouse(session))
    return str(refused.value)


@pytest.mark.parametrize(
    ("sql", "complaint"),
    [
        (
            "select member_id, as_of_date, vists, has_quit from visits",
            'Referenced column "vists" not found in FROM clause. Candidate bindings: "visits"',
        ),
        (
            "select member_id, as_of_date, v.vists, has_quit from visits as v",
            'Table "v" does not have a column named "vists"',
        ),
        (
            "select member_id, as_of_date, has_quit from visits as a cross join visits as b",
            'Ambiguous reference to column name "member_id"',
        ),
        (
            "select member_id, as_of_date, cast(said_on as integer), has_quit from visits",
            "Could not convert string",
        ),
        ("select member_id, as_of_date, has_quit from vists", "Table with name vists"),
    ],
)
def test_keys_that_are_right_are_not_blamed(sql: str, complaint: str) -> None:
    said = refusal(sql)
    assert said.startswith("The training query of pred failed: ")
    assert complaint in said
    assert "must be" not in said


@pytest.mark.parametrize(
    ("expression", "changes", "blamed"),
    [
        ('"rows_of"."mumber_id"', {"entity": "mumber_id"}, "`entity: mumber_id` must be a column"),
        ('"rows_of"."asof"', {"as_of": "asof"}, "`as_of: asof` must be a date or timestamp column"),
        (
            "rows_of.visits >= rows_of.as_of_date",
            {"as_of": "visits"},
            "`as_of: visits` must be a date or timestamp column",
        ),
        (
            "date_trunc('day', rows_of.visits)",
            {"as_of": "visits"},
            "`as_of: visits` must be a date or timestamp column",
        ),
    ],
)
def test_a_key_that_is_wrong_is_blamed(
    expression: str, changes: dict[str, object], blamed: str
) -> None:
    said = refusal(f"{ROWS} select rows_of.*, {expression} as made from rows_of", **changes)
    assert f"pred.yml: {blamed} of the rows whose features are joined." in said
    assert said.count(" must be ") == 1


def test_an_as_of_that_is_no_time_is_told_before_the_query_runs() -> None:
    said = refusal(
        f"{ROWS} select rows_of.*, cast(said_on as date) as d from rows_of", as_of="said_on"
    )
    assert (
        said == "pred.yml: `as_of: said_on` of pred is VARCHAR; it must be a date or a timestamp."
    )


def test_a_baseline_is_blamed_however_long_its_sql_is() -> None:
    rule = "case " + "".join(f"when visits = {n} then {n} " for n in range(40)) + "else vists end"
    said = refusal("select * exclude (said_on) from visits", baseline={"sql": rule})
    assert said.startswith("pred.yml: baseline.sql of pred cannot be computed over the training")
    assert 'Referenced column "vists" not found' in said


def test_a_baseline_may_end_with_a_semicolon_or_a_comment() -> None:
    session = duckdb.connect()
    session.execute(VISITS)
    asked = replace(
        make_request(),
        sql="select * from visits",
        stores=Relation("memory", "gym", ""),
        prediction="p",
    )
    spec = make_spec(baseline={"sql": "visits; -- how often"})
    stage(asked, spec, DuckDBWarehouse(session))
    assert session.execute("select foretell_rule from gym.p__staged").fetchall() == [(3.0,)]


@pytest.mark.parametrize("again", ["visits + 1 as visits", "visits as VISITS"])
def test_two_columns_of_one_name_are_refused(again: str) -> None:
    said = refusal(f"select * exclude (said_on), {again} from visits")
    assert "The training query of pred returns two columns visits".lower() in said.lower()


def test_a_name_that_only_looks_repeated_is_fine() -> None:
    session = duckdb.connect()
    session.execute(VISITS)
    sql = "select * exclude (said_on), visits as visits_1 from visits"
    asked = replace(make_request(), sql=sql, stores=Relation("memory", "gym", ""), prediction="p")
    staged = stage(asked, make_spec(), DuckDBWarehouse(session))
    assert staged.features == ("visits", "visits_1")


@pytest.mark.parametrize("kind", ["[member_id]", "{'id': member_id}", "map {1: member_id}"])
def test_a_key_of_several_values_is_refused_by_name(kind: str) -> None:
    said = refusal(f"select * replace ({kind} as member_id) from visits")
    assert said.startswith("pred.yml: `entity: member_id` of pred is ")
    assert "several values in one" in said
    assert "`cast(member_id as varchar) as member_id`" in said


def test_a_number_that_is_too_long_to_be_published_is_to_be_a_text() -> None:
    long = "(1::uhugeint << 127)"
    said = refusal(f"select * replace ({long} as member_id) from visits")
    assert "`entity: member_id` has a number of more than the 38 digits" in said
    assert "`cast(member_id as varchar) as member_id`" in said
    said = refusal(f"select *, cast({long} as decimal(38,0)) as far from visits")
    assert "`entity" not in said, "another column is too long"
