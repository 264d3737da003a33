"""A refusal for want of labels is true: what it says is there, and the day that it promises."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest
from made import make_spec

from foretell.errors import DataError
from foretell.request import Request, read_request
from foretell.spec import PredictionSpec
from foretell.staging.stage import stage
from foretell.training.cutoffs import cutoffs_of
from foretell.training.rows import labelled_rows
from foretell.training.sufficient import check_sufficient
from foretell.warehouse.duckdb import DuckDBWarehouse


def request(sql: str, today: str) -> Request:
    place = {"database": "memory", "schema": "main"}
    empty = dict.fromkeys(("description", "invocation_id", "suite", "modules", "logs"), "")
    asked = {"train": False, "full_refresh": False, "reset": False, "gates": True}
    return read_request(
        json.dumps(
            empty
            | asked
            | {"prediction": "pred", "declared": {}, "views": [], "today": today}
            | {"file": "models/pred.yml", "sql": sql, "train_seconds": "600", "column_tags": {}}
            | {"relation": place | {"name": "pred"}, "stores": place, "champion_from": None}
        )
    )


def refusal(sql: str, today: str, **changed: Any) -> str | None:
    """What is said about the labels of a query's rows; None if they are enough."""
    spec: PredictionSpec = make_spec(**changed)
    asked, warehouse = request(sql, today), DuckDBWarehouse(duckdb.connect())
    staged = stage(asked, spec, warehouse)
    rows = labelled_rows(staged, warehouse)
    cutoffs = cutoffs_of(rows, is_flat=spec.is_flat).all
    try:
        check_sufficient(asked, staged, warehouse, rows, cutoffs)
    except DataError as refused:
        return str(refused)
    return None


def weekly(label: str, *, members: int = 40, weeks: int = 12, at: str = "") -> str:
    """A query for rows of some members on as many Mondays."""
    return (
        f"select m as member_id, date '2025-03-03' + cast(7 * w as integer) {at} as as_of_date, "
        f"hash(m, w) % 10 as visits, {label} as has_quit "
        f"from range({members}) as members(m), range({weeks}) as spine(w)"
    )


QUERIES: dict[str, tuple[str, dict[str, Any]]] = {
    "binary": (weekly("hash(m, w, 1) % 3 = 0"), {}),
    "rare": (weekly("hash(m, w, 1) % 15 = 0", weeks=30), {}),
    "by the hour": (weekly("hash(m, w, 1) % 3 = 0", at="+ interval '13 hours'"), {}),
    "often unknown": (
        weekly("case when m % 4 = 0 then hash(m, w, 1) % 3 = 0 end", weeks=40),
        {},
    ),
    "classes": (weekly("'c' || hash(m, w, 1) % 20", weeks=16), {"task": "multiclass"}),
    "numbers": (weekly("(hash(m, w, 1) % 90)::double"), {"task": "regression"}),
    "NaN": (
        weekly("case when m % 2 = 0 then 'nan'::double else hash(m, w, 1) % 9 end", weeks=20),
        {"task": "regression"},
    ),
}


@pytest.mark.parametrize("name", QUERIES)
def test_the_day_that_is_promised_cures_it(name: str) -> None:
    sql, spec = QUERIES[name]
    today = date(2025, 4, 21)
    promises = []
    while (said := refusal(sql, str(today), **spec)) is not None:
        found = re.search(r"there will be enough from (\S+)\.$", said)
        assert found, said
        assert date.fromisoformat(found[1]) > today
        today = date.fromisoformat(found[1])
        promises.append(today)
    assert 1 <= len(promises) <= 2, "outcomes that came otherwise than expected are told anew"
    assert promises[-1] - promises[0] <= timedelta(days=14)
    if name in ("binary", "by the hour", "numbers"):
        assert refusal(sql, str(today - timedelta(days=1)), **spec), "a day before was too soon"


