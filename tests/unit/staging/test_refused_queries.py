"""Queries that cannot be trained on, and what is said about each."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from made import make_request, make_spec

from foretell.errors import DataError
from foretell.staging.stage import stage
from foretell.staging.staged import Staged
from foretell.warehouse.duckdb import DuckDBWarehouse

PLACE = {"database": "memory", "schema": "main"}
COLUMNS = {
    "member_id": "m",
    "as_of_date": "date '2025-01-01' + m::int",
    "visits": "m % 7",
    "town": "'Ulm'",
    "has_quit": "m % 2 = 0",
}


def staged(changed: dict[str, str | None], **declared: Any) -> Staged:
    """A query of sixty rows, some columns of which are otherwise, or not there (None)."""
    columns = {name: sql for name, sql in (COLUMNS | (changed or {})).items() if sql is not None}
    selected = ", ".join(f'{sql} as "{name}"' for name, sql in columns.items())
    asked = make_request(
        sql=f"select {selected} from range(60) as members(m)",
        file="models/pred.yml",
        stores=PLACE,
        relation=PLACE | {"name": "pred"},
    )
    return stage(asked, make_spec(**declared), DuckDBWarehouse(duckdb.connect()))


def refusal(changed: dict[str, str | None], **declared: Any) -> str:
    """What is said about such a query."""
    with pytest.raises(DataError) as refused:
        staged(changed, **declared)
    return " ".join(str(refused.value).split())


def test_an_honest_query_is_staged() -> None:
    assert staged({}).kinds == {"visits": "number", "town": "string"}


@pytest.mark.parametrize(
    ("changed", "declared", "phrase"),
    [
        ({"member_id": None}, {}, "`entity: member_id` of pred is no column of its training query"),
        ({"as_of_date": None}, {}, "`as_of: as_of_date` of pred is no column"),
        ({"has_quit": None}, {}, "`label: has_quit` of pred is no column"),
        ({}, {"matures_at": "known_on", "horizon": ...}, "`matures_at: known_on` of pred is no"),
        ({}, {"slices": ["region"]}, "`slices` of pred names region, which is no column"),
        ({}, {"never_use": {"columns": ["region"]}}, "`never_use.columns` of pred names region"),
        ({}, {"keep_clocks": ["region"]}, "`keep_clocks` of pred names region"),
        ({"Foretell_x": "1"}, {}, "returns a column Foretell_x; names that start with foretell_"),
        ({"score": "1"}, {"slices": ["score"]}, "`slices: score` of pred has the name of a column"),
        ({"score": "m"}, {"entity": "score"}, "`entity: score` of pred has the name of a column"),
        (
            {"today": "date '2025-01-01'"},
            {"as_of": "today"},
            "`as_of: today` of pred has the name of a column",
        ),
        ({"visits": None, "town": None}, {}, "has no features beside its keys and label"),
        ({"visits": "[1, 2]"}, {}, "Feature visits of pred is INTEGER[]; features are numbers"),
        ({"as_of_date": "m"}, {}, "`as_of: as_of_date` of pred is BIGINT; it must be a date"),
        (
            {"as_of_date": "timestamptz '2025-01-01 00:00:00+00'"},
            {},
            "which reads differently in each session's time zone",
        ),
    ],
)
def test_columns_are_those_of_the_spec_and_can_be_used(
    changed: dict[str, str | None], declared: dict[str, Any], phrase: str
) -> None:
    assert phrase in refusal(changed, **declared)


@pytest.mark.parametrize(
    ("task", "label", "needs"),
    [
        ("binary", "'yes'", "is VARCHAR; task binary needs a boolean, or an integer"),
        ("binary", "0.5", "is DECIMAL(2,1); task binary needs a boolean"),
        ("multiclass", "0.5::double", "is DOUBLE; task multiclass needs a string or an integer"),
        ("regression", "true", "is BOOLEAN; task regression needs a number"),
        ("regression", "'yes'", "is VARCHAR; task regression needs a number"),
        (
            "binary",
            "(m % 3)::int",
            "has 20 values other than 0 and 1 (such as 2 of 2 as of 2025-",
        ),
    ],
)
def test_the_label_fits_the_task(task: str, label: str, needs: str) -> None:
    assert needs in refusal({"has_quit": label}, task=task)


@pytest.mark.parametrize("label", ["m / 2", "m - 1.0"])
def test_a_count_is_a_whole_number_from_0_on(label: str) -> None:
    said = refusal({"has_quit": label}, task="regression", predicts="count")
    assert "values below 0 or with a fraction (such as " in said
    assert "): `predicts: count` needs whole numbers from 0 on; for amounts declare" in said


@pytest.mark.parametrize(
    ("changed", "phrase"),
    [
        ({"member_id": "nullif(m, 3)"}, "returns 1 rows without member_id"),
        (
            {"as_of_date": "case when m > 2 then date '2025-01-01' end"},
            "returns 3 rows without as_of_date",
        ),
        (
            {"member_id": "m // 20", "as_of_date": "date '2025-01-01'"},
            "repeats rows: 0 as of 2025-01-01 (20 rows); 1 as of 2025-01-01 (20 rows); 2 as of",
        ),
        ({"visits": "1e300 * m"}, "Feature visits of pred is infinite in "),
        ({"visits": "1.0::double / (m - 1)"}, "Feature visits of pred is infinite in 1 rows"),
        (
            {"visits": "case when m < 2 then date '20000-01-01' else date '2020-01-01' end"},
            "Feature visits of pred lies outside the years 1 to 9999 in 2 rows",
        ),
        (
            {"as_of_date": "case when m < 1 then date '20000-01-01' else date '2020-01-01' end"},
            "The as-of time as_of_date of pred lies outside the years 1 to 9999 in 1 rows",
        ),
    ],
)
def test_rows_are_one_of_each_with_numbers_and_dates_that_can_be(
    changed: dict[str, str | None], phrase: str
) -> None:
    assert phrase in refusal(changed)


def test_a_rule_that_is_infinite_is_refused_and_a_label_of_numbers() -> None:
    of_rule = refusal({}, baseline={"sql": "1.0::double / visits"})
    assert "models/pred.yml: baseline.sql of pred is infinite in 9 rows" in of_rule
    of_label = refusal({"has_quit": "1.0::double / (m % 2)"}, task="regression")
    assert "Label has_quit of pred is infinite in 30 rows" in of_label


def test_no_outcome_may_be_known_before_its_row() -> None:
    known = f"{COLUMNS['as_of_date']} + case when m < 2 then -1 else 0 end"
    said = refusal({"known_on": known}, matures_at="known_on", horizon=...)
    assert "is before `as_of: as_of_date` in 2 rows: 0 as of 2025-01-01, known 2024-12-31" in said


def test_a_column_that_a_flat_table_is_given_is_refused() -> None:
    said = refusal({}, as_of=..., horizon=...)
    assert "names no `as_of`, but its training query returns a column as_of_date" in said
