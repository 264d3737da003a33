"""States from one time are reported where only their values decide which counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import duckdb
import pytest

from foretell.features.ties import ties
from foretell.ground.relation import Relation
from foretell.ground.views import Feature, FeatureView
from foretell.warehouse.duckdb import DuckDBWarehouse

VIEW = FeatureView(
    name="feat_guest__rates",
    kind="states",
    topic="rates",
    entity="guest_id",
    owner="",
    description="",
    at="valid_from",
    known_at=None,
    until=None,
    filters=(),
    code="",
    relation=Relation("shop", "main", "rates"),
    features=(Feature("rates_rate", "", "", "rate"),),
)
ROWS = """
    (1, date '2025-06-01', date '2025-06-02', 1, 100.0, null),
    (1, date '2025-06-01', date '2025-06-15', 2, 120.0, null),
    (2, date '2025-06-01', date '2025-06-02', 1, 200.0, null),
    (2, date '2025-06-01', date '2025-06-02', 2, null, null),
    (3, date '2025-06-01', date '2025-06-02', 1, 300.0, null),
    (3, date '2025-06-01', date '2025-06-02', 1, 300.0, null),
    (4, date '2025-06-01', date '2025-06-02', 1, 400.0, null),
    (4, date '2025-06-01', date '2025-06-02', 1, 400.0, date '2025-07-01'),
    (null, date '2025-06-01', date '2025-06-02', 1, 500.0, null),
    (null, date '2025-06-01', date '2025-06-02', 1, 600.0, null)
"""


@pytest.mark.parametrize(
    ("declared", "phrases"),
    [
        ({}, ("2 times", "a guest_id with one valid_from and", "1 from 2025-06-01", "`order_by`")),
        ({"until": "valid_to"}, ("3 times",)),
        ({"known_at": "known_on"}, ("1 times", "same valid_from and known_on and", "2 from 2025")),
        ({"order_by": "revision"}, None),
        (
            {"order_by": "revision", "until": "valid_to"},
            ("1 times", "4 from 2025-06-01", "values. Keep one row of each."),
        ),
        ({"kind": "events"}, None),
        ({"relation": None}, None),
    ],
    ids=str,
)
def test_ties_are_counted_with_an_example(
    declared: dict[str, Any], phrases: tuple[str, ...] | None
) -> None:
    con = duckdb.connect()
    con.execute("attach ':memory:' as shop")
    con.execute(
        f"create table shop.rates as select * from (values {ROWS}) as rows_of "
        "(guest_id, valid_from, known_on, revision, rate, valid_to)"
    )
    said = ties(replace(VIEW, **declared), DuckDBWarehouse(con))
    assert (said is None) == (phrases is None)
    for phrase in phrases or ():
        assert said is not None
        assert phrase in said
