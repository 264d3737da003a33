"""The data test foretell.no_future_rows: which rows fail it, and what it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from portable import make_lab
from project import TODAY

if TYPE_CHECKING:
    from project import Project

#: Rows around the run's date: the last moment before it, its first moment, a later one, no time.
ROWS_SQL = f"""
select 1 as customer_id, happened_at::{{type}} as happened_at, known_at::{{type}} as known_at
from (
    values
    (timestamp '{TODAY}' - interval '1 second', timestamp '{TODAY}' - interval '1 second'),
    (timestamp '{TODAY}', timestamp '{TODAY}' - interval '1 second'),
    (timestamp '{TODAY}' + interval '2 days', null),
    (timestamp '2025-01-01', timestamp '{TODAY}'),
    (null, null)
) as rows_of (happened_at, known_at)
"""
EVENTS = {
    "kind": "events",
    "entity": "customer_id",
    "time": "happened_at",
    "windows": ["7 days"],
    "aggregations": [{"agg": "count"}],
}
STATES = {"kind": "states", "entity": "customer_id", "time": "happened_at", "features": ["x"]}
SPINE = {"kind": "spine", "entity": "customer_id", "as_of": "happened_at", "features": ["x"]}
STATIC = {"kind": "static", "entity": "customer_id", "features": ["x"]}
#: A test's name, the view's declaration, the test's arguments, and how many rows fail it.
FAILING: dict[str, tuple[object, dict[str, Any], int]] = {
    "events": (EVENTS, {}, 2),
    "events_known_later": (EVENTS | {"known_at": "known_at"}, {}, 3),
    "states": (STATES, {}, 2),
    "as_of_may_be_today": (SPINE, {}, 1),
    "column": (None, {"column": "happened_at"}, 2),
    "column_of_a_view": (EVENTS, {"column": "known_at"}, 1),
}
#: What must be refused, and with which words.
REFUSED: dict[str, tuple[object, dict[str, Any], tuple[str, ...]]] = {
    "static": (STATIC, {}, ("is of kind static", "has no time", "remove the test")),
    "no_view": (None, {}, ("without `feature_view`", "`arguments: {column: sold_at}`")),
    "bad_view": (EVENTS | {"kind": "event"}, {}, ("`kind: event`", "spine, events, states")),
}


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    on_postgres = request.param == "postgres"
    server = request.getfixturevalue("postgres_server") if on_postgres else None
    lab = make_lab(tmp_path_factory.mktemp(f"future_{request.param}") / "lab", server)
    assert lab.dbt("deps").returncode == 0
    return lab


@pytest.fixture(scope="module")
def results(lab: Project) -> dict[str, Any]:
    """dbt's result of each test, from one build, once with timestamps and once with dates."""
    models: list[dict[str, Any]] = []
    for name, (declared, arguments, _) in (FAILING | REFUSED).items():
        for kind in ("timestamp", "date"):
            model = f"future_{name}_{kind}"
            lab.write(f"models/future/{model}.sql", ROWS_SQL.format(type=kind))
            said = {"foretell.no_future_rows": {"name": model, "arguments": arguments}}
            meta = {"feature_view": declared} if declared else {}
            models.append({"name": model, "config": {"meta": meta}, "data_tests": [said]})
    model = "future_under_a_column"
    lab.write(f"models/future/{model}.sql", ROWS_SQL.format(type="timestamp"))
    column = {"name": "happened_at", "data_tests": ["foretell.no_future_rows"]}
    models.append({"name": model, "columns": [column]})
    lab.write("models/future/future.yml", json.dumps({"models": models}))
    done = lab.dbt("build", "--select", "future_*")
    assert done.returncode == 1, done.stdout
    found = json.loads((lab.folder / "target" / "run_results.json").read_text(encoding="utf-8"))
    return {
        one["unique_id"].split(".")[2]: one
        for one in found["results"]
        if one["unique_id"].startswith("test.")
    }


@pytest.mark.parametrize("kind", ["timestamp", "date"])
@pytest.mark.parametrize("name", FAILING)
def test_rows_from_the_runs_date_on_fail(results: dict[str, Any], name: str, kind: str) -> None:
    one = results[f"future_{name}_{kind}"]
    assert (one["status"], one["failures"]) == ("fail", FAILING[name][2]), one["message"]
    assert f"could have known on {TODAY}" in one["compiled_code"]


def test_a_column_may_carry_the_test(results: dict[str, Any]) -> None:
    one = results["foretell_no_future_rows_future_under_a_column_happened_at"]
    assert (one["status"], one["failures"]) == ("fail", 2)


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_time_is_refused_by_name(results: dict[str, Any], name: str) -> None:
    said = results.get(f"future_{name}_date", {}).get("message", "")
    for phrase in REFUSED[name][2]:
        assert phrase in " ".join(said.split())


def test_a_list_of_columns_is_refused_as_dbt_parses(results: dict[str, Any], lab: Project) -> None:
    assert results
    lab.replace("models/future/future.yml", '"column": "happened_at"', '"column": ["happened_at"]')
    said = " ".join(lab.dbt("parse").stdout.split())
    assert "foretell.no_future_rows: `column` is ['happened_at']" in said
    assert "must be the name of one column" in said
