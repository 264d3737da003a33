"""When a run trains, what it refuses to score with, and what it puts on record of leaks."""

from __future__ import annotations

from shutil import copy
from typing import TYPE_CHECKING, Any

import pytest
from small import QUERY, SPEC, Small

from foretell.errors import ForetellError
from foretell.run.judge import judge
from foretell.run.trail import Run

if TYPE_CHECKING:
    from pathlib import Path

#: The query of all runs, whose newest rows are those of the day's month.
SQL = QUERY.replace("date '{last}'", "date '{today}'")
DECLARED = SPEC | {"candidates": ["logistic"]}


class Decided(Small):
    """A small prediction that is built day by day."""

    def built(self, name: str, today: str, sql: str = SQL, **declared: Any) -> str:
        """A build's line."""
        asked = {"declared": DECLARED | declared, "sql": sql.format(today=today)}
        return self.build(name, today, gates=False, **asked).message

    def decision(self, name: str) -> tuple[bool, str]:
        store = self.request("", "2025-12-31").store("runs")
        (found,) = self.warehouse.rows(
            f"select is_trained, decision from {store} where run_id = '{name}.pred'"
        )
        return found


def begun(folder: Path, **declared: Any) -> Decided:
    small = Decided(folder / "small.duckdb", is_new=True)
    small.built("one", "2025-07-10", **declared)
    assert small.decision("one") == (True, "no champion yet")
    return small


def test_a_trigger_fires_when_its_limit_is_reached_and_what_cools_down_waits(
    tmp_path: Path,
) -> None:
    """Sixty outcomes become known each month, the next on the last day of July."""
    how: dict[str, Any] = {"retrain": {"any": {"matured": 60}, "cooldown": "30 days"}}
    small = begun(tmp_path, **how)
    small.built("two", "2025-07-20", **how)
    assert small.decision("two") == (False, "scored only: champion v1, spec unchanged")
    small.built("three", "2025-08-05", **how)
    assert small.decision("three")[0] is False, "fired, and not yet cool"
    small.built("four", "2025-08-10", **how)
    assert small.decision("four") == (True, "retrain trigger: matured 60 of 60 new outcomes")
    small.built("five", "2025-08-20", **how)
    assert small.decision("five")[0] is False, "counted from the last training"
    small.close()


def test_an_old_champion_is_trained_anew(tmp_path: Path) -> None:
    how: dict[str, Any] = {"retrain": {"any": {"age": "40 days"}}}
    small = begun(tmp_path, **how)
    small.built("two", "2025-08-18", **how)
    assert small.decision("two")[0] is False
    small.built("three", "2025-08-19", **how)
    assert small.decision("three") == (True, "retrain trigger: age 40 of 40 days")
    small.close()


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    small = begun(tmp_path_factory.mktemp("decided"))
    small.close()
    return small.file


@pytest.fixture
def small(first: Path, tmp_path: Path) -> Decided:
    return Decided(copy(first, tmp_path / "small.duckdb"))


@pytest.mark.parametrize(
    ("declared", "sql", "why"),
    [
        ({"reasons": 2}, SQL, "scored only"),
        ({"metric": "roc_auc"}, SQL, "spec changed"),
        ({}, SQL.replace("member_id % 5 as place,", "member_id % 5 as place, 1 as one,"),
         "feature set changed: added one"),
        ({}, SQL.replace("range(60)", "range(59)"), "training query changed"),
        ({}, SQL.replace("% 11 as visits,", "% 11 as visits, -- as ever\n"), "scored only"),
    ],
)  # fmt: skip
def test_a_change_of_meaning_trains(
    small: Decided, declared: dict[str, Any], sql: str, why: str
) -> None:
    small.built("two", "2025-07-11", sql, **declared)
    is_trained, decision = small.decision("two")
    assert decision.startswith(why)
    assert is_trained == (why != "scored only")


