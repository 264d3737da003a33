"""The unit test that foretell writes for an as-of boundary: it passes as pasted, and guards."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import yaml

from foretell.resources import dbt_package_dir
from portable import make_lab

if TYPE_CHECKING:
    from pathlib import Path

    from project import Project

#: A view whose SQL draws the boundary itself, and a prediction of dates and odd types.
RECENCY_SQL = """
select
    spine.customer_id,
    spine.as_of_at,
    count(orders.amount) as orders,
    min(orders.amount) as lowest_amount,
    max(orders.amount) filter (where orders.product = 'value_2') as tea_amount
from {{ ref('as_of_customer') }} as spine
left join {{ ref('fct_orders') }} as orders
    on spine.customer_id = orders.customer_id and spine.as_of_at > orders.ordered_at
group by spine.customer_id, spine.as_of_at
"""
ORDERS_SQL = """
select 1 as customer_id, timestamp '2025-01-01' as ordered_at, 2.5 as amount, 'tea' as product
"""
PREDICTION_SQL = """
{{ config(materialized='prediction') }}

with labelled as (
    select customer_id, as_of_at, as_of_at + {{ foretell.horizon() }} > as_of_at as is_later
    from {{ ref('as_of_customer') }}
)

{{ foretell.join_features('labelled', [ref('feat_customer__days')]) }}
"""
DAYS_SQL = """
select
    1 as customer_id, date '2025-01-01' as day, 2.5 as amount, 3::utinyint as "select", true as flag
"""
#: Joined through a key that another input brings, beside an input that is ephemeral.
STAFF_SQL = """
select 'eu-7' as store_id, timestamp '2025-01-01' as at, 4 as people, [1] as names
"""
CUSTOMERS_SQL = "select 1 as customer_id, 'eu-7' as home_store_id"
NOTES_SQL = "{{ config(materialized='ephemeral') }} select 1 as customer_id, 'x' as note"
STAFFED_SQL = """
with labelled as (
    select spine.customer_id, spine.as_of_at, customers.home_store_id, notes.note
    from {{ ref('as_of_customer') }} as spine
    inner join {{ ref('dim_customers') }} as customers using (customer_id)
    left join {{ ref('notes') }} as notes using (customer_id)
)

