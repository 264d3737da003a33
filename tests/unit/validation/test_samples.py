"""What a line that fails names: a few of the rows, as a person can paste them, nobody's secrets."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from foretell.validation.gate import GateRows, run_gate
from foretell.validation.results import Result
from foretell.validation.suite import Expectation, Line
from foretell.warehouse.duckdb import DuckDBWarehouse

KEY = {"column_list": ["Member", "part"]}


@pytest.fixture(scope="module")
def warehouse() -> DuckDBWarehouse:
    con = duckdb.connect()
    con.execute(
        "create table visits as select * from (values "
        "(1200, 'a', 1), (1200, 'a', 2), (7, 'b', 3), (7, 'c', 4), "
        "(3400, 'c', 5), (3400, 'c', 6), (3400, 'c', 7), (null, 'd', 8), (null, 'd', 9)"
        ') as given("Member", part, visit)'
    )
    return DuckDBWarehouse(con)


def judge(
    warehouse: DuckDBWarehouse,
    kind: str,
    *,
    key: tuple[str, ...] = (),
    secret: frozenset[str] = frozenset(),
    **kwargs: Any,
) -> Result:
    line = Line(Expectation(type=kind, kwargs=kwargs), "written", "pred_x.yml:3")
    columns = {"Member": "INTEGER", "part": "VARCHAR", "visit": "INTEGER"}
    rows = GateRows("select * from visits", columns, key)
    (found,) = run_gate(warehouse, [line], {None: rows}, stage="input", secret=secret)
    return found


def test_a_key_that_names_several_rows_is_named_with_how_many(warehouse: DuckDBWarehouse) -> None:
    found = judge(warehouse, "expect_key_to_be_unique", **KEY)
    assert (found.status, found.observed) == ("fail", "4")
    assert found.keys == (
        "Member 3400, part c: 3 rows",
        "Member 1200, part a: 2 rows",
        "Member null, part d: 2 rows",
    )
    assert "found 4 (such as Member 3400, part c: 3 rows; " in found.sentence()


@pytest.mark.parametrize(
    ("secret", "keys"),
    [
        ({"Member"}, ("part c: 3 rows", "part a: 2 rows", "part d: 2 rows")),
        ({"member", "part"}, ()),
    ],
)
def test_what_is_personal_is_never_named(
    warehouse: DuckDBWarehouse, secret: set[str], keys: tuple[str, ...]
) -> None:
    found = judge(warehouse, "expect_key_to_be_unique", secret=frozenset(secret), **KEY)
    assert found.keys == keys


def test_a_key_that_names_one_row_names_none(warehouse: DuckDBWarehouse) -> None:
    found = judge(warehouse, "expect_key_to_be_unique", column_list=["Member", "VISIT"])
    assert (found.status, found.keys) == ("pass", ())


@pytest.mark.parametrize(
    ("kind", "asked", "repeated"),
    [
        ("expect_column_values_to_be_unique", {"column": "Member"}, {"1200", "7", "3400"}),
        (
            "expect_compound_columns_to_be_unique",
            KEY,
            {"Member 1200, part a", "Member 3400, part c"},
        ),
    ],
)
def test_great_expectations_own_types_name_each_value_once(
    warehouse: DuckDBWarehouse, kind: str, asked: dict[str, Any], repeated: set[str]
) -> None:
    found = judge(warehouse, kind, **asked)
    assert set(found.keys) <= repeated
    assert len(found.keys) == len(set(found.keys)) > 0


def test_keys_of_rows_are_written_as_the_warehouse_has_them(warehouse: DuckDBWarehouse) -> None:
    kind = "expect_column_values_to_be_in_set"
    asked: dict[str, Any] = {"key": ("Member", "visit"), "value_set": ["a", "b", "d"]}
    wrong = ["7, visit 4", *(f"3400, visit {at}" for at in (5, 6, 7))]
    found = judge(warehouse, kind, column="part", **asked)
    assert set(found.keys) <= {f"Member {one}, part c" for one in wrong}
    assert len(found.keys) == 3
    found = judge(warehouse, kind, column="PART", secret=frozenset({"part"}), **asked)
    assert set(found.keys) <= {f"Member {one}" for one in wrong}
    assert len(found.keys) == 3
