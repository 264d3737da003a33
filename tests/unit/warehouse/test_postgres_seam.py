"""Postgres behind the seam: what it writes and reads back, and views that outlive a change."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import psycopg2
import pyarrow as pa
import pytest

from foretell.errors import ForeignRelationError, WarehouseError
from foretell.ground.relation import Relation
from foretell.warehouse.dialect import Verbatim
from foretell.warehouse.duckdb import DuckDBWarehouse
from foretell.warehouse.marks import COMMENT
from foretell.warehouse.postgres import PostgresWarehouse
from postgres_server import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postgres_server import Server

DATABASE = "seam"
HISTORY = Relation(DATABASE, "own", "pred__history")
ANEW = HISTORY.sibling("pred__history_anew")
VIEW = Relation(DATABASE, "shop", "Pred of a shop")


@pytest.fixture(scope="module")
def server(postgres_server: Server) -> Server:
    """A server with the roles that tests grant to."""
    for role in ("reader", '"Analyst"'):
        postgres_server.query(f"create role {role} login password 'x'")
    return postgres_server


@pytest.fixture
def database(server: Server) -> Iterator[Any]:
    """Runs statements in a fresh database, as another session of its owner."""
    server.make_database(DATABASE)
    server.query("create schema own; create schema shop", DATABASE)
    yield lambda sql: server.query(sql, DATABASE)
    server.query(f"drop database {DATABASE} with (force)")


@pytest.fixture
def warehouse(database: Any, server: Server) -> Iterator[PostgresWarehouse]:
    assert database
    with closing(server.connect(DATABASE)) as session:
        yield PostgresWarehouse(session)


def said_of(database: Any, view: str) -> Any:
    """A view's owner, grants, comments and options, which are no part of its query."""
    (row,) = database(
        f"select pg_get_userbyid(relowner), array(select unnest(relacl)::text order by 1), "
        f"obj_description(oid), col_description(oid, 1), reloptions "
        f"from pg_class where oid = '{view}'::regclass"
    )
    return row


def make_readers(database: Any, warehouse: PostgresWarehouse) -> None:
    """A prediction's view, and two of its reader, of whom one belongs to somebody else."""
    warehouse.replace_view(VIEW, f"select key, score from {HISTORY}")
    database(
        f"""
        grant usage on schema shop to reader, "Analyst";
        grant create on schema shop to "Analyst";
        grant select on {VIEW} to reader, "Analyst";
        comment on view {VIEW} is 'It''s 100 %';
        comment on column {VIEW}.score is 'From 0 to 1';
        create view shop.above with (security_barrier) as
        select key, score from {VIEW} where score > 0.5;
        grant select on shop.above to public;
        grant select (key), insert (key) on shop.above to reader with grant option;
        comment on view shop.above is 'The riskiest';
        comment on column shop.above.key is 'Who';
        create view shop."Top" as select above.key from shop.above inner join {VIEW} as all_rows
            on above.key = all_rows.key;
        alter view shop."Top" owner to "Analyst"
        """
    )


VIEWS = (f'{VIEW.schema}."{VIEW.name}"', "shop.above", 'shop."Top"')


def test_a_column_gets_wider_below_views_that_stay_as_they_were(
    database: Any, warehouse: PostgresWarehouse
) -> None:
    warehouse.add_rows(HISTORY, "select cast(7 as integer) as key, 0.9e0 as score")
    make_readers(database, warehouse)
    before = [said_of(database, view) for view in VIEWS]
    assert before[2][0] == "Analyst"
    warehouse.add_rows(HISTORY, "select 3000000000 as key, 0.7e0 as score")
    assert warehouse.columns(HISTORY)["key"] == "BIGINT"
    assert warehouse.columns(Relation(DATABASE, "shop", "Top")) == {"key": "BIGINT"}
    assert database('select key from shop."Top" order by 1') == [(7,), (3000000000,)]
    assert [said_of(database, view) for view in VIEWS] == before
    assert database("select has_column_privilege('reader', 'shop.above', 'key', 'insert')") == [(True,)]  # noqa: E501  # fmt: skip


def test_a_views_columns_change_below_views_that_stay_as_they_were(
    database: Any, warehouse: PostgresWarehouse
) -> None:
    warehouse.add_rows(HISTORY, "select 7 as key, 0.9e0 as score, 'new' as word")
    make_readers(database, warehouse)
    before = [said_of(database, view) for view in VIEWS]
    warehouse.replace_view(VIEW, f"select key, word, score from {HISTORY}")
    assert list(warehouse.columns(VIEW)) == ["key", "word", "score"]
    assert database('select * from shop."Top"') == [(7,)]
    assert [said_of(database, view) for view in VIEWS] == before
    (comment,) = database("select col_description('shop.above'::regclass, 1)")[0]
    assert comment == "Who"


