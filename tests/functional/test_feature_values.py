"""Features of one hostile set of tables, on DuckDB and on Postgres: equal value by value."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from portable import make_lab

if TYPE_CHECKING:
    from postgres_server import Server
    from project import Project

#: As-of times at the ends of months, of microseconds, and none; keys of 19 digits and with quotes.
AS_OF_SQL = """
select
    customers.customer_id,
    customers.store,
    moments.as_of_at
from (
    values
    (9223372036854775807, 'O''Brien "x" %'),
    (9223372036854775806, 'Zoë'),
    (-1, 'zoë'),
    (0, 'zoe'),
    (4711, null),
    (null, 'Zoë')
) as customers (customer_id, store)
cross join (
    values
    (timestamp '2024-02-29 00:00:00'),
    (timestamp '2024-03-31 00:00:00'),
    (timestamp '2024-04-30 23:59:59.999999'),
    (timestamp '2024-07-01 00:00:00.000001'),
    (timestamp '2023-12-31 00:00:00'),
    (cast(null as timestamp))
) as moments (as_of_at)
"""
#: Nulls, negative numbers, each type of number, and events at the edges of windows.
ORDERS_SQL = """
with numbered as (
    select cast(series.number as integer) as n
    from generate_series(1, 900) as series (number)
)

select
    case n % 5
        when 0 then 9223372036854775807
        when 1 then 9223372036854775806
        when 2 then -1
        when 3 then 0
    end as customer_id,
    case n % 4 when 0 then 'O''Brien "x" %' when 1 then 'Zoë' when 2 then 'zoë' end as store,
    case
        when n % 50 = 0 then null
        when n % 9 = 0 then timestamp '2024-02-29 00:00:00' - (n % 30) * interval '1 day'
        when n % 9 = 1 then timestamp '2024-07-01 00:00:00.000001' - (n % 40) * interval '12 hours'
        else timestamp '2024-01-01 00:00:00.000001' + n * interval '5 hours'
    end as ordered_at,
    cast(date '2024-01-01' + n % 180 as date) as ordered_on,
    timestamp '2024-01-01 00:00:00' + n * interval '7 hours' as known_at,
    case when n % 7 > 0 then n * 48271 % 2001 - 1000 end as amount,
    cast(n % 200 - 100 as smallint) as small,
    9223372036854775807 - cast(n as bigint) * 48271 as big,
    cast(n % 300 as decimal(12, 4)) * 0.0125 - 2 as price,
    cast(n - 450 as double precision) / 7 as share,
    cast(cast(n - 450 as double precision) / 10 as real) as weight,
    case n % 6 when 0 then 'é' when 1 then 'e' when 2 then 'E' when 3 then 'É' when 4 then '' end
        as "select",
    case when n % 11 > 2 then n % 2 = 0 end as is_online
from numbered
"""
#: Many states of one time, which only their order tells apart, and texts that each language sorts
#: in its own way.
PLANS_SQL = """
select
    customers.customer_id,
    states.*
from (
    values (9223372036854775807), (9223372036854775806), (-1), (0), (null)
) as customers (customer_id)
cross join (
    values
    (timestamp '2024-01-31', timestamp '2024-02-01', null, 'a', 1, 'a', -1.5, true, date '2024-02-29', 'é'),
    (timestamp '2024-01-31', timestamp '2024-02-01', null, 'B', 1, 'B', -2.5, true, date '2024-02-28', 'z'),
    (timestamp '2024-01-31', timestamp '2024-02-01', null, 'é', null, 'b', null, null, date '2024-02-27', 'Z'),
    (timestamp '2024-01-31', timestamp '2024-02-02', null, 'Z', 1, 'a', 0.0, false, date '2024-03-31', null),
    (timestamp '2024-03-30 23:59:59.999999', timestamp '2024-03-30', timestamp '2024-05-01', 'z', 2, 'ä', 1e15, false, null, ''),
    (timestamp '2024-03-31', timestamp '2024-03-30', timestamp '2024-06-30', 'a', 3, 'A', 7.0, false, null, 'x'),
    (timestamp '2024-03-31', timestamp '2024-04-30 23:59:59.999999', null, 'Ä', 3, 'z', 7.0, null, null, 'X'),
    (timestamp '2024-06-30', timestamp '2024-06-30', timestamp '2024-07-01 00:00:00.000001', 'q', -7, 'q', -7.0, true, null, 'q'),
    (null, timestamp '2024-01-01', null, 'none', 9, 'none', 9.0, true, null, 'none')
) as states (valid_from, known_at, valid_to, revision, number, "select", price, is_paid, paid_on, note)
"""  # noqa: E501
SPINE_SQL = """
select
    customer_id,
    as_of_at,
    cast(customer_id % 7 as integer) as "select"