def test_no_day_is_promised_that_cures_nothing() -> None:
    """Each member is a class of its own, which no as-of time that waits makes frequent enough."""
    sql = weekly("'c' || m", members=100, weeks=9).replace("7 * w", "14 * w")
    for today in ("2025-07-01", "2025-07-07"):
        said = refusal(sql, today, task="multiclass", horizon="14 days")
        assert said is not None
        rows = 8 if today == "2025-07-01" else 9
        assert f"{rows * 100} matured labels of 100 classes, the commonest with {rows} rows" in said
        assert "with at least two classes of 10 rows or more" in said
        assert "enough from" not in said
        assert "no date can be given" in said


def test_more_classes_than_can_be_told_apart_are_refused_however_many_rows() -> None:
    label = "'c' || hash(m, w, 1) % {}"
    sql = weekly(label.format(250), members=400)
    said = refusal(sql, "2025-07-01", task="multiclass", horizon="14 days")
    assert said is not None
    assert "matured labels of 250 classes" in said
    assert "One of at most 200 classes is predicted" in said
    assert "group what is rare" in said
    assert "enough from" not in said
    sql = weekly(label.format(200), members=400)
    assert refusal(sql, "2025-07-01", task="multiclass", horizon="14 days") is None


def test_a_label_that_is_never_known_is_to_blame_and_not_the_spine() -> None:
    sql = weekly("cast('nan' as double)")
    said = refusal(sql, "2025-07-01", task="regression", horizon="14 days")
    assert said is not None
    assert "The label has_quit of pred is null in all 480 rows that have matured" in said
    assert "Check it in its SQL" in said
    early = refusal(sql, "2025-03-20", task="regression", horizon="14 days")
    assert early is not None
    assert "has 0 matured labels" in early, "of few rows, all may be unknown by chance"


def test_no_day_is_promised_for_what_never_ends() -> None:
    ends = weekly("m % 3 = 0").replace("select ", "select date '9999-12-31' as ended, ", 1)
    said = refusal(ends, "2025-07-01", horizon=..., matures_at="ended")
    assert said is not None
    assert "no date can be given" in said


def test_without_any_outcome_a_day_is_told_with_its_condition() -> None:
    said = refusal(weekly("m % 3 = 0"), "2025-03-05")
    assert said is not None
    assert "has 0 matured labels" in said
    assert "If outcomes are evenly mixed, there will be enough from 2025-05-28" in said
    assert refusal(weekly("m % 2 = 0"), "2025-05-27") is not None
    assert refusal(weekly("m % 2 = 0"), "2025-05-28") is None


def test_a_flat_table_of_rare_classes_says_what_is_needed() -> None:
    sql = weekly("'c' || m", members=100, weeks=1).replace("as as_of_date", "as joined")
    said = refusal(sql, "2025-07-01", task="multiclass", as_of=..., horizon=...)
    assert said is not None
    assert "of 100 classes, the commonest with 1 rows" in said
    assert "at least two classes of 10 rows or more. Add rows" in said


@pytest.mark.parametrize(
    ("today", "horizon", "told"),
    [
        ("2025-03-31", "30 days", "no date can be given"),
        ("2025-05-31", "30 days", "no date can be given"),
        (
            "2025-03-04",
            "1 day",
            "If outcomes are evenly mixed, there will be enough from 2025-03-06",
        ),
    ],
)
def test_events_of_a_hundred_thousand_times_are_told_in_one_pass(
    today: str, horizon: str, told: str
) -> None:
    sql = (
        "select n as member_id, timestamp '2025-03-03' + to_seconds(7 * n) as as_of_date, "
        "n % 7 as visits, hash(n) % 3 = 0 as has_quit from range(100000) as events(n)"
    )
    said = refusal(sql, today, horizon=horizon)
    assert said is not None
    assert told in said


@pytest.mark.parametrize(("label", "only"), [("true", "true"), ("false", "false")])
def test_one_outcome_alone_is_refused_by_its_name(label: str, only: str) -> None:
    said = refusal(weekly(label), "2025-12-01")
    assert said is not None
    assert f": all are {only}, and one outcome alone cannot be learnt from" in said
    positive = 480 if label == "true" else 0
    assert f"has 480 matured labels ({positive} positive)" in said
    of_classes = refusal(weekly("'gold'"), "2025-12-01", task="multiclass")
    assert of_classes is not None
    assert (
        "480 matured labels of 1 classes, the commonest with 480 rows: all are gold" in of_classes
    )
