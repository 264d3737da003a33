"""Lines about any column: fresh, a quantile, a key."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from asking import evaluate, observed, refused, session_of

NOTHING = "select * from rows where false"
TODAY = datetime.date(2025, 3, 10)


@pytest.fixture(scope="module")
def session() -> Any:
    days = [TODAY - datetime.timedelta(days=one) for one in (9, 2, 5)]
    return session_of(
        {
            "day": [*days, None],
            "at": [datetime.datetime.combine(one, datetime.time(23, 59)) for one in days] + [None],
            "select": [1.0, 2.0, None, float("nan")],
            "Key": [1, 1, 2, 1],
            "part": ["a", "b", None, "a"],
        }
    )


@pytest.mark.parametrize("column", ["day", "at", "DAY"])
def test_the_newest_day_is_new_enough(session: Any, column: str) -> None:
    line = "expect_freshness_within"
    assert observed(session, line, column=column, days=2, today=TODAY) == (True, 2)
    assert observed(session, line, column=column, days=2, today="2025-03-11") == (False, 3)
    assert observed(session, line, column=column, days=9, today="2025-03-07") == (False, -1)
    assert observed(session, line, NOTHING, column=column, days=9, today=TODAY)[0] is False


def test_freshness_needs_today_and_dates(session: Any) -> None:
    line = "expect_freshness_within"
    assert "needs `today`" in refused(session, line, column="day", days=1)
    message = refused(session, line, column="part", days=1, today=TODAY)
    assert message == "The column \"part\" holds no dates; its largest value is 'b'."


@pytest.mark.parametrize("quantile", [0.05, 0.5, 0.62, 1.0])
def test_a_quantile_is_near_the_exact_one(quantile: float) -> None:
    values = np.random.default_rng(1).normal(100, 10, 5000)
    exact = float(np.quantile(values, quantile))
    of_normal = session_of({"x": values})
    asked: dict[str, Any] = {"column": "x", "quantile": quantile}
    line = "expect_column_quantile_between"
    is_fine, found = observed(of_normal, line, **asked, min_value=exact - 1, max_value=exact + 1)
    assert is_fine
    assert found == pytest.approx(exact, abs=1)
    assert observed(of_normal, line, **asked, min_value=exact + 1)[0] is False
    assert observed(of_normal, line, **asked, max_value=exact - 1)[0] is False


@pytest.mark.parametrize("quantile", [-0.5, 1.5])
def test_a_quantile_lies_between_0_and_1(session: Any, quantile: float) -> None:
    line = "expect_column_quantile_between"
    with pytest.raises(ValueError, match="a quantile lies between 0 and 1"):
        evaluate(session, [(line, {"column": "day", "quantile": quantile, "max_value": 1})])


def test_a_quantile_of_what_is_known(session: Any) -> None:
    asked: dict[str, Any] = {"column": "select", "quantile": 1, "max_value": 2}
    assert observed(session, "expect_column_quantile_between", **asked) == (True, 2.0)
    found = observed(session, "expect_column_quantile_between", NOTHING, **asked)
    assert found == (False, "no value")
    with pytest.raises(ValueError, match="between 0 and 1"):
        evaluate(session, [("expect_column_quantile_between", asked | {"quantile": 50})])


def test_elsewhere_a_quantile_is_exact() -> None:
    from sqlalchemy.dialects import postgresql

    from foretell.validation.types.quantile import Quantiles

    elsewhere = postgresql.dialect()
    rows = {"table.row_count": 4, "table.columns": ["x"]}
    made = Quantiles.aggregate(
        sa.column("x"), quantiles=[0.5, 1], _dialect=elsewhere, _metrics=rows
    )
    sql = sa.select(made).select_from(sa.table("rows"))
    # DuckDB reads this text of Postgres's, too.
    text = str(sql.compile(dialect=elsewhere))
    assert session_of({"x": [1, 2, 9, None]}).execute(text).fetchone() == ([2.0, 9.0],)


def test_a_key_names_one_row(session: Any) -> None:
    line = "expect_key_to_be_unique"
    assert observed(session, line, column_list=["day", "Key"]) == (True, 0)
    assert observed(session, line, column_list=["Key"]) == (False, 2)
    assert observed(session, line, column_list=["Key", "PART"]) == (False, 1)
    assert observed(session, line, NOTHING, column_list=["Key", "part"]) == (True, 0)


def test_a_key_of_columns_that_are_there(session: Any) -> None:
    line = "expect_key_to_be_unique"
    message = refused(session, line, column_list=["Key", "nope"])
    assert 'The column "nope" does not exist; there are day, at' in message
    assert 'The column "nope"' in refused(session, line, column_list=["nope", "Key"])
    with pytest.raises(ValueError, match="at least one column"):
        evaluate(session, [(line, {"column_list": []})])


def test_a_column_may_be_called_as_any_word_of_duckdbs() -> None:
    words = "select keyword_name from duckdb_keywords() where keyword_category <> 'unreserved'"
    names = [word for (word,) in session_of({"x": [1]}).execute(words).fetchall()]
    assert {"at", "by", "asof", "left", "select"} <= set(names)
    lines: list[tuple[str, dict[str, Any]]] = []
    for name in names:
        lines += [
            ("expect_column_mean_to_be_between", {"column": name, "max_value": 2}),
            ("expect_column_values_to_be_in_set", {"column": name, "value_set": [1, 2]}),
            ("expect_column_quantile_between", {"column": name, "quantile": 1, "max_value": 2}),
        ]
    found = evaluate(session_of({name: [1, 2, None] for name in names}), lines)
    wrong = {line[1]["column"] for line, one in zip(lines, found, strict=True) if not one.success}
    assert wrong == set()
