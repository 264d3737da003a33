"""Queries that Python writes, in each dialect: the text is the golden one, and runs on the engine.

Each engine has the same rows and must give the same answers, a sample in the same order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from engines import DATABASE, DuckDB, Engine, Postgres

from foretell.ground.names import MATURES_AT
from foretell.ground.relation import Relation, quoted
from foretell.monitoring.performance import _scores_with_outcomes
from foretell.publishing.rows import _made
from foretell.publishing.view import replace_view
from foretell.request import Request, read_request
from foretell.spec import PredictionSpec
from foretell.staging.stage import _with_maturity
from foretell.staging.staged import Staged
from foretell.training.rows import select_inputs
from foretell.warehouse import dialect_of
from foretell.warehouse.dialect import Dialect
from postgres_server import Server

GOLDEN = Path(__file__).parent
SPEC = PredictionSpec.model_validate(
    {
        "task": "binary", "entity": "member_id", "as_of": "as_of_date", "label": "has_quit",
        "horizon": "30 days", "settle": "1 day", "slices": ["place"], "reasons": 1,
        "baseline": {"sql": "visits / 2.0;"},
    }
)  # fmt: skip
KINDS = {"visits": "number", "is_paid": "number", "pace": "number", "place": "string",
         "joined_at": "date"}  # fmt: skip
#: Columns of the training query, with their types as each engine names them in upper case.
TYPES = {
    "duckdb": {"member_id": "VARCHAR", "as_of_date": "DATE", "has_quit": "BOOLEAN",
               "visits": "INTEGER", "is_paid": "BOOLEAN", "pace": "DOUBLE", "place": "VARCHAR",
               "joined_at": "TIMESTAMP"},
    "postgres": {"member_id": "TEXT", "as_of_date": "DATE", "has_quit": "BOOLEAN",
                 "visits": "INTEGER", "is_paid": "BOOLEAN", "pace": "DOUBLE PRECISION",
                 "place": "TEXT", "joined_at": "TIMESTAMP"},
}  # fmt: skip
ROWS = """
select * from (values
    ('a', cast('2025-05-01' as date), true, 3, true, cast(1.5 as double precision), 'lake',
        cast('2024-01-01 10:00:00' as timestamp)),
    ('B', cast('2025-05-01' as date), false, 0, false, cast('NaN' as double precision), 'lake',
        cast('infinity' as timestamp)),
    ('é', cast('2025-05-01' as date), false, 7, null, cast(0.1 as double precision), null, null),
    ('a', cast('2025-07-20' as date), null, 4, true, cast(2 as double precision), 'hill',
        cast('2024-01-01 10:00:00' as timestamp)),
    ('B', cast('2025-07-20' as date), null, 1, true, null, 'hill', null)
) as v (member_id, as_of_date, has_quit, visits, is_paid, pace, place, joined_at)
"""
HISTORY = """
select member_id, as_of_date, cast(0.25 as double precision) as score, is_paid as is_named,
    place as reason_1, place, 1 as model_version, cast('live' as varchar(9)) as origin,
    cast('2025-05-02 06:00:00' as timestamp) as scored_at,
    cast('2025-06-01' as timestamp) as matures_at, as_of_date as today,
    cast('run' as varchar(9)) as run_id
from shop.main.foretell_query
"""

SCORED = "select member_id, as_of_date, 0.5 as score from shop.main.foretell_query"


class Base:
    """An engine with the rows of a training query, and what writes queries for it."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine, self.name = engine, name
        self.dialect: Dialect = dialect_of(name)
        types = TYPES[name]
        self.staged = Staged(REQUEST.staged, SPEC, KINDS, self.dialect, types)  # type: ignore[arg-type]
        self.statements: list[str] = []
        history = ["member_id", "as_of_date", "score", "is_named", "reason_1", "place",
                   "model_version", "origin", "scored_at", "matures_at"]  # fmt: skip
        self.warehouse: Any = SimpleNamespace(
            dialect=self.dialect,
            columns=lambda _: dict.fromkeys(history, ""),
            replace_view=lambda relation, sql: self.statements.append(
                f"create or replace view {relation} as\n{sql}"
            ),
        )
        engine.run(f"create table {RAW} as {ROWS}")
        engine.run(f"create table {REQUEST.history} as {HISTORY}")
        engine.run(f"create table {REQUEST.scored} as {SCORED}")
        engine.run(
            f"create table {REQUEST.store('runs')} as "
            "select 'run' as run_id, 'pred' as prediction, 'published' as status"
        )
        engine.run(f"create table {REQUEST.staged} as {self.dialect.render(staging(self))}")


def make_request() -> Request:
    place = {"database": DATABASE, "schema": "main"}
    empty = dict.fromkeys(
        ("file", "description", "sql", "invocation_id", "suite", "modules", "logs"), ""
    )
    said = {
        "prediction": "pred", "declared": {}, "views": [], "column_tags": {}, "today": "2025-08-01",
        "train": False, "full_refresh": False, "reset": False, "train_seconds": "600",
        "gates": True, "relation": place | {"name": "pred"}, "stores": place, "champion_from": None,
    }  # fmt: skip
    return read_request(json.dumps(empty | said))