from {{ ref('as_of_customer') }}
where customer_id is not null and as_of_at is not null
"""
PERSON_SQL = """
select customer_id, birth_year, nick
from (
    values (9223372036854775807, 1980, 'Zoë'), (-1, null, '%'), (0, -44, null)
) as persons (customer_id, birth_year, nick)
"""
ALL_SQL = """
with labelled as (
    select customer_id, store, as_of_at from {{ ref('as_of_customer') }}
)

{{ foretell.join_features('labelled', [
    ref('feat_customer__orders'),
    ref('feat_customer__days'),
    ref('feat_customer__late'),
    ref('feat_customer__plans'),
    ref('feat_customer__latest'),
    ref('feat_customer__spine'),
    ref('feat_customer__person'),
    ref('feat_store__orders_of_the_store_in_which_a_customer_was_seen'),
], entity='customer_id', as_of='as_of_at') }}
"""
NUMBERS = ("amount", "small", "big", "price", "share", "weight")
EVERY_AGGREGATION: list[dict[str, Any]] = [
    {"agg": "count"},
    {"agg": "trend"},
    {"agg": "days_since_last"},
    {"agg": "days_since_last", "where": "is_online", "name": "days_since_online"},
    {"agg": "count", "where": "is_online and amount > -200", "name": "online"},
    {"agg": "sum", "column": "amount", "where": "\"select\" <> 'é'", "name": "not_e"},
    {"agg": "min", "column": "is_online"},
    {"agg": "max", "column": "is_online"},
    *({"agg": "count_distinct", "column": name} for name in ("select", "amount", "weight")),
    *(
        {"agg": agg, "column": name}
        for agg in ("sum", "avg", "min", "max", "trend")
        for name in NUMBERS
    ),
]
EVENTS = {"kind": "events", "entity": "customer_id", "time": "ordered_at"}
VIEWS = {
    "feat_customer__orders": EVENTS
    | {"windows": ["12 hours", "7 days", "13 weeks"], "aggregations": EVERY_AGGREGATION},
    "feat_customer__days": EVENTS
    | {"time": "ordered_on", "windows": ["1 day"], "aggregations": EVERY_AGGREGATION[:5]},
    "feat_customer__late": EVENTS
    | {"known_at": "known_at", "windows": ["30 days"], "aggregations": EVERY_AGGREGATION[:8]},
    "feat_store__orders_of_the_store_in_which_a_customer_was_seen": EVENTS
    | {
        "entity": "store",
        "via": "store",
        "topic": "of_store",
        "windows": ["4 weeks"],
        "aggregations": EVERY_AGGREGATION,
    },
    "feat_customer__plans": {
        "kind": "states", "entity": "customer_id", "time": "valid_from", "order_by": "revision",
        "until": "valid_to", "ttl": "60 days",
        "features": ["select", "price", "is_paid", "paid_on", "note"],
    },
    "feat_customer__latest": {
        "kind": "states", "entity": "customer_id", "time": "valid_from", "known_at": "known_at",
        "order_by": "number", "features": ["note", "select", "known_at"],
    },
    "feat_customer__spine": {
        "kind": "spine", "entity": "customer_id", "as_of": "as_of_at", "features": ["select"],
    },
    "feat_customer__person": {
        "kind": "static", "entity": "customer_id", "features": ["birth_year", "nick"],
    },
}  # fmt: skip
#: Two relations read the same rows.
SQL = {
    "as_of_customer": AS_OF_SQL,
    "fct_orders": ORDERS_SQL,
    "fct_plans": PLANS_SQL,
    "feat_customer__spine": SPINE_SQL,
    "feat_customer__person": PERSON_SQL,
    "joined": ALL_SQL,
} | {
    name: f"select * from {{{{ ref('fct_{'plans' if declared['kind'] == 'states' else 'orders'}') }}}}"  # noqa: E501
    for name, declared in VIEWS.items()
    if declared["kind"] in ("events", "states")
}


def make(folder: Any, server: Server | None) -> Project:
    project = make_lab(folder, server)
    for file in (project.folder / "models").iterdir():
        file.unlink()
    for name, sql in SQL.items():
        project.write(f"models/{name}.sql", sql)
    models = [
        {"name": name, "config": {"meta": {"feature_view": declared}}}
        for name, declared in VIEWS.items()
    ]
    project.write("models/lab.yml", json.dumps({"models": models}))
    assert project.dbt("deps").returncode == 0
    return project


@pytest.fixture(scope="module")
def both(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Project, Project]:
    folder = tmp_path_factory.mktemp("values")
    projects = make(folder / "duckdb", None), make(folder / "postgres", postgres_server)
    for project in projects:
        project.build("--select", "package:lab")
    return projects


def joined(project: Project) -> list[dict[str, Any]]:
    """The rows of the joined table, by its keys."""
    types = dict(
        project.query(
            "select column_name, data_type from information_schema.columns "
            "where table_name = 'joined' order by ordinal_position"
        )
    )
    # Texts of single precision have fewer digits than what Python makes of them.
    columns = [
        f'cast("{name}" as double precision)' if kind in ("FLOAT", "real") else f'"{name}"'
        for name, kind in types.items()
    ]
    rows = [
        {name: plain(value) for name, value in zip(types, row, strict=True)}
        for row in project.query(f"select {', '.join(columns)} from shop.joined")
    ]
    return sorted(
        rows, key=lambda row: [repr(row[name]) for name in ("customer_id", "store", "as_of_at")]
    )


def plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def test_features_are_equal_value_by_value(both: tuple[Project, Project]) -> None:
    here, there = (joined(project) for project in both)
    assert len(here) == len(there) == 36
    assert list(here[0]) == list(there[0])
    differ = [
        (name, ours["customer_id"], ours["as_of_at"], ours[name], theirs[name])
        for ours, theirs in zip(here, there, strict=True)
        for name in ours
        if not _equal(ours[name], theirs[name])
    ]
    assert differ == []
    # Each feature says something: else the rows above prove nothing.
    dull = {name for name in here[0] if len({repr(row[name]) for row in here}) < 2}
    assert dull == set()


def _equal(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, float) or isinstance(theirs, float):
        is_none = ours is None or theirs is None
        return ours is theirs if is_none else bool(ours == pytest.approx(theirs, rel=1e-9))
    return bool(ours == theirs) and type(ours) is type(theirs)


def test_an_as_of_time_with_a_zone_is_refused_on_both(both: tuple[Project, Project]) -> None:
    zoned = "select customer_id, store, cast(as_of_at as timestamp with time zone) as as_of_at"
    for project in both:
        project.replace("models/joined.sql", "select customer_id, store, as_of_at", zoned)
        said = project.refused("--select", "joined")
        project.replace("models/joined.sql", zoned, "select customer_id, store, as_of_at")
        assert "as_of_at of labelled (`as_of`) has a time zone, and so it reads" in said
        assert "such as `as_of_at at time zone 'UTC' as as_of_at`" in said


def test_a_view_with_a_zone_is_refused_on_both(both: tuple[Project, Project]) -> None:
    for project in both:
        view = "models/feat_customer__late.sql"
        sql = (project.folder / view).read_text(encoding="utf-8")
        zoned = "cast(known_at as timestamp with time zone) as known_at"
        columns = 'customer_id, ordered_at, amount, "select", is_online'
        project.write(view, sql.replace("*", f"{columns}, {zoned}"))
        said = project.refused("--select", "feat_customer__late", "joined")
        project.write(view, sql)
        project.build("--select", "feat_customer__late")
        assert "has known_at (`known_at`) of type timestamp with time zone, which reads" in said


def test_a_name_that_postgres_would_cut_is_refused(both: tuple[Project, Project]) -> None:
    _, there = both
    topic = '"topic": "' + "a" * 60 + '"'
    there.replace("models/lab.yml", '"topic": "of_store"', topic)
    said = there.refused("--select", "joined")
    there.replace("models/lab.yml", topic, '"topic": "of_store"')
    assert "bytes, and the database keeps 63; give the view a shorter `topic`, or the" in said, said