def test_a_view_that_needs_a_column_which_goes_is_named_and_all_stays(
    database: Any, warehouse: PostgresWarehouse
) -> None:
    warehouse.add_rows(HISTORY, "select 7 as key, 0.9e0 as score")
    make_readers(database, warehouse)
    with pytest.raises(WarehouseError, match=r"the view shop.above, which reads it, cannot .* as it was: column .*score does not exist\. Change or drop"):  # noqa: E501  # fmt: skip
        warehouse.replace_view(VIEW, f"select key from {HISTORY}")
    assert database('select * from shop."Top"') == [(7,)]
    database('drop view shop."Top"; create materialized view shop.kept as select * from shop.above')
    with pytest.raises(WarehouseError, match=r"shop.kept is a materialized view of .*Drop it"):
        warehouse.add_rows(HISTORY, "select 3000000000 as key, 0.7e0 as score")
    assert database("select count(*) from shop.kept") == [(1,)]
    assert warehouse.columns(HISTORY)["key"] == "INTEGER"


def test_a_table_takes_the_place_of_one_that_views_read(
    database: Any, warehouse: PostgresWarehouse
) -> None:
    warehouse.add_rows(HISTORY, "select 7 as key, 0.9e0 as score")
    make_readers(database, warehouse)
    before = [said_of(database, view) for view in VIEWS]
    warehouse.add_rows(ANEW, "select 'M8' as key, 0.8e0 as score")
    with warehouse.together():
        warehouse.replace_by(HISTORY, ANEW)
        warehouse.replace_view(VIEW, f"select key, score from {HISTORY}")
    assert database('select * from shop."Top"') == [("M8",)]
    assert [said_of(database, view) for view in VIEWS] == before
    tables = "select table_name from information_schema.tables where table_schema = 'own'"
    assert database(tables) == [("pred__history",)]

    # Nobody knows of a view that reads the history itself, so it is named.
    database(f"create view shop.direct as select count(*) from {HISTORY}")
    warehouse.add_rows(ANEW, "select 'M9' as key, 0.8e0 as score")
    with pytest.raises(WarehouseError, match=r"something else reads it: .*view shop.direct"):
        warehouse.replace_by(HISTORY, ANEW)
    assert database(f"select key from {HISTORY}") == [("M8",)]


def test_rows_with_bound_values_and_signs_in_texts(warehouse: PostgresWarehouse) -> None:
    values = ["it's 5 % of ?", None, np.int64(7), np.float64(0.5), date(2024, 2, 29), True]
    sql = "select ?, ?, ?, ?, ?, ?, '100 % of $1 or ?', 7 % 4 where 'a%b' like ?"
    ((*found,),) = warehouse.rows(sql, [*values, "a%"])
    assert found == [*values, "100 % of $1 or ?", 3]
    assert warehouse.rows("select '%s %% ?' as text, 7 % 4") == [("%s %% ?", 3)]
    assert warehouse.rows(Verbatim("select 'x' ~ '^[xyz]?$', '5 %'")) == [(True, "5 %")]
    # Sums and means are decimals there, and plain numbers here.
    (row,) = warehouse.rows(
        "select sum(n), avg(n), cast(0.1 as decimal(9, 4)) from (values (1), (2)) as a (n)"
    )
    assert row == (3, 1.5, 0.1)
    assert [type(value) for value in row] == [int, float, float]


def test_rows_are_appended_as_they_are(warehouse: PostgresWarehouse) -> None:
    empty = ", ".join(
        f"cast(null as {kind}) as {name}"
        for name, kind in (
            ("bytes", "bytea"),
            ("number", "double precision"),
            ("whole", "bigint"),
            ("text", "text"),
            ("at", "timestamp"),
            ("other", "text"),
        )
    )
    warehouse.ensure(HISTORY, Verbatim(f"select {empty}"))
    rows = [
        {"bytes": b"\x00\\'%\xff", "number": np.float32(0.5), "whole": np.int64(2**62),
         "text": "100 %, it's \\ \"x\" ?", "at": datetime(2024, 2, 29, 1, 2, 3, 4)},
        dict.fromkeys(("bytes", "number", "whole", "text", "at")),
        {"bytes": b"", "number": float("nan"), "whole": np.int32(-1), "text": "", "at": None},
    ]  # fmt: skip
    warehouse.append(HISTORY, [])
    warehouse.append(HISTORY, rows)
    found = warehouse.rows(f"select bytes, number, whole, text, at, other from {HISTORY}")
    assert [bytes(row[0]) if row[0] is not None else None for row in found] == [
        row["bytes"] for row in rows
    ]
    assert found[0][1:] == (0.5, 2**62, rows[0]["text"], rows[0]["at"], None)
    assert found[1][1:] == (None,) * 5
    assert repr(found[2][1:]) == "(nan, -1, '', None, None)"