REQUEST = make_request()
RAW = Relation(DATABASE, "main", "foretell_query")


def staging(base: Base) -> str:
    now = REQUEST.instant
    return _with_maturity(REQUEST, SPEC, TYPES[base.name], now, base.dialect)


def sample(base: Base) -> str:
    inputs = select_inputs(base.staged, base.staged.labelled, features=list(KINDS))
    key = {name: TYPES[base.name][name] for name in base.staged.key}
    return base.dialect.sampled(inputs, key=key, limit=2)


def view(base: Base) -> str:
    replace_view(REQUEST, base.staged, base.warehouse)
    return base.statements.pop()


def publication(base: Base) -> str:
    scores = f"select * from {REQUEST.scored}"
    made = _made(REQUEST, base.dialect, scores, origin="live", run_id="run")
    # The moment at which it is made is the one thing that differs from run to run.
    return re.sub(r"'2\d{3}-[^']*\.\d{6}'", "'2025-08-01 06:00:00.000000'", made)


def monitoring(base: Base) -> str:
    return _scores_with_outcomes(REQUEST, base.staged, base.warehouse)


def fingerprint(base: Base) -> str:
    rows = f"select * from {RAW}"
    return base.dialect.by_day(rows, by="as_of_date", since=date(2025, 7, 1))


def expressions(base: Base) -> str:
    write, types = base.dialect, TYPES[base.name]
    texts = [
        f"max({write.key_text(quoted(name), types[name])}) as {name}"
        for name in ("as_of_date", "visits", "place", "joined_at")
    ]
    draw = write.draw("rows", {name: types[name] for name in ("member_id", "as_of_date")})
    asked = {
        "least_draw": f"min({draw})",
        "paid": f"sum({write.as_number('is_paid', types['is_paid'])})",
        "seconds": f"max({write.seconds_between('as_of_date', MATURES_AT)})",
        "median": f"({write.quantiles(write.as_number('visits'), [0.5], values=1)})[1]",
        "members": write.count_different("member_id", values=1),
        "first": write.value_at_least("visits", "pace"),
        "never": f"max({write.add_seconds(write.day('9999-12-31'), 86_400)})",
        "new": f"count(*) filter (where as_of_date > {write.day(date(2025, 6, 1))})",
    }
    listed = [f"{sql} as {name}" for name, sql in asked.items()]
    return f"select {', '.join([*texts, *listed])} from {REQUEST.staged}"


def keys(base: Base) -> str:
    values = {
        "decimal(9, 2)": ("1.50", "100", "-0.25", "0"),
        "bigint": ("-7", "9007199254740993"),
        "double precision": ("1.5", "-0", "1e15", "123456789012345", "1e16", "0.1", "1e-7"),
        "boolean": ("true", "false"),
        "uuid": ("00000000-0000-0000-0000-0000000000FF",),
        "date": ("2025-08-01", "0987-06-05"),
        "timestamp": ("2025-08-01 09:30:00.000001",),
    }
    texts = [
        base.dialect.key_text(f"cast('{value}' as {kind})", kind.upper().replace(" 2", "2"))
        for kind, listed in values.items()
        for value in listed
    ]
    columns = (f"{text} as key_{number}" for number, text in enumerate(texts))
    return f"select {', '.join(columns)}"


QUERIES: dict[str, Callable[[Base], str]] = {
    one.__name__: one
    for one in (staging, sample, view, publication, monitoring, fingerprint, expressions, keys)
}


@pytest.fixture(scope="module")
def duckdb_base() -> Base:
    return Base(DuckDB(), "duckdb")


@pytest.fixture(scope="module")
def postgres_base(postgres_server: Server) -> Base:
    return Base(Postgres(postgres_server), "postgres")


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
def test_a_query_is_the_golden_one_and_runs(
    request: pytest.FixtureRequest, duckdb_base: Base, dialect: str, name: str
) -> None:
    base: Base = request.getfixturevalue(f"{dialect}_base")
    text = base.dialect.render(QUERIES[name](base))
    golden = GOLDEN / dialect / f"{name}.sql"
    assert golden.exists(), f"If this is right, write it to {golden} by hand:\n{text}"
    assert text.strip() == golden.read_text(encoding="utf-8").strip(), (
        f"If the new query is right, write it to {golden} by hand:\n{text}"
    )
    assert answers(base, name)
    assert answers(base, name) == answers(duckdb_base, name)


def answers(base: Base, name: str) -> list[tuple[object, ...]]:
    """What an engine says to a query; of hashes, which are its own, that there are some."""
    rows = base.engine.run(base.dialect.render(QUERIES[name](base)))
    if name == "view":
        rows = base.engine.run(f"select * from {REQUEST.relation} order by 1, 2")
    if name == "fingerprint":
        rows = [(*row[:-1], str(bool(int(row[-1])))) for row in rows]
    # A key's text is compared as a text.
    found = [row if name == "keys" else alike(row) for row in rows]
    return found if name == "sample" else sorted(found, key=str)


def alike(row: tuple[str, ...]) -> tuple[object, ...]:
    """A row whose numbers are numbers."""

    def one(text: str) -> object:
        try:
            return float(text)
        except ValueError:
            return text

    return tuple(map(one, row))
