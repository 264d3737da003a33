"""Feature views that cannot be joined: each is refused as dbt compiles, by name and with reason."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from project import ROOT, Project

VIEW_SQL = """
select
    1 as customer_id, timestamp '2025-01-01' as happened_at, '2025' as year_of,
    now() as noted_at, 'x' as note, 2.5 as amount
"""
JOINED_SQL = """
with labelled as (
    select customer_id, as_of_at from {{{{ ref('as_of_customer') }}}}
)

{{{{ foretell.join_features('labelled', [{views}], entity='customer_id', as_of='as_of_at') }}}}
"""
EVENTS = {
    "kind": "events",
    "entity": "customer_id",
    "time": "happened_at",
    "windows": ["7 days"],
    "aggregations": [{"agg": "count"}],
}
SPINE = {"kind": "spine", "entity": "customer_id", "as_of": "happened_at", "features": ["amount"]}
#: A declaration, and what its refusal must say beside the view's name.
MISTAKES: dict[str, tuple[object, tuple[str, ...]]] = {
    "no_time": (
        {key: EVENTS[key] for key in EVENTS if key != "time"},
        ("(kind events) has no `time`", "it has [kind, entity, windows, aggregations]"),
    ),
    "time_is_no_column": (
        EVENTS | {"time": "ordered_at"},
        ("no column ordered_at (`time: ordered_at`)", "it has [customer_id, happened_at"),
    ),
    "time_is_text": (
        EVENTS | {"time": "year_of"},
        ("year_of (`time`) of type", "must be a date or a timestamp"),
    ),
    "time_with_zone": (
        EVENTS | {"time": "noted_at"},
        ("reads differently in each session's time zone", "noted_at at time zone 'UTC'"),
    ),
    "as_of_is_text": (
        SPINE | {"as_of": "year_of"},
        ("year_of (`as_of`) of type", "must be a date or a timestamp"),
    ),
    "other_entity": (
        EVENTS | {"entity": "shop_id"},
        ("is about shop_id", "rows of labelled are about customer_id", "add `via:`"),
    ),
    "unreadable_window": (
        EVENTS | {"windows": ["a month"]},
        ("window `a month`", "no length of time", "such as `28 days`"),
    ),
    "no_windows": (
        EVENTS | {"windows": []},
        ("no windows for the aggregation", "windows: [7 days, 28 days]"),
    ),
    "sum_of_text": (
        EVENTS | {"aggregations": [{"agg": "sum", "column": "note"}]},
        ("aggregates note with `sum`", "count_distinct takes any type"),
    ),
    "sum_of_nothing": (
        EVENTS | {"aggregations": [{"agg": "sum"}]},
        ("`sum` without `column`", "{agg: sum, column: amount_usd}"),
    ),
    "unknown_aggregation": (
        EVENTS | {"aggregations": [{"agg": "median", "column": "amount"}]},
        ("median", "with agg one of count, days_since_last, trend, sum"),
    ),
    "column_that_is_not_there": (
        SPINE | {"features": ["amuont"]},
        ("declares the feature column_that_is_not_there_amuont", "it has [customer_id"),
    ),
    "unknown_kind": (EVENTS | {"kind": "event"}, ("`kind: event`", "spine, events, states")),
    "unknown_key": (EVENTS | {"window": "7 days"}, ("unknown key `window`", "known are [kind")),
    "same_feature_twice": (
        EVENTS | {"aggregations": [{"agg": "count"}, {"agg": "count", "where": "amount > 1"}]},
        ("declares the feature same_feature_twice_count_7d twice", "a `name` of its own"),
    ),
    "not_a_mapping": ("events", ("says `events`", "at least kind and entity")),
    "not_a_view": (None, ("has no `feature_view` in its config.meta",)),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """dbt's message for each mistake, from one build."""
    folder = tmp_path_factory.mktemp("lab") / "lab"
    shutil.copytree(ROOT / "tests" / "projects" / "lab", folder)
    lab = Project(folder, folder / "lab.duckdb")
    models: list[dict[str, Any]] = []
    for mistake, (declared, _) in MISTAKES.items():
        view = f"feat_customer__{mistake}"
        lab.write(f"models/bad/{view}.sql", VIEW_SQL)
        joined = JOINED_SQL.format(views=f"ref('{view}')")
        lab.write(f"models/bad/joined_{mistake}.sql", joined)
        models.append({"name": view, "config": {"meta": {"feature_view": declared}}})
    both = ", ".join(f"ref('feat_customer__{name}')" for name in ("one", "other"))
    for name in ("one", "other"):
        view = f"feat_customer__{name}"
        lab.write(f"models/bad/{view}.sql", VIEW_SQL)
        declared = EVENTS | {"topic": "alike"}
        models.append({"name": view, "config": {"meta": {"feature_view": declared}}})
    lab.write("models/bad/joined_alike.sql", JOINED_SQL.format(views=both))
    # JSON is YAML.
    lab.write("models/bad/bad.yml", json.dumps({"models": models}))
    assert lab.dbt("deps").returncode == 0
    lab.build("--select", "as_of_customer", "feat_customer__*")
    lab.refused("--select", "joined_*")
    results = json.loads((folder / "target" / "run_results.json").read_text(encoding="utf-8"))
    return {
        one["unique_id"].split(".")[-1].removeprefix("joined_"): " ".join(one["message"].split())
        for one in results["results"]
        if one["status"] == "error"
    }


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_bad_view_is_refused_by_name(said: dict[str, str], mistake: str) -> None:
    for phrase in (f"feature view feat_customer__{mistake}", *MISTAKES[mistake][1]):
        assert phrase in said[mistake]


def test_two_views_may_not_contribute_one_name(said: dict[str, str]) -> None:
    for phrase in (
        "feature view feat_customer__other declares the feature alike_count_7d",
        "so does feat_customer__one",
        "another `topic`",
    ):
        assert phrase in said["alike"]