KEYED = """
select
    cast(9223372036854775807 - n as bigint) as "select",
    case n % 5 when 0 then 'a' when 1 then 'B' when 2 then 'é' when 3 then 'Zoë''s "%"' end as word,
    timestamp '2024-01-31 00:00:00.000001' + n * interval '1 hour' as at,
    cast(n as double precision) / 7 as x
from (select cast(series.number as integer) as n from generate_series(1, 700) as series (number)) as
    numbered
"""


@pytest.mark.parametrize("limit", [0, 50, 10_000])
@pytest.mark.parametrize("key", [["word", "select"], ["at", "word"], ["x"]])
def test_a_sample_has_the_rows_and_the_order_of_duckdbs(
    key: list[str], limit: int, warehouse: PostgresWarehouse
) -> None:
    with duckdb.connect() as connection:
        here = DuckDBWarehouse(connection).sample(KEYED, key=key, limit=limit)
    there = warehouse.sample(KEYED, key=key, limit=limit)
    assert there.num_rows == min(limit, 700)
    assert there.to_pylist() == here.to_pylist()


def test_keys_of_types_that_arrow_lacks(warehouse: PostgresWarehouse, database: Any) -> None:
    database("create type own.mood as enum ('sad', 'it''s'); create domain own.age as smallint")
    sql = Verbatim(
        "select cast(12.50 as numeric) as free, cast(12.5 as numeric(9, 2)) as sized, "
        "cast('00000000-0000-0000-0000-0000000000ff' as uuid) as id, "
        "cast('it''s' as own.mood) as mood, cast(7 as own.age) as age"
    )
    warehouse.stage(HISTORY, sql)
    types = warehouse.columns(HISTORY)
    assert types == {
        "free": "NUMERIC", "sized": "NUMERIC(9,2)", "id": "UUID",
        "mood": "ENUM('sad', 'it''s')", "age": "SMALLINT",
    }  # fmt: skip
    keys = {name: warehouse.dialect.key_type(kind) for name, kind in types.items()}
    assert keys == {
        "free": "TEXT", "sized": "NUMERIC(9,2)", "id": "TEXT", "mood": "TEXT", "age": "SMALLINT",
    }  # fmt: skip
    cast = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in keys.items())
    (row,) = warehouse.sample(f"select {cast} from {HISTORY}", key=list(keys), limit=5).to_pylist()
    assert row == {
        "free": "12.50", "sized": Decimal("12.50"), "id": "00000000-0000-0000-0000-0000000000ff",
        "mood": "it's", "age": 7,
    }  # fmt: skip
    # A table gets columns of these, too, and a wider one where it has another.
    warehouse.add_rows(ANEW, "select 1 as nr")
    warehouse.add_rows(ANEW, f"select 2 as nr, mood, id, age from {HISTORY}")
    database("create type own.other as enum ('glad')")
    warehouse.add_rows(ANEW, Verbatim("select 3 as nr, cast('glad' as own.other) as mood"))
    assert warehouse.rows(f"select mood, age from {ANEW} order by nr") == [
        (None, None), ("it's", 7), ("glad", None),
    ]  # fmt: skip


def test_batches_are_mapped_also_none(warehouse: PostgresWarehouse) -> None:
    schema = pa.schema({"key": pa.int64(), "score": pa.float64()})

    def score(batch: pa.RecordBatch) -> pa.RecordBatch:
        keys = batch.column("key")
        return pa.record_batch([keys, pa.array([0.5] * len(keys), pa.float64())], schema=schema)

    query = "select cast(series.number as bigint) as key, cast('x%' as varchar) as word from generate_series(1, {}) as series (number)"  # noqa: E501
    for rows in (0, 1, 200_000):
        count = warehouse.map_batches(query.format(rows), score, schema=schema, into=HISTORY)
        assert count == rows
        assert warehouse.columns(HISTORY) == {"key": "BIGINT", "score": "DOUBLE PRECISION"}
        assert warehouse.rows(f"select count(*), max(key) from {HISTORY}") == [(rows, rows or None)]


def test_what_fails_together_leaves_nothing(warehouse: PostgresWarehouse, database: Any) -> None:
    warehouse.add_rows(HISTORY, "select 1 as key")

    def fail() -> None:
        with warehouse.together():
            warehouse.add_rows(HISTORY, "select 2 as key")
            with warehouse.together():
                warehouse.stage(ANEW, "select 3 as key")
            assert database("select count(*) from own.pred__history") == [(1,)], "not seen yet"
            warehouse.execute("select 1 / 0")

    with pytest.raises(warehouse.errors):
        fail()
    assert warehouse.rows(f"select key from {HISTORY}") == [(1,)]
    assert not warehouse.exists(ANEW)
    with warehouse.together():
        warehouse.add_rows(HISTORY, "select 2 as key")
    assert database("select count(*) from own.pred__history") == [(2,)]