def test_a_champion_whose_feature_is_gone_does_not_score(small: Decided) -> None:
    """And no challenger wins, where the outcome is anybody's guess."""
    before = small.readers()
    sql = (
        "select member_id, as_of_date, place, hash(member_id, as_of_date) % 2 = 0 as has_quit "
        f"from ({SQL}) as made"
    )
    with pytest.raises(ForetellError, match=r"visits"):
        small.built("two", "2025-07-11", sql)
    assert small.readers()["predictions"] == before["predictions"]


def test_what_looks_like_a_leak_is_on_record_and_a_warning(small: Decided) -> None:
    sql = SQL.replace("member_id % 5 as place,", "member_id % 5 as place, visits as next_visits,")
    line = small.built("two", "2025-07-11", sql)
    assert line.endswith(", 1 warning")
    store = small.request("", "2025-12-31").store("feature_findings")
    found = small.warehouse.rows(
        f"select run_id, feature, finding, severity from {store} order by all"
    )
    assert found == [("two.pred", "next_visits", "named after", "warning")]


def test_a_day_before_the_champions_own_is_refused(small: Decided) -> None:
    with pytest.raises(ForetellError, match="it knows what had not happened yet"):
        small.built("two", "2025-07-09")


def test_rows_unlike_all_that_it_was_judged_by_are_a_warning(small: Decided) -> None:
    """A slice that no row with an outcome has."""
    new = "case when as_of_date >= '2025-07-01' then 'web' else 'shop' end as channel"
    sql = SQL.replace("member_id % 5 as place,", f"member_id % 5 as place, {new},")
    sliced: dict[str, Any] = {"slices": ["channel"], "never_use": {"columns": ["channel"]}}
    line = small.built("two", "2025-07-11", sql, **sliced)
    assert line.endswith(", 1 warning")


def test_tags_that_no_column_has_are_told(small: Decided) -> None:
    declared = DECLARED | {"never_use": {"tags": ["pii", "contact"]}}
    tags = {"place": ["contact"]}
    request = small.request(
        "two", "2025-07-11", declared=declared, sql=SQL.format(today="2025-07-11"),
        column_tags=tags, gates=False,
    )  # fmt: skip
    said: list[str] = []
    judge(Run(request, small.warehouse, said.append))
    assert "never_use.tags: no column of the training query has pii" in said
    assert not [one for one in said if "contact" in one]


def test_columns_of_a_view_that_no_feature_uses_are_told(small: Decided) -> None:
    small.warehouse.execute(
        "create table calls as select 1 as member_id, timestamp '2025-01-01' as at, 5 as minutes"
    )
    view = {
        "name": "feat_member__calls",
        "kind": "events",
        "topic": "calls",
        "entity": "member_id",
        "owner": "",
        "description": "",
        "at": "at",
        "known_at": None,
        "order_by": None,
        "until": None,
        "filters": [],
        "code": "select 1",
        "relation": {"database": "small", "schema": "main", "name": "calls"},
        "features": [],
    }
    sql = SQL.format(today="2025-07-11")
    asked = {"declared": DECLARED, "sql": sql, "views": [view], "gates": False}
    said: list[str] = []
    judge(Run(small.request("two", "2025-07-11", **asked), small.warehouse, said.append))
    assert "feat_member__calls has columns that no feature uses: minutes" in said


def test_readers_follow_a_key_that_becomes_wider_before_anything_is_published(
    tmp_path: Path,
) -> None:
    """The history's column is widened as scores are written, and a view does not follow alone."""
    small = Decided(tmp_path / "small.duckdb", is_new=True)
    narrow = SQL.replace("    member_id,\n", "    member_id::integer as member_id,\n", 1)
    assert narrow != SQL
    small.built("one", "2025-07-10", narrow)
    before = small.readers()
    sql = SQL.format(today="2025-07-11")
    small.judge(small.request("two", "2025-07-11", declared=DECLARED, sql=sql, gates=False))
    assert small.readers() == before
    small.close()
