"""The SQL of join_features against what the features mean, on random events and boundaries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg2.extras import execute_values

from portable import make_lab

if TYPE_CHECKING:
    from pathlib import Path

    from postgres_server import Server

START = datetime(2025, 1, 1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Order:
    customer: int | None
    at: datetime | None
    amount: int | None
    items: int
    product: str | None
    online: bool | None


@dataclass(frozen=True)
class Return:
    customer: int
    at: datetime
    known_at: datetime
    stars: int | None


@dataclass(frozen=True)
class Plan:
    customer: int
    at: datetime
    until: datetime | None
    price: int
    revision: int | None


@dataclass(frozen=True)
class World:
    """What happened, and the moments at which it is looked at."""

    rows: tuple[tuple[int, datetime], ...]
    orders: tuple[Order, ...]
    returns: tuple[Return, ...]
    plans: tuple[Plan, ...]


# Few distinct instants, so that events often fall on a boundary of a window.
instants = st.integers(0, 70 * 4).map(lambda quarter: START + quarter * DAY / 4)
customers = st.integers(1, 3)
orders = st.builds(
    Order,
    st.one_of(st.none(), customers),
    st.one_of(st.none(), instants),
    st.one_of(st.none(), st.integers(-50, 50)),
    st.integers(0, 5),
    st.one_of(st.none(), st.sampled_from("abc")),
    st.one_of(st.none(), st.booleans()),
)
returns = st.builds(
    lambda customer, at, late, stars: Return(customer, at, at + late * DAY, stars),
    customers,
    instants,
    st.integers(0, 9),
    st.one_of(st.none(), st.integers(1, 5)),
)
plans = st.builds(
    lambda customer, at, days, price, revision: Plan(
        customer, at, days and at + days * DAY, price, revision
    ),
    customers,
    instants,
    st.one_of(st.none(), st.integers(1, 60)),
    st.integers(1, 9),
    st.one_of(st.none(), st.integers(1, 2)),
)


def corrected(states: list[Any], **changed: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """States with other ones from the same times, in any order."""
    if not states:
        return st.just(())
    values = st.fixed_dictionaries(changed)
    again = st.builds(lambda one, said: replace(one, **said), st.sampled_from(states), values)
    return st.lists(again, max_size=4).flatmap(
        lambda others: st.permutations([*states, *others]).map(tuple)
    )


worlds = st.builds(
    World,
    st.lists(st.tuples(customers, instants), min_size=1, max_size=8, unique=True).map(tuple),
    st.lists(orders, max_size=25).map(tuple),
    st.lists(returns, max_size=8).flatmap(lambda some: corrected(some, known_at=instants)),
    st.lists(plans, max_size=6).flatmap(lambda some: corrected(some, revision=st.integers(1, 3))),
)
#: Corrected states, stored first and last.
CORRECTED = World(
    rows=tuple((who, START + days * DAY) for who in (1, 2, 3) for days in (5, 20)),
    orders=(),
    returns=(
        Return(1, START, START + 9 * DAY, 1),
        Return(1, START, START + 1 * DAY, 5),
        Return(2, START, START + 1 * DAY, 5),
        Return(2, START, START + 9 * DAY, 1),
        Return(3, START, START, None),
        Return(3, START, START, 4),
        Return(3, START, START, 3),
    ),
    plans=(
        Plan(1, START, None, 9, 1),
        Plan(1, START, None, 3, 2),
        Plan(1, START, None, 8, None),
        Plan(2, START, START + 90 * DAY, 9, None),
        Plan(2, START, None, 1, None),
        Plan(2, START, START + 30 * DAY, 5, None),
        Plan(3, START, None, 4, 1),
        Plan(3, START, None, 6, 1),
        Plan(3, START, None, 5, 1),
    ),
)
#: Two customers of one store as of one moment, and what lies exactly on an edge: the beginning of
#: each window, the end of a state and of its ttl, and the as-of time itself.
ON_EDGES = World(
    rows=((2, START + 100 * DAY), (3, START + 100 * DAY)),
    orders=tuple(
        Order(who, START + (100 - days) * DAY, 30 + int(days), 1 + int(days) % 5, "a", True)
        for who in (2, 3)
        for days in (0, 0.5, 7, 14, 28, 56)
    ),
    returns=(
        Return(2, START + 70 * DAY, START + 90 * DAY, 2),
        Return(2, START + 80 * DAY, START + 100 * DAY, 5),
        Return(3, START + 100 * DAY, START + 100 * DAY, 1),
    ),
    plans=(
        Plan(2, START + 10 * DAY, START + 100 * DAY, 7, 1),
        Plan(2, START + 100 * DAY, None, 8, 1),
        Plan(3, START + 20 * DAY, START + 99 * DAY, 9, 1),
    ),
)
quick = settings(
    max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)

Joined = Callable[[World], list[dict[str, Any]]]
#: The lab's relations as tables, with the columns that the query reads.
TABLES = {
    "as_of_customer": "customer_id int, as_of_at timestamp, store_id int",
    "feat_customer__orders": "customer_id int, ordered_at timestamp, amount int, items int, "
    '"select" varchar, is_online boolean',
    "feat_customer__returns": "customer_id int, returned_at timestamp, known_at timestamp",
    "feat_customer__plans": "customer_id int, valid_from timestamp, valid_to timestamp, "
    "price int, is_paid boolean, revision int",
    "feat_customer__ratings": "customer_id int, rated_at timestamp, known_at timestamp, rating int",
    "feat_customer__person": "customer_id int, birth_year int",
    "feat_store__visits": "store_id int, visited_at timestamp",
}


def compile_in(folder: Path, server: Server | None) -> str:
    """The query of the lab's model `joined`, as dbt compiles it."""
    lab = make_lab(folder, server)
    for command in (["deps"], ["build", "--select", "package:lab"]):
        done = lab.dbt(*command)
        assert done.returncode == 0, done.stdout
    return (folder / "target/compiled/lab/models/joined.sql").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> str:
    return compile_in(tmp_path_factory.mktemp("lab") / "lab", None)


