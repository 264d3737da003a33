"""A linear model scores in the warehouse's own SQL as it does by arrays, whatever the rows hold."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from fitted_models import MODELS, ROWS, columns
from small import Small

from foretell.forms.form import ServingForm, serving_form
from foretell.ground.relation import Relation
from foretell.scorers.inputs import Categories
from foretell.scorers.linear import Linear, Numbers
from foretell.scoring.columns import score_arrays
from foretell.scoring.in_sql import MOST_INPUTS, MOST_STRINGS, days_in_sql, scores_in_sql
from foretell.scoring.score import _write_plain
from foretell.spec import read_spec
from foretell.staging.stage import stage
from foretell.training.calibration import Calibration
from foretell.training.intervals import Intervals
from foretell.training.rows import UNKNOWN, select_inputs, values_of
from foretell.warehouse.duckdb import DuckDBWarehouse
from foretell.warehouse.postgres import PostgresWarehouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from foretell.warehouse.protocol import Warehouse
    from postgres_server import Server

DATABASE = "scored"
AS_OF = np.datetime64("2025-03-01T06:00:00", "us")
STRINGS = ["it's", "a\\b", '"x"', "50 %", "{{ ? }}", "é", "E", "e", " e", "", "--", UNKNOWN]


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest) -> Iterator[Warehouse]:
    if request.param == "duckdb":
        session = duckdb.connect()
        session.execute(f"attach ':memory:' as {DATABASE}; use {DATABASE}; create schema own")
        yield DuckDBWarehouse(session)
        return
    server: Server = request.getfixturevalue("postgres_server")
    server.make_database(DATABASE)
    server.query("create schema own", DATABASE)
    with closing(server.connect(DATABASE)) as session:
        postgres = PostgresWarehouse(session)
        yield postgres
        postgres.close()
    server.query(f"drop database {DATABASE} with (force)")


def as_stored(rows: dict[str, Any], dates: list[str], *, is_flat: bool) -> pa.Table:
    """Rows as they are staged: null where unknown, dates as instants."""
    stored = {"row_id": pa.array(range(len(next(iter(rows.values())))))}
    for name, values in rows.items():
        if values.dtype == object:
            unknown = values == UNKNOWN
            stored[name] = pa.array(np.where(unknown, None, values), type=pa.string())
        elif name in dates:
            days = values * np.timedelta64(86_400_000_000, "us")
            start = np.datetime64("1970-01-01", "us")
            stored[name] = pa.array(start + days if is_flat else AS_OF - days)
        else:
            stored[name] = pa.array(values, mask=np.isnan(values))
    stored["foretell_as_of"] = pa.array(np.full(len(stored["row_id"]), AS_OF))
    return pa.table(stored)


def check(
    warehouse: Warehouse,
    form: ServingForm,
    rows: dict[str, Any],
    *,
    dates: tuple[str, ...] = (),
    is_flat: bool = False,
    far: float = 1e-12,
) -> None:
    table = Relation(DATABASE, "own", "rows")
    stored = as_stored(rows, list(dates), is_flat=is_flat)
    warehouse.stage_arrow(table, stored)
    days = days_in_sql(dates, is_flat=is_flat, dialect=warehouse.dialect)
    query = scores_in_sql(
        form, f"select * from {table}", days=days, others=["row_id"], dialect=warehouse.dialect
    )
    assert query is not None
    found = warehouse.sample(query, key=["row_id"], limit=10**6)
    inputs = values_of(stored, list(rows), is_flat=is_flat)
    expected = score_arrays(form, form.scores(inputs))
    assert found.column_names == ["row_id", *(f"foretell_{name}" for name in expected)]
    for name, values in expected.items():
        ours = np.asarray(found.column(f"foretell_{name}").to_numpy(), dtype=float)
        theirs = np.asarray(values.to_numpy(zero_copy_only=False), dtype=float)
        difference = np.abs(ours - theirs) / np.maximum(1, np.abs(theirs))
        assert np.nanmax(difference, initial=0) <= far, name
        assert (np.isnan(ours) == np.isnan(theirs)).all()


ONE_SCORE = [name for name in MODELS if "class" not in name]


@pytest.mark.parametrize("name", ONE_SCORE)
def test_it_scores_as_arrays_do(warehouse: Warehouse, name: str) -> None:
    form = serving_form(MODELS[name])
    assert isinstance(form.raw, Linear)
    for seed, beyond in ((1, False), (3, True)):
        check(warehouse, form, columns(seed, beyond=beyond), dates=("since",))


def test_dates_of_a_flat_table_count_from_1970(warehouse: Warehouse) -> None:
    check(warehouse, serving_form(MODELS["mean"]), columns(2), dates=("since",), is_flat=True)


def test_strings_are_the_very_ones_that_were_learnt(warehouse: Warehouse) -> None:
    known = {string: place for place, string in enumerate(STRINGS[2:])}
    numbers = np.vstack([np.linspace(-2, 2, len(known)), np.ones(len(known))]).T
    column = Categories("a 'name'", known, 0, numbers)
    raw = Linear((column,), np.array([[1.5, 0.25]]), np.array([-0.5]), "logistic")
    rows = {"a 'name'": np.array([*STRINGS, "never seen"], dtype=object)}
    check(warehouse, ServingForm("binary", (), raw), rows)


@pytest.mark.parametrize("size", [1.0, 1e3, 1e300])
def test_sums_of_any_size_have_a_probability(warehouse: Warehouse, size: float) -> None:
    one = np.ones(1)
    numbers = Numbers(("x",), one * 0.5, np.array([], dtype=np.int64), one, 0 * one, 0 * one, one)
    raw = Linear((numbers,), np.array([[size]]), np.array([-size / 2]), "logistic")
    values = np.array([-1e30, 0.0, 0.1, 0.5, 0.5000000001, 0.9, 1e30, np.nan])
    form = ServingForm("binary", (), raw)
    check(warehouse, form, {"x": values})
    # The last digits of a score near 0 or 1 make a millionth of its log odds.
    curve = Calibration("sigmoid", np.array([0.7]), np.array([0.1]))
    check(warehouse, replace(form, calibration=curve), {"x": values}, far=1e-9)


def test_steps_and_intervals_are_those_of_arrays(warehouse: Warehouse) -> None:
    one = np.ones(1)
    numbers = Numbers(("x",), one * 0.5, np.array([], dtype=np.int64), one, 0 * one, 0 * one, one)
    values = np.append(np.linspace(-0.2, 1.2, ROWS), np.nan)
    steps = Calibration("isotonic", np.array([0.1, 0.25, 0.5, 0.8]), np.array([0.0, 0.2, 0.2, 1.0]))
    raw = Linear((numbers,), np.array([[6.0]]), np.array([-3.0]), "logistic")
    check(warehouse, ServingForm("binary", (), raw, calibration=steps), {"x": values})
    value = Linear((numbers,), np.array([[6.0]]), np.array([-1.0]), "identity")
    edges, below = np.array([0.0, 2.0]), np.array([-1.0, -0.5, -9.0])
    for above in (np.array([0.5, 1.0, 2.0]), np.array([-2.0, 1.0, -10.0])):
        for least in (0.0, float("-inf")):
            bounds = Intervals(edges, below, above, least)
            check(warehouse, ServingForm("regression", (), value, intervals=bounds), {"x": values})


def test_the_longest_query_runs(warehouse: Warehouse) -> None:
    names = tuple(f"x_{place}" for place in range(MOST_INPUTS))
    ones = np.ones(MOST_INPUTS)
    numbers = Numbers(names, ones / 2, np.array([], dtype=np.int64), ones, 0 * ones, ones / 2, ones)
    weights = np.linspace(-1, 1, MOST_INPUTS)[None, :]
    raw = Linear((numbers,), weights, np.array([0.1]), "logistic")
    draw = np.random.default_rng(1)
    check(warehouse, ServingForm("binary", (), raw), {name: draw.random(20) for name in names})


def test_what_would_be_no_short_query_is_left_to_arrays() -> None:
    dialect = DuckDBWarehouse(duckdb.connect()).dialect

    def query(form: ServingForm) -> str | None:
        return scores_in_sql(form, "select 1", days={}, others=["row_id"], dialect=dialect)

    assert query(serving_form(MODELS["classes"])) is None
    assert query(ServingForm("binary", (), lambda _: np.zeros(1))) is None
    one, no_flags = np.ones(1), np.array([], dtype=np.int64)
    unknown = Numbers(("x",), one * np.nan, no_flags, one, one, one, one)
    raw = Linear((unknown,), np.ones((1, 1)), np.ones(1), "logistic")
    assert query(ServingForm("binary", (), raw)) is None
    no_literal = Categories("s", {"a\0b": 0}, 0, np.ones((1, 1)))
    raw = Linear((no_literal,), np.ones((1, 1)), np.ones(1), "logistic")
    assert query(ServingForm("binary", (), raw)) is None
    for count, is_short in ((MOST_STRINGS, True), (MOST_STRINGS + 1, False)):
        known = {f"s{place}": 0 for place in range(count)}
        raw = Linear(
            (Categories("s", known, 0, np.ones((1, 1))),), np.ones((1, 1)), np.ones(1), "logistic"
        )
        assert (query(ServingForm("binary", (), raw)) is not None) == is_short


@pytest.mark.parametrize("is_right", [True, False])
def test_where_a_query_says_otherwise_the_arrays_score(
    is_right: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = Small(tmp_path / "small.duckdb", is_new=True)
    request = small.request("", "2025-07-10")
    spec = read_spec(request.declared, prediction="pred", file="pred.yml")
    staged = stage(request, spec, small.warehouse)
    one = np.ones(1)
    numbers = Numbers(
        ("visits",), one, np.array([], dtype=np.int64), one / 10, 0 * one, 0 * one, one
    )
    raw = Linear((numbers,), np.array([[2.0]]), np.array([-1.0]), "logistic")
    form, streamed = ServingForm("binary", (), raw), []
    fitted: Any = SimpleNamespace(form=form, recipe=SimpleNamespace(needs=("visits",)))
    if not is_right:
        wrong = ServingForm("binary", (), replace(raw, weights=np.array([[2.0 + 1e-6]])))
        monkeypatch.setattr(
            "foretell.scoring.score.scores_in_sql",
            lambda _, *args, **how: scores_in_sql(wrong, *args, **how),
        )
    map_batches = small.warehouse.map_batches
    monkeypatch.setattr(
        small.warehouse,
        "map_batches",
        lambda *args, **how: streamed.append(1) or map_batches(*args, **how),
    )
    inputs = select_inputs(staged, staged.open, features=["visits"])
    key = [("member_id", pa.int64()), ("as_of_date", pa.date32())]
    into = Relation("small", "main", "plain")
    count = _write_plain(staged, fitted, small.warehouse, inputs, key=key, into=into)
    assert bool(streamed) != is_right
    found = small.warehouse.rows(
        f"select score, visits from {into} "
        f"inner join {staged.relation} using (member_id, as_of_date)"
    )
    assert len(found) == count > 0
    scores, visits = np.array(found).T
    assert scores == pytest.approx(form.scores({"visits": visits}), abs=1e-12)
    small.close()
