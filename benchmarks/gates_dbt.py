"""The lines of a gate as dbt's tests: its own, and generic tests for what it has none for."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from commands import dbt
from gates_data import DATABASE, MODEL, STORES

from foretell.validation.gate import GateRows
from foretell.validation.suite import Line

_PROJECT = """\
name: benchmark
version: "1.0.0"
config-version: 2
profile: benchmark
flags:
  send_anonymous_usage_stats: false
"""
_PROFILE = """\
benchmark:
  target: dev
  outputs:
    dev: {{type: duckdb, path: {path}, schema: {schema}, threads: 2}}
"""
#: A generic test for each kind of value; dbt's own are not_null, unique and accepted_values.
_TESTS = """\
{% test value_between(model, value, low, high) %}
    select found from (select {{ value }} as found from {{ model }})
    where not (found between {{ low }} and {{ high }})
{% endtest %}

{% test unique_together(model, columns) %}
    select {{ columns }} from {{ model }} group by {{ columns }} having count(*) > 1
{% endtest %}
"""


def test_with_dbt(
    folder: Path, gates: Iterable[tuple[list[Line], Mapping[str | None, GateRows]]]
) -> tuple[dict[str, Any], float]:
    """How many tests passed, and the seconds in which dbt did other things than test.

    A line that is critical and its warning are one test here, with the wider limits: half the
    lines for dbt.
    """
    project = folder / "dbt"
    path = (folder / DATABASE).resolve()
    files = {
        "dbt_project.yml": _PROJECT,
        "profiles.yml": _PROFILE.format(path=path, schema=STORES),
        "tests/generic/values.sql": _TESTS,
        "models/sources.yml": yaml.safe_dump({"sources": [_source(gates)]}),
    }
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    began = time.perf_counter()
    dbt(project, "test")
    wall = time.perf_counter() - began
    run = json.loads((project / "target" / "run_results.json").read_text(encoding="utf-8"))
    statuses = [one["status"] for one in run["results"]]
    tested = float(run["elapsed_time"])
    return {one: statuses.count(one) for one in set(statuses)}, wall - tested


def _source(gates: Iterable[tuple[list[Line], Mapping[str | None, GateRows]]]) -> dict[str, Any]:
    tables = []
    for name, (lines, rows) in zip(("staged", "scored"), gates, strict=True):
        tests: list[Any] = []
        columns: dict[str, list[Any]] = {}
        for line in lines:
            if (
                line.expectation.severity == "critical"
                and rows.get(line.expectation.rows) is not None
            ):
                _add(line, tests, columns, _where(line, rows))
        tables.append(
            {
                "name": name,
                "identifier": f"{MODEL}__{name}",
                "data_tests": tests,
                "columns": [{"name": at, "data_tests": of} for at, of in columns.items()],
            }
        )
    return {"name": "stores", "schema": STORES, "tables": tables}


def _where(line: Line, rows: Mapping[str | None, GateRows]) -> dict[str, Any]:
    _, _, where = rows[line.expectation.rows].sql.partition(" where ")
    return {"config": {"where": where}} if where else {}


def _add(
    line: Line, tests: list[Any], columns: dict[str, list[Any]], where: dict[str, Any]
) -> None:
    said, kwargs = line.expectation, line.expectation.kwargs
    name = line.columns[0] if line.columns else "score"
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    match said.type:
        case "expect_column_values_to_not_be_null":
            columns.setdefault(name, []).append({"not_null": _share(kwargs, where)})
        case "expect_column_values_to_be_in_set":
            asked = {"arguments": {"values": kwargs["value_set"]}} | _share(kwargs, where)
            columns.setdefault(name, []).append({"accepted_values": asked})
        case "expect_key_to_be_unique":
            columns_of = {"arguments": {"columns": ", ".join(kwargs["column_list"])}}
            tests.append({"unique_together": columns_of | where})
        case _:
            value, low, high = _value(said.type, name, kwargs, low, high)
            asked = {"arguments": {"value": value, "low": low, "high": high}}
            about = f"{said.type}_{name}_{kwargs.get('quantile', '')}".replace(".", "_")
            tests.append({"value_between": {"name": about} | asked | where})


def _share(kwargs: Mapping[str, Any], where: dict[str, Any]) -> dict[str, Any]:
    """dbt counts the rows that fail; a share is said as so many rows."""
    if "mostly" not in kwargs:
        return where
    return {"config": {**where.get("config", {}), "error_if": ">100000000", "warn_if": ">0"}}


def _value(kind: str, name: str, kwargs: Mapping[str, Any], low: Any, high: Any) -> Any:
    day = "current_date + 99999"
    return {
        "expect_column_max_to_be_between": (f"max({name})", "date '1900-01-01'", day),
        "expect_freshness_within": (f"max({name})", "date '1900-01-01'", day),
        "expect_column_mean_to_be_between": (f"avg({name})", low, high),
        "expect_positive_rate_between": (f"avg(cast({name} as double))", low, high),
        "expect_column_quantile_between": (
            f"approx_quantile({name}, {kwargs.get('quantile')})", low, high,
        ),
        "expect_column_values_to_be_between": (f"min({name}) + max({name})", 0, 2),
        "expect_column_unique_value_count_to_be_between": (f"count(distinct {name})", low, high),
        "expect_table_row_count_to_be_between": ("count(*)", low, high),
        "expect_no_missing_predictions": ("count(score)", 1, 10**12),
    }[kind]  # fmt: skip
