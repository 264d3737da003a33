"""Figures of a prediction's rows by as-of date, counted anew from the same rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pytest
from made import make_request, make_spec

from foretell.ground.relation import Relation
from foretell.ground.views import FeatureView
from foretell.staging.stage import stage
from foretell.staging.staged import Staged
from foretell.validation.history import FEW_CATEGORIES, MOST_DATES, ROWS_EACH, History, history_of
from foretell.validation.rows import EACH, EVER, Span
from foretell.warehouse.duckdb import DuckDBWarehouse

PLACE = {"database": "memory", "schema": "main"}
START = datetime(2025, 1, 6)


class Rows:
    """Members on some Mondays, as many as are said for each, staged on a day."""

    def __init__(
        self, members: list[int], *, today: str = "2025-12-31", apart: int = 7, **declared: Any
    ) -> None:
        self.connection = duckdb.connect()
        sizes = ", ".join(f"({week}, {size})" for week, size in enumerate(members))
        self.connection.execute(
            f"""
            create table made as
            select
                m as member_id,
                date '2025-01-06' + cast(week * {apart} as integer) as as_of_date,
                case when (m + week) % 5 > 0 then m * 0.5 + week end as spent,
                m % 2 = 0 as is_new,
                case when m % 10 > 0 then 'town ' || (m + week) % 3 end as town,
                'street ' || m as street,
                m % 4 = week % 4 as has_quit
            from (values {sizes}) as weeks (week, size)
            cross join range(200) as members (m)
            where m < size
            """
        )
        self.warehouse = DuckDBWarehouse(self.connection)
        request = make_request(
            sql="select * from made",
            today=today,
            stores=PLACE,
            relation=PLACE | {"name": "pred"},
        )
        self.staged: Staged = stage(request, make_spec(**declared), self.warehouse)

    def history(self, **how: Any) -> History:
        return history_of(self.staged, self.warehouse, rows=self.staged.labelled, **how)

    def values(self, column: str, week: int, apart: int = 7) -> list[Any]:
        day = (START + timedelta(days=week * apart)).date()
        return [
            value
            for (value,) in self.connection.execute(
                f"select {column} from made where as_of_date = date '{day}' order by member_id"
            ).fetchall()
        ]


def test_each_column_is_described_on_each_date() -> None:
    rows = Rows([60, 80, 70])
    history = rows.history()
    assert history.span == EACH
    assert history.dates == tuple(START + timedelta(days=7 * week) for week in range(3))
    assert history.rows == (60, 80, 70)
    assert history.gaps == (7.0, 7.0)
    assert (history.whole, history.booleans) == (frozenset({"is_new"}), frozenset({"is_new"}))
    assert set(history.columns) == {"spent", "is_new", "town", "street"}
    for week in range(3):
        spent = history.columns["spent"][week]
        values = np.array([one for one in rows.values("spent", week) if one is not None], float)
        assert spent.nulls == spent.rows - len(values) > 0
        assert spent.mean == pytest.approx(values.mean())
        assert spent.spread == pytest.approx(values.std(ddof=1))
        assert spent.quantiles == pytest.approx(np.quantile(values, [0.05, 0.5, 0.95]))
        assert history.columns["is_new"][week].mean == 0.5
        towns = [one for one in rows.values("town", week) if one is not None]
        assert history.categories["town"][week] == {
            one: towns.count(one) for one in sorted(set(towns))
        }
        assert history.columns["town"][week].nulls == history.rows[week] - len(towns)
        assert history.columns["town"][week].distinct == 3
        assert history.label[week].mean == pytest.approx(np.mean(rows.values("has_quit", week)))
        assert history.label[week].nulls == 0
    assert "street" not in history.categories, f"has more than {FEW_CATEGORIES} values"


def test_a_string_with_few_values_is_known_by_name_up_to_fifty() -> None:
    assert "street" in Rows([50, 50]).history().categories
    assert "street" not in Rows([50, 51, 60]).history().categories


def test_dates_with_few_rows_are_looked_at_together() -> None:
    """At the median a span holds fifty rows: of daily rows, a week or four."""
    assert Rows([ROWS_EACH] * 3).history().span == EACH
    assert Rows([ROWS_EACH, ROWS_EACH - 1, ROWS_EACH - 1]).history().span != EACH
    weekly = Rows([10] * 40, apart=1).history()
    assert weekly.span == Span(timedelta(days=7))
    # Backwards from the newest: 40 days are five weeks and five days, which are left out.
    assert weekly.rows == (70,) * 5
    assert [one.day for one in weekly.dates] == [17, 24, 31, 7, 14]
    assert Rows([2] * 60, apart=1).history().span == Span(timedelta(days=28))
    assert Rows([1] * 5).history().span == EVER


def test_only_so_many_dates_are_looked_back_on() -> None:
    history = Rows([50] * (MOST_DATES + 3), apart=1).history()
    assert len(history.dates) == len(history.columns["spent"]) == MOST_DATES
    assert history.dates[0] == START + timedelta(days=3)
    assert history.rows == (50,) * MOST_DATES


def test_outcomes_take_as_many_dates_to_mature_as_are_open() -> None:
    """Of ten Mondays those of the last 30 days are open on the day after the last."""
    rows = Rows([60] * 10, today="2025-03-11")
    history = rows.history()
    assert len(history.dates) == 5
    assert history.reach == 5
    assert Rows([60] * 10).history().reach == 1, "none is open"
    daily = Rows([10] * 80, apart=1, today="2025-03-27").history()
    assert daily.span == Span(timedelta(days=7))
    assert daily.reach == 1 + 29 // 7


def test_the_newest_event_before_each_date_is_so_many_days_old() -> None:
    rows = Rows([60, 60, 60])
    rows.connection.execute(
        "create table calls as select * from (values (timestamp '2025-01-02 08:00'), "
        "(timestamp '2025-01-13 09:00'), (timestamp '2025-01-19 23:00'), "
        "(timestamp '2025-02-01 00:00')) as t (called_at)"
    )
    view = FeatureView(
        name="feat_member__calls",
        kind="events",
        topic="calls",
        entity="member_id",
        owner="",
        description="",
        at="called_at",
        known_at=None,
        until=None,
        filters=(),
        code="",
        relation=Relation("memory", "main", "calls"),
        features=(),
    )
    history = rows.history(views=[view])
    # As of the 13th the event of that day has not happened yet.
    assert history.lags == {("feat_member__calls", "called_at"): (4.0, 11.0, 1.0)}


def test_nothing_is_described_of_no_rows() -> None:
    history = Rows([60], today="2025-01-07").history()
    assert history == History(EACH, (), ())


@pytest.mark.parametrize(("members", "is_batched"), [([50, 100], False), ([50, 101], True)])
def test_batches_more_than_double_from_one_to_the_next(
    members: list[int], is_batched: bool
) -> None:
    assert Rows(members).history().is_batched == is_batched
    assert Rows(members[::-1]).history().is_batched == is_batched


def test_a_column_that_is_null_on_the_last_date_is_known_by_its_values_before() -> None:
    rows = Rows([60, 60, 60])
    rows.connection.execute(
        f"update {rows.staged.relation} set town = null where as_of_date = date '2025-01-20'"
    )
    history = rows.history()
    assert [sum(one.values()) for one in history.categories["town"]] == [54, 54]
    assert history.columns["town"][2].nulls == 60