{{ foretell.join_features(
    'labelled', [ref('feat_store__staff')], entity='customer_id', as_of='as_of_at'
) }}
"""
DECLARED = {
    "models": [
        {"name": "notes", "columns": [{"name": "customer_id"}, {"name": "note"}]},
        {
            "name": "feat_store__staff",
            "config": {
                "meta": {
                    "feature_view": {
                        "kind": "states",
                        "entity": "store_id",
                        "via": "home_store_id",
                        "time": "at",
                        "features": ["people", "names"],
                    }
                }
            },
        },
        {
            "name": "feat_customer__recency",
            "config": {
                "meta": {
                    "feature_view": {
                        "kind": "spine",
                        "entity": "customer_id",
                        "as_of": "as_of_at",
                        "features": ["orders", "lowest_amount", "tea_amount"],
                    }
                }
            },
        },
        {
            # Dates, a window of hours, and an aggregation that only a lower value would change.
            "name": "feat_customer__days",
            "config": {
                "meta": {
                    "feature_view": {
                        "kind": "events",
                        "entity": "customer_id",
                        "time": "day",
                        "windows": ["12 hours", "3 days"],
                        "aggregations": [
                            {"agg": "count"},
                            {"agg": "trend"},
                            {"agg": "min", "column": "amount"},
                            {"agg": "max", "column": "flag"},
                            {"agg": "sum", "column": "select", "name": "chosen"},
                        ],
                    }
                }
            },
        },
        {
            "name": "pred_customer__later",
            "config": {
                "meta": {
                    "prediction": {
                        "task": "binary",
                        "entity": "customer_id",
                        "as_of": "as_of_at",
                        "label": "is_later",
                        "horizon": "7 days",
                    }
                }
            },
        },
    ]
}
WRITE_REST = """
{% macro write_rest() %}
    {% for view in var('views') %}
        {% do print('---') %}
        {% do foretell.write_boundary_test(view) %}
    {% endfor %}
{% endmacro %}
"""
VIEWS = {
    "feat_customer__orders": "joined",
    "feat_customer__returns": "joined",
    "feat_customer__plans": "joined",
    "feat_customer__ratings": "joined",
    "feat_store__visits": "joined",
    "feat_customer__days": "pred_customer__later",
    "feat_store__staff": "staffed",
    "feat_customer__recency": "feat_customer__recency",
}


@dataclass(frozen=True)
class Lab:
    """The lab with a package of its own, and what was written for each view."""

    project: Project
    package: Path
    written: dict[str, str]

    def unit_tests(self) -> dict[str, str]:
        """Run all unit tests; the status of each by its name."""
        self.project.dbt("test", "--select", "test_type:unit")
        results = self.project.folder / "target" / "run_results.json"
        found = json.loads(results.read_text(encoding="utf-8"))["results"]
        return {
            one["unique_id"].split(".")[-1]: one["status"]
            for one in found
            if one["unique_id"].startswith("unit_test.")
        }


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    folder = tmp_path_factory.mktemp(f"boundary_{request.param}")
    package = folder / "package"
    shutil.copytree(dbt_package_dir(), package)
    on_postgres = request.param == "postgres"
    server = request.getfixturevalue("postgres_server") if on_postgres else None
    project = make_lab(folder / "lab", server, package=package)
    project.write("models/feat_customer__recency.sql", RECENCY_SQL)
    days, staff = DAYS_SQL, STAFF_SQL
    if on_postgres:
        # dbt-postgres has no unit tests of relations with arrays: it casts to a type ARRAY.
        days = days.replace("utinyint", "smallint")
        staff = staff.replace("[1]", "cast('[1]' as jsonb)")
    project.write("models/feat_customer__days.sql", days)
    project.write("models/fct_orders.sql", ORDERS_SQL)
    project.write("models/pred_customer__later.sql", PREDICTION_SQL)
    project.write("models/feat_store__staff.sql", staff)
    project.write("models/dim_customers.sql", CUSTOMERS_SQL)
    project.write("models/notes.sql", NOTES_SQL)
    project.write("models/staffed.sql", STAFFED_SQL)
    project.write("models/more.yml", json.dumps(DECLARED))
    project.write("macros/write_rest.sql", WRITE_REST)
    assert project.dbt("deps").returncode == 0
    project.build("--exclude", "pred_customer__later")
    operation = ("--quiet", "run-operation")
    first, *rest = VIEWS
    done = project.dbt(*operation, "foretell.write_boundary_test", "--args", f"{{view: {first}}}")
    assert done.returncode == 0, done.stdout
    written = [done.stdout]
    done = project.dbt(*operation, "write_rest", "--vars", json.dumps({"views": rest}))
    assert done.returncode == 0, done.stdout
    written += done.stdout.split("---\n")[1:]
    for view, text in zip(VIEWS, written, strict=True):
        project.write(f"models/pasted_{view}.yml", text)
    return Lab(project, package, dict(zip(VIEWS, written, strict=True)))


def name_of(text: str) -> str:
    (test,) = yaml.safe_load(text)["unit_tests"]
    return str(test["name"])


def test_each_names_its_view_and_passes_as_pasted(lab: Lab) -> None:
    for view, text in lab.written.items():
        (test,) = yaml.safe_load(text)["unit_tests"]
        assert test["model"] == VIEWS[view]
        assert view in test["description"]
    assert lab.unit_tests() == {name_of(text): "pass" for text in lab.written.values()}


@pytest.mark.parametrize(
    ("mistakes", "guards"),
    [
        (
            {
                "foretell_as_of > ": "foretell_as_of >= ",
                # Where as-of times and rows are walked through in one order.
                "order by foretell_order, foretell_at is not null\n                rows": (
                    "order by foretell_order, foretell_at is null\n                rows"
                ),
            },
            set(VIEWS) - {"feat_customer__recency"},
        ),
        (
            {"foretell_as_of > events.foretell_known": "foretell_as_of >= events.foretell_known"},
            {"feat_customer__returns"},
        ),
    ],
    ids=["rows dated at the as-of time", "rows known at the as-of time"],
)
def test_they_fail_when_the_engine_sees(
    lab: Lab, mistakes: dict[str, str], guards: set[str]
) -> None:
    folder = lab.package / "macros" / "features"
    whole = {folder / file: "" for file in ("_events.sql", "_states.sql")}
    try:
        for path in whole:
            text = whole[path] = path.read_text(encoding="utf-8")
            for right, wrong in mistakes.items():
                text = text.replace(right, wrong)
            path.write_text(text, encoding="utf-8")
        both = "".join(whole.values())
        assert all(right in both for right in mistakes), "a mistake changes nothing"
        statuses = lab.unit_tests()
    finally:
        for path, text in whole.items():
            path.write_text(text, encoding="utf-8")
    failed = {view for view, text in lab.written.items() if statuses[name_of(text)] == "fail"}
    assert failed == guards


def test_a_view_that_draws_the_boundary_itself_is_guarded_too(lab: Lab) -> None:
    view = "models/feat_customer__recency.sql"
    lab.project.replace(view, "spine.as_of_at > ", "spine.as_of_at >= ")
    try:
        failed = [name for name, status in lab.unit_tests().items() if status == "fail"]
        done = lab.project.dbt(
            "--quiet",
            "run-operation",
            "foretell.write_boundary_test",
            "--args",
            "{view: feat_customer__recency}",
        )
    finally:
        lab.project.replace(view, "spine.as_of_at >= ", "spine.as_of_at > ")
    assert failed == ["recency_from_the_as_of_time_on_are_invisible"]
    assert "IT FAILS NOW, as it should" in done.stdout
    assert "change orders" in done.stdout


def test_what_it_does_not_prove_is_said(lab: Lab) -> None:
    orders = lab.written["feat_customer__orders"]
    assert "# left out: orders_big_online_4w, which has a `where`" in orders
    assert "orders_big_online_4w:" not in orders
    assert "# left out: staff_names, for whose type" in lab.written["feat_store__staff"]
    assert "Not proven by these rows" in lab.written["feat_customer__recency"]
    assert "tea_amount." in lab.written["feat_customer__recency"]


def test_a_view_without_a_boundary_is_refused(lab: Lab) -> None:
    done = lab.project.dbt(
        "run-operation",
        "foretell.write_boundary_test",
        "--args",
        "{view: feat_customer__person}",
    )
    assert done.returncode != 0
    assert "feat_customer__person is of kind static" in done.stdout
    assert "kind states with a `time`" in done.stdout


def test_a_column_whose_name_dbt_would_render_is_refused(lab: Lab) -> None:
    lab.project.change("alter table shop.fct_orders add column \"{{ env_var('HOME') }}\" integer")
    done = lab.project.dbt(
        "run-operation",
        "foretell.write_boundary_test",
        "--args",
        "{view: feat_customer__recency}",
    )
    assert done.returncode != 0
    said = " ".join(done.stdout.split())
    assert "fct_orders has a column that is called" in said
    assert "env_var" in said
