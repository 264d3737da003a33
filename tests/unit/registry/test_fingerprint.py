"""Fingerprints change with meaning and with nothing else."""

from __future__ import annotations

from datetime import datetime

import pytest

from foretell.registry.fingerprint import (
    features_fingerprint,
    query_fingerprint,
    spec_fingerprint,
)
from foretell.spec import PredictionSpec

NOW = datetime(2025, 8, 1, 14)
SQL = """
with visits as (select member_id, visited_at from "gym"."prod"."fct_visits")
select member_id, visited_at < cast('2025-08-01' as date) as is_past,
    visited_at < cast('2025-08-01 14:00:00' as timestamp) as is_over, 'a -- b' as note
from visits where minutes > 20
"""


def changed(old: str, new: str, *, instant: datetime = NOW) -> bool:
    assert old in SQL
    new_sql = SQL.replace(old, new)
    return query_fingerprint(new_sql, instant=instant, dialect="duckdb") != query_fingerprint(
        SQL, instant=NOW, dialect="duckdb"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from visits", "from    visits\n\t"),
        ("from visits", "-- who came\nfrom visits"),
        ("from visits", "/* who\n came */ from visits"),
        ('"gym"."prod".', '"club"."dev_anna".'),
        ('"gym"."prod".', '"dev"."with ""quotes"""' + "."),
    ],
    ids=["white space", "line comment", "block comment", "schema", "quoted schema"],
)
def test_what_does_not_change_meaning_changes_nothing(old: str, new: str) -> None:
    assert not changed(old, new)


def test_when_the_run_stands_changes_nothing() -> None:
    assert changed("2025-08-01", "2026-01-31", instant=datetime(2026, 1, 31))
    assert not changed("2025-08-01", "2026-01-31", instant=datetime(2026, 1, 31, 14))
    assert not changed(
        "2025-08-01 14:00:00", "2025-08-01 16:30:00", instant=datetime(2025, 8, 1, 16, 30)
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("> 20", "> 21"),
        ("2025-08-01", "2025-07-01"),
        ("'a -- b'", "'a -- c'"),
        ("'a -- b'", "'a'"),
        ('"fct_visits"', '"fct_calls"'),
        ("is_past", "was_past"),
    ],
    ids=["number", "another date", "text", "text before dashes", "relation", "name"],
)
def test_what_changes_meaning_changes_the_fingerprint(old: str, new: str) -> None:
    assert changed(old, new)


def test_features_are_a_set_of_definitions() -> None:
    one = features_fingerprint({"a": "1", "b": "2"})
    assert one == features_fingerprint({"b": "2", "a": "1"})
    assert one != features_fingerprint({"a": "1", "b": "2", "c": "3"})
    assert one != features_fingerprint({"a": "1", "b": "3"})


def spec(**changes: object) -> PredictionSpec:
    said = {
        "task": "binary",
        "entity": "member_id",
        "as_of": "as_of_date",
        "label": "has_quit",
        "horizon": "30 days",
    }
    return PredictionSpec.model_validate(said | changes)


def test_a_spec_that_learns_the_same_has_the_same_fingerprint() -> None:
    one = spec_fingerprint(spec())
    assert spec_fingerprint(spec(reasons=1, value={"capacity": 5})) == one
    assert spec_fingerprint(spec(settle="0 days")) == one
    assert spec_fingerprint(spec(leakage={"on_finding": "refuse"})) == one
    assert spec_fingerprint(spec(horizon="28 days")) != one
    assert spec_fingerprint(spec(never_use={"columns": ["a"]})) != one
    assert spec_fingerprint(spec(metric="brier")) != one


def test_what_was_put_on_record_by_earlier_releases_stays_comparable() -> None:
    now = """
    visited_at < cast('2025-08-01 14:00:00' as timestamp) as is_over,"""
    of_0_1 = SQL.replace(now, "")
    assert query_fingerprint(of_0_1, instant=NOW, dialect="duckdb") == "3f1cd971ce2591ee"


@pytest.mark.parametrize(
    "default",
    [
        {"metric": "log_loss"}, {"candidates": "auto"}, {"predicts": None}, {"slices": []},
        {"promote": {"confidence": 0.9, "approve": "auto", "guards": {}}}, {"reasons": 3},
    ],
)  # fmt: skip
def test_saying_a_default_changes_nothing(default: dict[str, object]) -> None:
    assert spec_fingerprint(spec(**default)) == spec_fingerprint(spec())


def test_tasks_learn_otherwise() -> None:
    mean = spec_fingerprint(spec(task="regression"))
    assert mean == spec_fingerprint(spec(task="regression", metric="rmse", predicts="mean"))
    median = spec_fingerprint(spec(task="regression", predicts="median"))
    assert median == spec_fingerprint(spec(task="regression", metric="mae"))
    flat = spec_fingerprint(spec(as_of=None, horizon=None))
    several = spec_fingerprint(spec(task="multiclass"))
    assert len({mean, median, flat, several, spec_fingerprint(spec())}) == 5
