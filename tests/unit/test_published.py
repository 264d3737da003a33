"""The columns of a published prediction: one description for all who write or read them."""

from __future__ import annotations

import duckdb
import pytest
from made import make_spec

from foretell.published import IS_LATEST, columns_of, is_taken, select_none, view_columns

TASKS = [
    ({"task": "binary"}, ["score", "is_named"]),
    ({"task": "binary", "value": {"true_positive": 4, "false_positive": -1}},
     ["score", "is_named", "expected_value"]),
    ({"task": "multiclass"}, ["predicted", "score"]),
    ({"task": "regression", "metric": ...}, ["score", "score_lower", "score_upper"]),
]  # fmt: skip


@pytest.mark.parametrize(("said", "scores"), TASKS)
def test_columns_stand_in_the_order_of_the_view(said: dict[str, object], scores: list[str]) -> None:
    spec = make_spec(**said, slices=["plan", "member_id"], reasons=2)
    shown = [one.name for one in columns_of(spec) if one.is_in_view]
    assert shown == [
        *("member_id", "as_of_date", *scores, "reason_1", "reason_2", "plan"),
        *("model_version", "origin", "scored_at", "matures_at"),
    ]
    history = [one.name for one in columns_of(spec)]
    assert ["member_id", "as_of_date", *view_columns(spec, history)] == shown


def test_what_earlier_specs_published_stays_in_the_view() -> None:
    spec = make_spec(reasons=1)
    history = ["member_id", "as_of_date", "score", "is_named", "expected_value", "reason_1"]
    history += ["reason_2", "plan", "origin", "today", "run_id"]
    assert view_columns(spec, history) == [
        *("score", "is_named", "expected_value", "reason_1", "reason_2"),
        *("model_version", "origin", "scored_at", "matures_at"),
    ]


@pytest.mark.parametrize("flat", [True, False])
def test_no_rows_have_the_types_of_the_training_query(flat: bool) -> None:
    spec = make_spec(slices=["select"], **({"as_of": ..., "horizon": ...} if flat else {}))
    key = "'x' as member_id" + ("" if flat else ", timestamp '2025-01-01' as as_of_date")
    source = f'(select {key}, 1 as "select", true as has_quit)'
    sql = select_none([*columns_of(spec), IS_LATEST], source, flat=flat)
    made = duckdb.sql(sql)
    types = dict(zip(made.columns, map(str, made.types), strict=True))
    assert made.fetchall() == []
    assert (types["member_id"], types["select"]) == ("VARCHAR", "INTEGER")
    assert types["as_of_date"] == ("DATE" if flat else "TIMESTAMP")
    assert (types["score"], types["is_latest"]) == ("DOUBLE", "BOOLEAN")
    assert (types["model_version"], types["today"]) == ("INTEGER", "DATE")


@pytest.mark.parametrize(
    "name", ["score", "SCORE", "reason_9", "score_gold", "is_latest", "run_id"]
)
def test_names_of_its_columns_are_taken(name: str) -> None:
    assert is_taken(name)
    assert not is_taken(f"my_{name}")