@pytest.fixture(scope="module", params=["as compiled", "every entity is busy"])
def joined(compiled: str, request: pytest.FixtureRequest) -> Iterator[Joined]:
    """Runs the query over a world on DuckDB; once with the form that only busy entities get."""
    sql = compiled
    if request.param != "as compiled":
        assert "> 50 * (" in sql
        sql = sql.replace("> 50 * (", "> 0 * (")
    con = duckdb.connect()
    con.execute("attach ':memory:' as lab; create schema lab.shop; use lab.shop")
    for table, columns in TABLES.items():
        con.execute(f"create table {table} ({columns})")

    def fill(table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        con.execute(f"delete from {table}")
        if rows:
            con.executemany(f"insert into {table} values ({', '.join('?' for _ in rows[0])})", rows)

    def run(world: World) -> list[dict[str, Any]]:
        for table, rows in rows_of(world).items():
            fill(table, rows)
        found = con.execute(f"select * from ({sql}) order by customer_id, as_of_at")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    yield run
    con.close()


@pytest.fixture(scope="module")
def joined_on_postgres(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Joined]:
    """Runs the query that Postgres gets over a world."""
    sql = compile_in(tmp_path_factory.mktemp("on_postgres") / "lab", postgres_server)
    postgres_server.make_database("worlds")
    with closing(postgres_server.connect("worlds")) as session, session.cursor() as cursor:
        # The query names the database that it was compiled for.
        sql = sql.replace('"on_postgres0_lab"."shop".', '"shop".')
        cursor.execute("create schema shop; set search_path to shop")
        for table, columns in TABLES.items():
            cursor.execute(f"create table {table} ({columns})")

        def run(world: World) -> list[dict[str, Any]]:
            for table, rows in rows_of(world).items():
                cursor.execute(f"delete from {table}")
                if rows:
                    execute_values(cursor, f"insert into {table} values %s", rows)
            cursor.execute(f"select * from ({sql}) as found order by customer_id, as_of_at")
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        yield run


def rows_of(world: World) -> dict[str, Sequence[tuple[Any, ...]]]:
    """What the lab's relations hold."""
    return {
        # Two customers share a store, so that a view joined via the store meets repeated keys.
        "as_of_customer": [(who, when, who // 2) for who, when in world.rows],
        "feat_customer__orders": [
            (o.customer, o.at, o.amount, o.items, o.product, o.online) for o in world.orders
        ],
        "feat_customer__returns": [(r.customer, r.at, r.known_at) for r in world.returns],
        "feat_customer__ratings": [(r.customer, r.at, r.known_at, r.stars) for r in world.returns],
        "feat_customer__plans": [
            (p.customer, p.at, p.until, p.price, True, p.revision) for p in world.plans
        ],
        "feat_customer__person": [(1, 1980)],
        "feat_store__visits": [
            (o.customer // 2, o.at) for o in world.orders if o.customer is not None
        ],
    }


def meaning(world: World, who: int, when: datetime) -> dict[str, Any]:
    """What the lab's views declare, said in Python for one customer and moment."""
    past = [o for o in world.orders if o.customer == who and o.at is not None and o.at < when]

    def within(span: timedelta) -> list[Order]:
        return [o for o in past if o.at >= when - span]

    def amounts(span: timedelta) -> list[int]:
        return [o.amount for o in within(span) if o.amount is not None]

    def days(ats: list[datetime]) -> float | None:
        return (when - max(ats)) / DAY if ats else None

    week, month = 7 * DAY, 28 * DAY
    stores = [
        o
        for o in world.orders
        if o.customer is not None and o.at is not None and o.customer // 2 == who // 2
    ]
    gone_back = [r for r in world.returns if r.customer == who and max(r.at, r.known_at) < when]
    # Of states from one time the one that became known last counts, then the largest `order_by`,
    # the one that lasts longest, and the largest value; nothing is less than any number.
    rated = max(gone_back, key=lambda r: (r.at, r.known_at, r.stars or 0), default=None)
    plans = sorted(
        (p for p in world.plans if p.customer == who and p.at < when),
        key=lambda p: (p.at, p.revision or 0, p.until or datetime.max, p.price),
    )
    plan = plans[-1] if plans else None
    if plan and (plan.at < when - 90 * DAY or (plan.until and plan.until < when)):
        plan = None
    said: dict[str, Any] = {}
    for suffix, span in (("7d", week), ("4w", month)):
        of = amounts(span)
        said |= {
            f"orders_count_{suffix}": len(within(span)),
            f"orders_sum_amount_{suffix}": sum(of),
            f"orders_avg_amount_{suffix}": sum(of) / len(of) if of else None,
            f"orders_min_amount_{suffix}": min(of, default=None),
            f"orders_count_distinct_select_{suffix}": len(
                {o.product for o in within(span)} - {None}
            ),
            f"orders_trend_{suffix}": 2 * len(within(span)) - len(within(2 * span)),
        }
    return said | {
        "orders_max_items_12h": max((o.items for o in within(DAY / 2)), default=None),
        "orders_trend_amount_7d": 2 * sum(amounts(week)) - sum(amounts(2 * week)),
        "orders_big_online_4w": sum(bool(o.online) and (o.amount or 0) > 20 for o in within(month)),
        "orders_days_since_last": days([o.at for o in past]),
        "orders_days_since_online": days([o.at for o in past if o.online]),
        "returns_count_30d": sum(r.at >= when - 30 * DAY for r in gone_back),
        "returns_days_since_last": days([r.at for r in gone_back]),
        "ratings_rating": rated.stars if rated else None,
        "plans_price": plan.price if plan else None,
        "plans_is_paid": True if plan else None,
        "person_birth_year": 1980 if who == 1 else None,
        "store_visits_count_7d": sum(when - week <= o.at < when for o in stores),
    }


later_orders = st.lists(st.tuples(orders, st.integers(0, 99)), min_size=1, max_size=10)


@quick
@given(world=worlds)
@example(world=CORRECTED)
@example(world=ON_EDGES)
def test_features_are_what_they_mean(joined: Joined, world: World) -> None:
    check_meaning(joined, world)


@quick
@given(world=worlds)
@example(world=CORRECTED)
@example(world=ON_EDGES)
def test_they_are_on_postgres(joined_on_postgres: Joined, world: World) -> None:
    check_meaning(joined_on_postgres, world)


def check_meaning(joined: Joined, world: World) -> None:
    found = joined(world)
    assert len(found) == len(world.rows)
    for row in found:
        for name, value in meaning(world, row["customer_id"], row["as_of_at"]).items():
            assert row[name] == pytest.approx(value, abs=1e-5), name


@quick
@given(world=worlds, later=later_orders, drop=st.booleans())
def test_nothing_from_the_as_of_time_on_changes_a_feature(
    joined: Joined, world: World, later: list[tuple[Order, int]], drop: bool
) -> None:
    check_later(joined, world, later, drop)


@quick
@given(world=worlds, later=later_orders, drop=st.booleans())
def test_nothing_later_changes_one_on_postgres(
    joined_on_postgres: Joined, world: World, later: list[tuple[Order, int]], drop: bool
) -> None:
    check_later(joined_on_postgres, world, later, drop)


def check_later(joined: Joined, world: World, later: list[tuple[Order, int]], drop: bool) -> None:
    """Add, remove and alter what happens at or after the as-of time: no feature moves."""
    moment = world.rows[0][1]
    world = replace(world, rows=tuple({(who, moment) for who, _ in world.rows}))
    before = joined(world)
    after = [replace(order, at=moment + days * DAY) for order, days in later]
    changed = World(
        rows=world.rows,
        orders=(
            *(o for o in world.orders if not drop or o.at is None or o.at < moment),
            *after,
        ),
        returns=(
            *(r for r in world.returns if not drop or r.known_at < moment),
            *(Return(o.customer or 1, moment - DAY, o.at, 3) for o in after),
        ),
        plans=tuple(replace(p, price=p.price + 100) if p.at >= moment else p for p in world.plans),
    )
    assert joined(changed) == before


@quick
@given(world=worlds)
@example(world=CORRECTED)
def test_how_rows_are_stored_changes_nothing(joined: Joined, world: World) -> None:
    check_order(joined, world)


@quick
@given(world=worlds)
@example(world=CORRECTED)
def test_how_rows_are_stored_changes_nothing_on_postgres(
    joined_on_postgres: Joined, world: World
) -> None:
    check_order(joined_on_postgres, world)


def check_order(joined: Joined, world: World) -> None:
    stored_backwards = replace(
        world, orders=world.orders[::-1], returns=world.returns[::-1], plans=world.plans[::-1]
    )
    assert joined(stored_backwards) == joined(world)