def test_a_table_of_somebody_else_is_refused(warehouse: PostgresWarehouse, database: Any) -> None:
    database("create table own.pred__history as select 1 as key; comment on table own.pred__history is 'Mine'")  # noqa: E501  # fmt: skip
    arrow = pa.table({"key": [1]})
    for write in (
        lambda: warehouse.stage(HISTORY, "select 2 as key"),
        lambda: warehouse.add_rows(HISTORY, "select 2 as key"),
        lambda: warehouse.append(HISTORY, [{"key": 2}]),
        lambda: warehouse.stage_arrow(HISTORY, arrow),
        lambda: warehouse.forget_runs(HISTORY, ["a"], column="key"),
    ):
        with pytest.raises(ForeignRelationError, match="pred__history"):
            write()
    warehouse.drop(HISTORY)
    assert database("select key, obj_description('own.pred__history'::regclass) from own.pred__history") == [(1, "Mine")]  # noqa: E501  # fmt: skip
    warehouse.stage(ANEW, "select 1 as key")
    ((mark,),) = database("select obj_description('own.pred__history_anew'::regclass)")
    assert mark == COMMENT


def test_two_histories_begin_anew_at_once(
    server: Server, warehouse: PostgresWarehouse, database: Any
) -> None:
    others = [HISTORY.sibling(f"other__history{end}") for end in ("", "_anew")]
    for relation in (HISTORY, ANEW, *others):
        warehouse.stage(relation, "select 1 as key")
    with closing(server.connect(DATABASE)) as session:
        other = PostgresWarehouse(session)
        with warehouse.together():
            warehouse.replace_by(HISTORY, ANEW)
            with other.together():
                other.replace_by(*others)
    assert sorted(database("select tablename from pg_tables where schemaname = 'own'")) == [
        (others[0].name,),
        (HISTORY.name,),
    ]


def test_a_role_that_sees_little_is_still_told_who_holds_a_lock(
    server: Server, warehouse: PostgresWarehouse, database: Any
) -> None:
    warehouse.stage(HISTORY, "select 1 as key")
    database(f"create role builder login password '{PASSWORD}'; grant all on schema own to builder")
    database(f"alter table {HISTORY} owner to builder; alter role builder set lock_timeout = '1s'")
    address = server.connect(DATABASE).info.dsn_parameters | {
        "user": "builder",
        "password": PASSWORD,
    }
    with closing(psycopg2.connect(**address)) as session, warehouse.together():
        warehouse.execute(f"lock table {HISTORY} in access share mode")
        with pytest.raises(WarehouseError, match=r"which user foretell, .* process \d+ of the"):
            PostgresWarehouse(session).drop(HISTORY)
    database(f"alter table {HISTORY} owner to foretell; drop owned by builder; drop role builder")


def test_texts_mean_the_same_whatever_a_database_is_set_to(database: Any, server: Server) -> None:
    database(f"alter database {DATABASE} set datestyle = 'German'")
    database(f"alter database {DATABASE} set standard_conforming_strings = off")
    with closing(server.connect(DATABASE)) as session:
        strange = PostgresWarehouse(session)
        said = "select cast(cast('2025-08-01' as date) as text) as day, 'a\\b' as text"
        assert strange.rows(said) == [("2025-08-01", "a\\b")]
        (row,) = strange.sample(said, key=["day"], limit=10).to_pylist()
        assert row == {"day": "2025-08-01", "text": "a\\b"}
        strange.close()


def test_only_what_a_run_needs_may_be_lost_when_a_server_breaks_down(
    warehouse: PostgresWarehouse, database: Any
) -> None:
    names = ("history", "staged", "scores", "judgement")
    history, staged, scores, judgement = (Relation(DATABASE, "own", name) for name in names)
    rows = "select 1 as member_id"
    warehouse.add_rows(history, rows)
    warehouse.stage(staged, rows)
    schema = pa.schema([("member_id", pa.int32())])
    warehouse.map_batches(rows, lambda batch: batch, schema=schema, into=scores)
    warehouse.stage_arrow(judgement, pa.table({"judgement": ["published"]}))
    found = dict(
        database(
            "select relname, relpersistence from pg_class "
            "where relnamespace = 'own'::regnamespace and relkind = 'r'"
        )
    )
    assert found == {"history": "p", "staged": "u", "scores": "u", "judgement": "p"}
