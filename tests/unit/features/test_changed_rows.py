"""Whether a view's rows of the past are what they were: by day, and only under one engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import duckdb
import pytest
from made import make_request

from foretell.features.changed import rows_changed, view_states
from foretell.ground.relation import Relation
from foretell.ground.views import Feature, FeatureView
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.warehouse.duckdb import DuckDBWarehouse
from foretell.warehouse.fingerprint import DAYS_APART, EARLIER, Fingerprint

SPEC = PredictionSpec.model_validate(
    {"task": "binary", "entity": "id", "as_of": "at", "label": "y", "horizon": "7 days"}
)
VIEW = FeatureView(
    name="feat_member__visits",
    kind="events",
    topic="visits",
    entity="id",
    owner="",
    description="",
    at="day",
    known_at=None,
    until=None,
    filters=("minutes > 20",),
    code="",
    relation=Relation("memory", "main", "visits"),
    features=(Feature("visits_sum_7d", "", "{}", "minutes"),),
    dialect="duckdb",
)


class Base:
    """Visits of two members on each of 500 days, and what a run put on record about them."""

    def __init__(self) -> None:
        self.con = duckdb.connect()
        self.warehouse = DuckDBWarehouse(self.con)
        self.con.execute(
            "create table visits as select id, date '2025-07-31' - days::integer as day, "
            "days + id as minutes from range(500) as d (days), range(2) as m (id)"
        )
        self.con.execute(
            "create table feature_views (run_id text, prediction text, today date, "
            "recorded_at timestamp, feature_view text, definition_fingerprint text, "
            "settled_before timestamp, fingerprint text)"
        )
        self.con.execute("comment on table feature_views is 'Made by foretell'")
        self.warehouse.append(
            Relation("memory", "main", "feature_views"),
            view_states(self.request, SPEC, self.warehouse, run_id="r"),
        )

    @property
    def request(self) -> Request:
        asked = make_request(stores={"database": "memory", "schema": "main"}, today="2025-08-01")
        return replace(asked, views=(VIEW,))

    def found(self) -> list[str]:
        return [one.message for one in rows_changed(self.request, self.warehouse)]

    def recorded(self) -> str:
        ((text,),) = self.con.execute("select fingerprint from feature_views").fetchall()
        return str(text)


@pytest.fixture
def base() -> Iterator[Base]:
    made = Base()
    yield made
    made.con.close()


def test_what_is_as_it_was_is_no_finding(base: Base) -> None:
    base.con.execute("create or replace table visits as from visits order by random()")
    base.con.execute("insert into visits values (1, date '2025-08-01', 5)")
    assert base.found() == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("insert into visits values (7, date '2025-07-01', 5)",
         "1,000 then, 1,001 now; of 2025-07-01"),
        ("update visits set minutes = 9 where id = 1 and day = '2025-07-02'",
         "1,000, some with other values; of 2025-07-02"),
        ("update visits set minutes = 9 where id = 1 and day >= '2025-07-30'",
         "other values; of 2025-07-30 and 2025-07-31"),
        ("update visits set minutes = 9 where day >= '2025-07-01'",
         "other values; of 31 days from 2025-07-01 to 2025-07-31"),
        ("delete from visits where day < '2024-04-01'", "then, 974 now; of earlier days"),
        # Both rows of a day become the other's double: an xor would not see that.
        ("update visits set minutes = 11, id = 0 where day = '2025-07-21'", "of 2025-07-21"),
    ],
)  # fmt: skip
def test_a_change_of_the_past_is_told_with_its_days(base: Base, statement: str, words: str) -> None:
    base.con.execute(statement)
    (said,) = base.found()
    assert words in said
    assert "dated before 2025-08-01" in said


def test_pairs_of_equal_rows_are_seen_to_change() -> None:
    warehouse = DuckDBWarehouse(duckdb.connect())

    def taken(value: int) -> Fingerprint:
        twice = f"select date '2025-01-01' as at, {value} as x from range(2)"
        return warehouse.fingerprint(twice, by="at", since=date(2025, 1, 1))

    assert taken(1) == taken(1)
    assert taken(1).days_changed(taken(2)) == ["2025-01-01"]


@pytest.mark.parametrize(
    "recorded", ["1000:123456789", "duckdb 1.4.0 sum {}", "postgres 15.4 sum {}", ""]
)
def test_what_another_engine_or_release_recorded_claims_nothing(base: Base, recorded: str) -> None:
    base.con.execute("update feature_views set fingerprint = ?", [recorded])
    base.con.execute("delete from visits where id = 1")
    assert base.found() == []


def test_a_record_says_how_it_was_made_and_stays_small(base: Base) -> None:
    text = base.recorded()
    found = Fingerprint.read(text)
    assert found.method == f"duckdb {duckdb.__version__} sum"
    assert str(found) == text
    assert found.rows == 1000
    assert len(found.figures) == DAYS_APART / timedelta(days=1) + 1
    assert EARLIER in found.figures
    assert len(text) < 4_000
