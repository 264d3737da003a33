"""The dbt test foretell.expectations: what a suite says of a relation that is no prediction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from stores import make_stores

from foretell.ground.relation import Relation
from foretell.ground.stores import store_in
from foretell.validation.guard import answer_guard
from foretell.warehouse.duckdb import DuckDBWarehouse

if TYPE_CHECKING:
    from pathlib import Path

PLACE = Relation("memory", "main", "")
SUITE = """
relation: {model}
expectations:
  - type: expect_column_values_to_be_between
    kwargs: {{column: visits, max_value: 7}}
    description: Nobody comes more than once a day
  - type: expect_column_max_to_be_between
    kwargs: {{column: visits, max_value: 5}}
    severity: warning
  - type: expect_column_min_to_be_between
    kwargs: {{column: visits, min_value: 1}}
    severity: info
  - type: expect_column_values_to_not_be_null
    kwargs: {{column: town}}
"""


class Asked:
    """A table of ten visitors, and what the dbt test of it answers."""

    def __init__(self, folder: Path, *, rows: int = 10) -> None:
        self.folder = folder
        self.warehouse = DuckDBWarehouse(duckdb.connect())
        make_stores(self.warehouse, PLACE)
        self.warehouse.execute(
            "create table fct_visits as select m as visits, 'Ulm' as town "
            f"from range({rows}) as members(m)"
        )

    def answer(self, suite: str | None, **changed: Any) -> dict[str, Any]:
        path = self.folder / "expectations" / "fct_visits.yml"
        path.parent.mkdir(exist_ok=True)
        if suite is not None:
            path.write_text(suite, encoding="utf-8")
        place = {"database": "memory", "schema": "main"}
        said = {
            "model": "fct_visits",
            "relation": place | {"name": "fct_visits"},
            "stores": place,
            "suite": str(path),
            "today": "2025-08-01",
            "invocation_id": "one",
            "secret": [],
            "keep": True,
        }
        found: dict[str, Any] = json.loads(answer_guard(self.warehouse, json.dumps(said | changed)))
        return found

    def kept(self) -> list[tuple[Any, ...]]:
        return self.warehouse.rows(
            "select run_id, invocation_id, prediction, stage, expectation, status, severity, "
            f"cast(today as varchar) from {store_in(PLACE, 'validation_results')} order by all"
        )


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    return Asked(tmp_path)


def test_what_fails_is_told_and_all_is_on_record(asked: Asked) -> None:
    found = asked.answer(SUITE.format(model="fct_visits"))
    assert found["refused"] is None
    assert [
        (one["severity"], one["expectation"], one["column_name"], one["status"], one["observed"])
        for one in found["failed"]
    ] == [
        ("critical", "Nobody comes more than once a day", "visits", "fail", "2 of 10 rows"),
        ("warning", "expect_column_max_to_be_between", "visits", "fail", "9"),
        ("info", "expect_column_min_to_be_between", "visits", "fail", "0"),
    ]
    rows = asked.kept()
    assert {one[:4] + one[7:] for one in rows} == {
        ("one.fct_visits", "one", "fct_visits", "relation", "2025-08-01")
    }
    assert [one[4:7] for one in rows] == [
        ("expect_column_max_to_be_between", "fail", "warning"),
        ("expect_column_min_to_be_between", "fail", "info"),
        ("expect_column_values_to_be_between", "fail", "critical"),
        ("expect_column_values_to_not_be_null", "pass", "critical"),
    ]


def test_results_of_a_sample_are_not_kept(asked: Asked) -> None:
    assert len(asked.answer(SUITE.format(model="fct_visits"), keep=False)["failed"]) == 3
    assert asked.kept() == []


@pytest.mark.parametrize(
    ("suite", "phrase"),
    [
        (None, "there is no such file"),
        (SUITE.format(model="fct_calls"), "it says `relation: fct_calls`"),
        ("input: []", "it says none"),
        (
            "relation: fct_visits\nexpectations:\n"
            "  - type: expect_column_values_to_not_be_null\n"
            "    kwargs: {column: town}\n    rows: newest\n",
            "fct_visits.yml:3: `rows: newest` is for predictions",
        ),
        (
            "relation: fct_visits\nexpectations:\n"
            "  - type: expect_column_values_to_not_be_null\n    kwargs: {column: street}\n",
            "there is no column street; there are [visits, town]",
        ),
    ],
)
def test_a_suite_that_cannot_be_judged_by_is_refused(
    asked: Asked, suite: str | None, phrase: str
) -> None:
    found = asked.answer(suite)
    assert phrase in found["refused"]
    assert found["failed"] == []
    assert asked.kept() == []


def test_of_no_rows_only_their_number_can_be_judged(tmp_path: Path) -> None:
    asked = Asked(tmp_path, rows=0)
    count = "  - type: expect_table_row_count_to_be_between\n    kwargs: {min_value: 1}\n"
    suite = f"relation: fct_visits\nexpectations:\n{count}"
    (failed,) = asked.answer(suite)["failed"]
    assert failed["observed"] == "0"
    both = suite + "  - type: expect_column_values_to_not_be_null\n    kwargs: {column: town}\n"
    said = asked.answer(both)["refused"]
    assert "fct_visits.yml:5: fct_visits has no rows, so nothing can be said of them" in said


def test_a_number_of_rows_is_judged_beside_the_rows(asked: Asked) -> None:
    suite = (
        "relation: fct_visits\nexpectations:\n"
        "  - type: expect_table_row_count_to_be_between\n    kwargs: {min_value: 10}\n"
        "  - type: expect_column_values_to_not_be_null\n    kwargs: {column: town}\n"
    )
    assert asked.answer(suite) == {"refused": None, "failed": []}


def test_large_numbers_are_readable(tmp_path: Path) -> None:
    suite = (
        "relation: fct_visits\nexpectations:\n"
        "  - type: expect_table_row_count_to_equal\n    kwargs: {value: 10}\n"
        "  - type: expect_column_mean_to_be_between\n"
        "    kwargs: {column: visits, max_value: 10}\n"
        "  - type: expect_column_values_to_be_between\n"
        "    kwargs: {column: visits, max_value: 10}\n"
    )
    many = Asked(tmp_path, rows=23_456).answer(suite)["failed"]
    assert [one["observed"] for one in many] == ["23,456", "11,728", "23,445 of 23,456 rows"]
    few = Asked(tmp_path, rows=32).answer(suite)["failed"]
    assert [one["observed"] for one in few] == ["32", "15.5", "21 of 32 rows"]
