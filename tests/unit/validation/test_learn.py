"""What is learned from a history: how far is far, for each kind of figure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from foretell.ground.relation import Relation
from foretell.spec import read_spec
from foretell.staging.staged import Staged
from foretell.validation.history import Figures, History
from foretell.validation.learn import learn, range_of
from foretell.validation.rows import EACH, Span
from foretell.warehouse.duckdb_dialect import DuckDBDialect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from foretell.validation.suite import Line

DATES = tuple(datetime(2025, 1, 6) + timedelta(days=7 * week) for week in range(8))


def staged(task: str = "binary") -> Staged:
    spec = {"task": task, "entity": "id", "as_of": "at", "label": "y", "horizon": "7 days"}
    kinds: Any = {"x": "number", "n": "number", "kind": "string", "text": "string"}
    return Staged(
        Relation("d", "s", "t"),
        read_spec(spec, prediction="pred_x", file="pred_x.yml"),
        kinds,
        DuckDBDialect(),
        {},
    )


def figures(means: Sequence[float], *, nulls: int = 0, spread: float = 1.0) -> tuple[Figures, ...]:
    return tuple(Figures(400, nulls, one, spread, (one - 1, one, one + 1)) for one in means)


def lines_of(history: History, newest: History | None = None, **how: Any) -> tuple[Line, ...]:
    return learn(staged(**how), history, version=3, newest=newest)


def one(lines: Sequence[Line], kind: str, severity: str = "critical", **kwargs: Any) -> Any:
    (found,) = (
        line.expectation
        for line in lines
        if line.expectation.type == f"expect_{kind}"
        and line.expectation.severity == severity
        and all(line.expectation.kwargs.get(name) == value for name, value in kwargs.items())
    )
    return found


def test_a_range_is_as_wide_as_what_was_seen_and_its_step_the_largest_change() -> None:
    found = range_of([5, 7, 6, 4], least=0.1)
    assert (found.lower, found.upper, found.step) == (4, 7, 2)
    assert found.beyond(3) == (-2, 13)
    assert range_of([5, 5], least=0.1).step == 0.1


def test_what_takes_time_to_mature_may_change_for_as_long() -> None:
    grows = [1, 2, 3, 4, 5, 6]
    assert range_of(grows, least=0.1).step == 1
    assert range_of(grows, least=0.1, reach=4).step == 4


def test_a_reach_beyond_all_dates_is_no_more_work_than_all_of_them() -> None:
    class Counted(list[float]):
        parts = 0

        def __getitem__(self, at: Any) -> Any:
            self.parts += 1
            return super().__getitem__(at)

    grows = Counted([1, 2, 3, 4, 5, 6])
    assert range_of(grows, least=0.1, reach=100_000).step == 5
    assert grows.parts < len(grows)


@pytest.mark.parametrize("tiny", [1e-320, 5e-324, -1e-320, 1e-301])
def test_limits_of_numbers_that_are_nearly_nothing_hold_them(tiny: float) -> None:
    tiny_ones = (Figures(400, 0, tiny, 0.0, (tiny,) * 3),) * 8
    lines = lines_of(History(EACH, DATES, (400,) * 8, columns={"x": tiny_ones}))
    of_x = [
        line.expectation.kwargs for line in lines if line.expectation.kwargs.get("column") == "x"
    ]
    between = [kwargs for kwargs in of_x if "min_value" in kwargs]
    assert len(between) == 8, "mean and three quantiles, critical and warning"
    assert all(kwargs["min_value"] <= tiny <= kwargs["max_value"] for kwargs in between)


def test_a_boolean_is_learned_as_a_share() -> None:
    columns = {"x": figures([0.2, 0.3, 0.25, 0.2, 0.3, 0.2, 0.25, 0.2], spread=0.4)}
    history = History(EACH, DATES, (400,) * 8, booleans=frozenset({"x"}), columns=columns)
    found = one(lines_of(history), "positive_rate_between", label="x")
    assert 0 <= found.kwargs["min_value"] < 0.2
    assert 0.3 < found.kwargs["max_value"] < 0.7
    assert not [line for line in lines_of(history) if "mean" in line.expectation.type]


def test_what_was_accepted_widens_the_range_but_is_no_honest_change() -> None:
    found = range_of([5, 7, 6], least=0.1, newest=600)
    assert (found.lower, found.upper, found.step) == (5, 600, 2)


def test_a_number_stops_three_steps_beyond_its_range_and_warns_at_one() -> None:
    history = History(
        EACH, DATES, (400,) * 8, columns={"x": figures([10, 12, 11, 10, 12, 11, 10, 12])}
    )
    lines = lines_of(history)
    critical = one(lines, "column_mean_to_be_between", column="x")
    assert (critical.kwargs["min_value"], critical.kwargs["max_value"]) == (4, 18)
    assert critical.rows == "newest"
    assert critical.description == "Mean of x: 10 to 12 on 8 as-of dates"
    warning = one(lines, "column_mean_to_be_between", "warning", column="x")
    assert (warning.kwargs["min_value"], warning.kwargs["max_value"]) == (8, 14)
    assert one(lines, "column_quantile_between", quantile=0.95).kwargs["max_value"] == 19


def test_cents_for_dollars_are_beyond_any_learned_range() -> None:
    history = History(
        EACH, DATES, (400,) * 8, columns={"x": figures([10, 30, 11, 25, 12, 31, 10, 30])}
    )
    assert one(lines_of(history), "column_mean_to_be_between").kwargs["max_value"] < 1_000


def test_few_dates_and_few_rows_are_no_measure_of_change() -> None:
    many = History(EACH, DATES, (400,) * 8, columns={"x": figures([10] * 8, spread=4)})
    few = History(EACH, DATES[:1], (400,), columns={"x": figures([10], spread=4)})
    thin = History(EACH, DATES, (9,) * 8, columns={"x": (Figures(9, 0, 10, 4, (9, 10, 11)),) * 8})
    highest = [
        one(lines_of(history), "column_mean_to_be_between").kwargs["max_value"]
        for history in (many, few, thin)
    ]
    assert highest[0] < highest[1]
    assert highest[0] < highest[2]


def test_quantiles_of_whole_numbers_may_move_by_one() -> None:
    columns = {"n": figures([2] * 8, spread=0.1)}
    history = History(EACH, DATES, (400,) * 8, frozenset({"n"}), columns=columns)
    found = one(lines_of(history), "column_quantile_between", quantile=0.5)
    assert (found.kwargs["min_value"], found.kwargs["max_value"]) == (0.5, 3.5)


def test_nulls_where_there_were_none() -> None:
    history = History(EACH, DATES, (400,) * 8, columns={"x": figures([1] * 8)})
    found = one(lines_of(history), "column_values_to_not_be_null", column="x")
    assert 0.98 <= found.kwargs["mostly"] < 1


def test_a_column_that_is_mostly_null_anyway_is_left_alone() -> None:
    history = History(
        EACH, DATES[:2], (400,) * 2, columns={"x": figures([1], nulls=10) + figures([1], nulls=390)}
    )
    assert not [
        line
        for line in lines_of(history)
        if line.expectation.type == "expect_column_values_to_not_be_null"
    ]


def test_values_that_were_not_there_before() -> None:
    seen = ({"a": 300, "b": 100}, {"a": 290, "b": 108, "c": 2}, *[{"a": 300, "b": 100}] * 6)
    history = History(
        EACH,
        DATES,
        (400,) * 8,
        columns={"kind": (Figures(400, 0, distinct=3),) * 8},
        categories={"kind": seen},
    )
    found = one(lines_of(history), "column_values_to_be_in_set")
    assert found.kwargs["value_set"] == ["a", "b", "c"]
    assert 0.95 < found.kwargs["mostly"] < 0.995
    accepted = History(EACH, DATES[:1], (400,), categories={"kind": ({"d": 400},)})
    again = one(lines_of(history, accepted), "column_values_to_be_in_set")
    assert again.kwargs["value_set"] == ["a", "b", "c", "d"]


def test_many_values_are_counted() -> None:
    counts = (900, 950, 920)
    columns = {"text": tuple(Figures(1000, 0, distinct=count) for count in counts)}
    history = History(EACH, DATES[:3], (1000,) * 3, columns=columns)
    found = one(lines_of(history), "column_unique_value_count_to_be_between")
    assert found.kwargs["min_value"] < 700
    assert found.kwargs["min_value"] > 500


def test_rows_events_and_dates_that_have_not_arrived() -> None:
    history = History(
        Span(timedelta(days=7)),
        DATES,
        (1000, 1010, 990, 1005, 995, 1000, 1000, 1000),
        lags={("feat_x", "happened_at"): (1,) * 8, ("feat_y", "seen_at"): (1, 2)},
        gaps=(7, 7, 7),
    )
    lines = lines_of(history)
    rows = one(lines, "table_row_count_to_be_between")
    assert rows.rows == "newest 7 days"
    assert 500 < rows.kwargs["min_value"] < 900
    events = one(lines, "freshness_within", column="happened_at")
    assert events.rows == "feat_x"
    assert events.kwargs["days"] == 1, "a day later is too late"
    assert one(lines, "freshness_within", column="seen_at").kwargs["days"] == 5
    assert one(lines, "freshness_within", column="at").kwargs["days"] == 21


@pytest.mark.parametrize(
    ("task", "kind", "named"),
    [
        ("binary", "positive_rate_between", {"label": "y"}),
        ("regression", "column_mean_to_be_between", {"column": "y"}),
        ("multiclass", None, {}),
    ],
)
def test_what_came_true(task: str, kind: str | None, named: dict[str, str]) -> None:
    means: Any = [0.1, 0.12, 0.11] if task != "multiclass" else [None] * 3
    history = History(
        EACH, DATES[:3], (400,) * 3, label=tuple(Figures(400, 0, mean, 0.3) for mean in means)
    )
    lines = [line for line in lines_of(history, task=task) if line.expectation.rows == "matured"]
    if kind is None:
        assert not lines
        return
    found = one(lines, kind)
    assert named.items() <= found.kwargs.items()
    assert found.kwargs["min_value"] <= 0.1 <= found.kwargs["max_value"]


def test_nothing_is_learned_from_nothing() -> None:
    assert lines_of(History(EACH, (), ())) == ()


def test_critical_lines_come_first() -> None:
    history = History(EACH, DATES, (400,) * 8, columns={"x": figures([10] * 8)})
    found = [line.expectation.severity for line in lines_of(history)]
    assert found == sorted(found)
    assert {line.where for line in lines_of(history)} == {"learned with v3"}


def test_batches_of_different_kinds_warn_until_many_are_known() -> None:
    def critical(rows: tuple[int, ...]) -> set[str]:
        dates = tuple(DATES[0] + timedelta(days=7 * week) for week in range(len(rows)))
        columns = {"x": figures([10] * len(rows))}
        lines = lines_of(History(EACH, dates, rows, columns=columns))
        assert {"expect_column_mean_to_be_between"} <= {line.expectation.type for line in lines}
        return {line.expectation.type for line in lines if line.expectation.severity == "critical"}

    assert "expect_column_mean_to_be_between" in critical((400, 500, 700, 600) * 2)
    assert critical((400, 500, 1100, 600) * 2) == {"expect_column_values_to_not_be_null"}
    assert "expect_column_mean_to_be_between" in critical((400, 500, 1100, 600) * 6)


def test_steps_are_what_chance_does_at_the_least() -> None:
    """A part of the spread, and 1.5 standard errors; of shares, of the rows, as many errors."""
    columns = {"x": tuple(Figures(425, 25, 10, 4, (9, 10, 11)) for _ in range(8))}
    lines = lines_of(History(EACH, DATES, (425,) * 8, columns=columns))
    step = 4 * (0.05 + 1.5 / 20)
    critical = one(lines, "column_mean_to_be_between", column="x").kwargs
    assert (critical["min_value"], critical["max_value"]) == (
        pytest.approx(10 - 3 * step, abs=0.005),
        pytest.approx(10 + 3 * step, abs=0.005),
    )
    share = 25 / 425
    step = 0.005 + 1.5 * (share * (1 - share) / 425) ** 0.5
    nulls = one(lines, "column_values_to_not_be_null", column="x").kwargs
    assert nulls["mostly"] == pytest.approx(1 - share - 3 * step, abs=0.0005)
    rows = one(lines, "table_row_count_to_be_between").kwargs
    assert rows == {"min_value": 361, "max_value": 489}, "three steps of a twentieth"
    warned = one(lines, "table_row_count_to_be_between", "warning").kwargs
    assert warned == {"min_value": 403, "max_value": 447}


@pytest.mark.parametrize(
    ("value", "limits", "words"),
    [
        (123456.0, (123400.0, 123500.0), "123,456 to 123,456"),
        (1234.56, (1234.0, 1235.0), "1,235 to 1,235"),
        (0.0123456, (0.01234, 0.01235), "0.0123 to 0.0123"),
        (-5.67891, (-5.679, -5.678), "-5.68 to -5.68"),
        (12.0, (12.0, 12.0), "12 to 12"),
        (0.0, (0.0, 0.0), "0 to 0"),
    ],
)
def test_limits_have_four_digits_that_count_and_are_rounded_outwards(
    value: float, limits: tuple[float, float], words: str
) -> None:
    """Of a number that never changes, on so many rows that chance is next to nothing."""
    made = tuple(Figures(10**12, 0, value, 0.0, (value,) * 3) for _ in DATES)
    lines = lines_of(History(EACH, DATES, (400,) * 8, columns={"x": made}))
    found = one(lines, "column_mean_to_be_between", column="x")
    assert (found.kwargs["min_value"], found.kwargs["max_value"]) == limits
    assert found.description == f"Mean of x: {words} on 8 as-of dates"


def test_values_that_were_new_before_are_expected_to_be_new_again() -> None:
    """Once, a tenth of the rows had a value that had not been seen; the last brought none."""
    days: list[dict[str, int]] = [{"a": 100}, {"a": 90, "b": 10}, *({"a": 50, "b": 50},) * 6]
    columns = {"kind": tuple(Figures(100, 0, distinct=2) for _ in days)}
    history = History(EACH, DATES, (100,) * 8, columns=columns, categories={"kind": tuple(days)})
    warning = one(lines_of(history), "column_values_to_be_in_set", "warning", column="kind")
    assert warning.kwargs["value_set"] == ["a", "b"]
    assert warning.kwargs["mostly"] == 0.9
    critical = one(lines_of(history), "column_values_to_be_in_set", column="kind")
    assert critical.kwargs["mostly"] == 0.7
    accepted = History(EACH, DATES[-1:], (100,), categories={"kind": ({"c": 1},)})
    wider = one(lines_of(history, accepted), "column_values_to_be_in_set", column="kind")
    assert wider.kwargs["value_set"] == ["a", "b", "c"]
    assert wider.kwargs["mostly"] == 0.7, "what was accepted is no honest change"


def test_what_is_not_known_by_name_is_counted() -> None:
    """Twelve texts more or less from one date to the next."""
    counts = [100, 112, 100, 112, 100, 112, 100, 112]
    columns = {"text": tuple(Figures(400, 0, distinct=one) for one in counts)}
    lines = lines_of(History(EACH, DATES, (400,) * 8, columns=columns))
    critical = one(lines, "column_unique_value_count_to_be_between", column="text")
    assert critical.kwargs == {"column": "text", "min_value": 64, "max_value": 148}
    warning = one(lines, "column_unique_value_count_to_be_between", "warning", column="text")
    assert warning.kwargs == {"column": "text", "min_value": 88, "max_value": 124}


def test_few_dates_are_given_more_room() -> None:
    """Seven dates: three times the spread, a tenth of all rows, a quarter of their number."""
    columns = {"x": tuple(Figures(400, 0, 10, 4, (9, 10, 11)) for _ in range(7))}
    history = History(
        EACH, DATES[:7], (400,) * 7, columns=columns, lags={("feat_x", "at"): (1.0,) * 7}
    )
    lines = lines_of(history)
    step = 4 * (3.0 + 1.5 / 20)
    mean = one(lines, "column_mean_to_be_between", column="x").kwargs
    assert mean["max_value"] == pytest.approx(10 + 3 * step, rel=0.001)
    nulls = one(lines, "column_values_to_not_be_null", column="x").kwargs
    assert nulls["mostly"] == pytest.approx(1 - 3 * 0.1)
    rows = one(lines, "table_row_count_to_be_between").kwargs
    assert rows == {"min_value": 100, "max_value": 700}
    assert one(lines, "freshness_within", column="at").kwargs["days"] == 1 + 3
    many = History(EACH, DATES, (400,) * 8, lags={("feat_x", "at"): (5.0,) * 8})
    days = [
        one(lines_of(many), "freshness_within", severity, column="at").kwargs["days"]
        for severity in ("critical", "warning")
    ]
    assert days == [5, 5], "what never changed may take no day longer"
