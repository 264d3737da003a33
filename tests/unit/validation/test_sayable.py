"""Lines that cannot be evaluated are refused by file and line, in words and without SQL."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import yaml

from foretell.errors import SpecError
from foretell.validation.gate import GateRows, check_lines, run_gate
from foretell.validation.gx import failing_condition, make_expectation, open_batch
from foretell.validation.results import Result
from foretell.validation.suite import Expectation, Line
from foretell.warehouse.duckdb import DuckDBWarehouse

COLUMNS = {"place": "VARCHAR", "nights": "INTEGER", "paid": "BOOLEAN"}
IN_SET = "expect_column_values_to_be_in_set"


@pytest.fixture(scope="module")
def warehouse() -> DuckDBWarehouse:
    con = duckdb.connect()
    con.execute(
        "create table stays as select * from (values ('lake', 1, true), ('hill:5%', 12, false), "
        "(null, null, null)) as given(place, nights, paid)"
    )
    return DuckDBWarehouse(con)


def judge(warehouse: DuckDBWarehouse, kind: str, kwargs: str) -> Result:
    said = Expectation(type=kind, kwargs=yaml.safe_load(f"{{{kwargs}}}"))
    line = Line(said, "written", "expectations/pred_x.yml:3")
    check_lines([line], custom=Path("/nowhere"))
    rows = {None: GateRows("select * from stays", COLUMNS)}
    (found,) = run_gate(warehouse, [line], rows, stage="input")
    return found


@pytest.mark.parametrize(
    ("kind", "kwargs", "said"),
    [
        (IN_SET, "column: place, value_set: [NO, SE]", "`value_set` has False beside texts: YAML"),
        (IN_SET, "column: place, value_set: [a, 2025-01-01]", "beside texts, which is a date"),
        (IN_SET, "column: place, value_set: [NO]", "has False, and place is VARCHAR: YAML reads"),
        (IN_SET, "column: place, value_set: [12:30]", "has 750, and place is VARCHAR, which is a"),
        (IN_SET, "column: NO, value_set: [a]", "`column` has False: YAML reads"),
        (
            "expect_column_values_to_match_regex",
            "column: place, regex: 5",
            "`regex` has 5, which is a number. Quote it",
        ),
        (
            "expect_column_values_to_be_of_type",
            "column: place, type_: VARCHAR",
            "no SQL for it. Remove the line and cast it in the SQL",
        ),
        (
            "expect_column_values_to_be_increasing",
            "column: nights",
            "no SQL for it. Remove the line and compare a row",
        ),
    ],
)
def test_what_a_line_says_is_refused_where_it_stands(
    warehouse: DuckDBWarehouse, kind: str, kwargs: str, said: str
) -> None:
    with pytest.raises(SpecError) as refused:
        judge(warehouse, kind, kwargs)
    assert str(refused.value).startswith("expectations/pred_x.yml:3: ")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "kwargs",
    [
        "column: place, value_set: ['lake', 'hill:5%', null]",
        "column: nights, value_set: [1, 12]",
        "column: paid, value_set: [yes, no]",
    ],
)
def test_sets_of_the_columns_own_kind_are_fine(warehouse: DuckDBWarehouse, kwargs: str) -> None:
    assert judge(warehouse, IN_SET, kwargs).status == "pass"


@pytest.mark.parametrize(
    ("kind", "kwargs", "reason"),
    [
        (IN_SET, "column: nights, value_set: [one]", "Could not convert string 'one' to INT32"),
        (
            "expect_column_values_to_be_between",
            "column: place, min_value: 1",
            "Cannot compare values of type VARCHAR",
        ),
        (
            "expect_column_values_to_match_regex",
            "column: place, regex: '(ab'",
            "missing ): (ab",
        ),
    ],
)
def test_what_the_database_refuses_is_told_without_its_sql(
    warehouse: DuckDBWarehouse, kind: str, kwargs: str, reason: str
) -> None:
    found = judge(warehouse, kind, kwargs)
    assert found.status == "error"
    assert reason in found.sentence()
    assert found.sentence().startswith("input gate: expectations/pred_x.yml:3: ")
    assert not any(word in found.sentence() for word in ("SELECT", "LINE", "[SQL", "Exception)"))


@pytest.mark.parametrize(
    ("kind", "kwargs", "failing"),
    [
        ("match_regex", "column: place, regex: '^[a-z]{4}$'", 1),
        ("match_regex", "column: place, regex: 'a|:5%$'", 0),
        ("match_regex", "column: nights, regex: '^1'", 0),
        ("not_match_regex", "column: place, regex: '(?:a|b)k'", 1),
        ("match_regex_list", "column: place, regex_list: ['^l', '5']", 0),
        ("match_regex_list", "column: place, regex_list: ['^l', e], match_on: all", 1),
        ("not_match_regex_list", "column: place, regex_list: ['^x', '%']", 1),
        ("match_like_pattern", "column: place, like_pattern: '%l%'", 0),
        ("not_match_like_pattern", "column: place, like_pattern: '%5!%', escape: '!'", 1),
        ("match_like_pattern_list", "column: place, like_pattern_list: ['la%', 'hill__!%'], "
         "escape: '!'", 0),
        ("not_match_like_pattern_list", "column: place, like_pattern_list: ['x%', 'l__e']", 1),
    ],
)  # fmt: skip
def test_patterns_are_looked_for_by_the_database(
    warehouse: DuckDBWarehouse, kind: str, kwargs: str, failing: int
) -> None:
    found = judge(warehouse, f"expect_column_values_to_{kind}", kwargs)
    assert found.status == ("fail" if failing else "pass"), found.sentence()
    assert found.observed == f"{failing} of 3 rows" or not failing


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("match_regex", {"regex": "^(?:lake|h.*:x%)$"}),
        ("not_match_like_pattern", {"like_pattern": "hill:5!%", "escape": "!"}),
    ],
)
def test_rows_that_fail_a_pattern_can_be_set_aside(
    warehouse: DuckDBWarehouse, kind: str, kwargs: dict[str, str]
) -> None:
    said = Expectation(type=f"expect_column_values_to_{kind}", kwargs={"column": "place", **kwargs})
    line = Line(said, "written", "expectations/pred_x.yml:3")
    with open_batch(warehouse, "select * from stays", COLUMNS) as batch:
        condition = failing_condition(batch, line, make_expectation(line))
    assert warehouse.rows(f"select place from stays where {condition}") == [("hill:5%",)]
