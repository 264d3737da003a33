"""Postgres behind the seam: sessions of its own beside the one that dbt holds, as the same role.

Statements go through psycopg2, rows in bulk through Arrow: `COPY` in both directions. Each session
is in UTC and commits each statement, so that none waits for another of the same run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from typing import Any
from zlib import crc32

import numpy as np
import psycopg2
import pyarrow as pa
from psycopg2.extras import execute_values

from foretell.errors import WarehouseError
from foretell.ground.relation import Relation, quoted
from foretell.ground.sql_text import with_holes
from foretell.warehouse import postgres_sessions as sessions
from foretell.warehouse.dialect import Dialect, Verbatim
from foretell.warehouse.marks import MARK
from foretell.warehouse.postgres_dialect import PostgresDialect
from foretell.warehouse.postgres_types import (
    COLUMNS,
    TYPE,
    decimal_type,
    nameable,
    type_for_both,
)
from foretell.warehouse.postgres_views import READERS, View
from foretell.warehouse.tables import Tables, marks

BATCH_ROWS = 65_536
#: Rows of a store that one statement appends.
PAGE = 1_000
#: What stands for a value to bind, in a text that is searched for it.
HOLE = "foretell_hole_5d1f"
_DIALECT = PostgresDialect()


class PostgresWarehouse(Tables):
    """A dbt node's warehouse, on Postgres.

    Parameters
    ----------
    handle
        dbt's own session of this thread, psycopg2's. Its address, password, role and search path
        are used; of the session itself only what a macro is to read.
    """

    errors: tuple[type[Exception], ...] = (psycopg2.Error,)
    dialect: Dialect = _DIALECT
    address = "postgresql+psycopg2://"
    text = "TEXT"

    def __init__(self, handle: Any) -> None:
        import adbc_driver_manager

        self.errors = (psycopg2.Error, adbc_driver_manager.Error)
        self._handle = handle
        self._dsn = sessions.dsn_of(handle)
        self._con = self.connection()
        version = self._con.server_version
        self.engine = ("postgres", f"{version // 10_000}.{version % 10_000}")
        self._in_transaction = False

    # Tables.

    def stage(self, relation: Relation, sql: str) -> None:
        # What a run needs is written once, not to the log as well.
        self._make(relation, sql, kind="unlogged table")
        self._run(f"analyze {relation}")

    def _make(self, relation: Relation, sql: str, kind: str = "table") -> None:
        self._refuse_foreign(relation)
        with self.together():
            self._run(f"drop table if exists {relation}")
            self._run(f"create {kind} {relation} as\n{_rendered(sql)}")
            self._run(marks(relation))

    def drop(self, *relations: Relation) -> None:
        # What ended the session is the reason to tell; the next run sweeps.
        if not self._con.closed:
            super().drop(*relations)

    def add_rows(self, relation: Relation, sql: str, *, as_text: bool = False) -> None:
        super().add_rows(relation, sql, as_text=as_text)
        # Until the server looks by itself, it plans as for an empty table.
        self._run(f"analyze {relation}")

    def forget_runs(self, relation: Relation, runs: Collection[str], *, column: str) -> None:
        self._refuse_foreign(relation)
        self._run(f"delete from {relation} where {quoted(column)} = any(%s)", [sorted(runs)])

    def replace_by(self, relation: Relation, replacement: Relation) -> None:
        # A view that reads the table keeps reading it until it is made anew, so that it can be
        # dropped at the end only.
        with self.together():
            if self._comment(relation).startswith(MARK):
                number = crc32(str(relation).encode())
                aside = relation.sibling(f"foretell_replaced_{number:08x}")
                self._run(f"alter table {relation} rename to {quoted(aside.name)}")
                self._replaced.append(aside)
            self._run(f"alter table {replacement} rename to {quoted(relation.name)}")

    def replace_view(self, relation: Relation, sql: str) -> None:
        with self.together():
            self._run("savepoint as_it_was")
            try:
                self._run(f"create or replace view {relation} as\n{_rendered(sql)}")
            except psycopg2.errors.InvalidTableDefinition:
                # Columns may be added at its end, nothing else.
                self._run("rollback to savepoint as_it_was")
                with self._without(self._views(relation, of_itself=True), relation):
                    self._run(f"create view {relation} as\n{_rendered(sql)}")

    def columns(self, relation: Relation) -> dict[str, str]:
        return dict(
            self._all(
                f"select attname, {TYPE} from {COLUMNS} "
                "where pg_namespace.nspname = %s and pg_class.relname = %s "
                "and pg_class.relkind in ('r', 'v', 'm', 'f', 'p') order by attnum",
                [relation.schema, relation.name],
            )
        )

    def names(self, sql: str) -> list[str]:
        with self._con.cursor() as cursor:
            cursor.execute(f"select * from (\n{_rendered(sql)}\n) as described where false")
            return [column.name for column in cursor.description]

    def keywords(self) -> list[str]:
        words = self._all("select word from pg_get_keywords() where catcode in ('R', 'T')")
        return [word for (word,) in words]

    # Rows.

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self._all(*_bound(sql, parameters))

    def sample(self, sql: str, *, key: Sequence[str], limit: int) -> pa.Table:
        types = self.described(sql)
        drawn = self.dialect.sampled(sql, key={name: types[name] for name in key}, limit=limit)
        with closing(self._arrow()) as session, closing(session.cursor()) as cursor:
            cursor.execute(_rendered(drawn))
            return _plain(cursor.fetch_arrow_table(), types)

    def map_batches(
        self,
        sql: str,
        function: Callable[[pa.RecordBatch], pa.RecordBatch],
        *,
        schema: pa.Schema,
        into: Relation,
    ) -> int:
        types = self.described(sql)
        with closing(self._arrow()) as session, closing(session.cursor()) as cursor:
            cursor.execute(_rendered(sql))
            batches = (
                function(batch)
                for table in cursor.fetch_record_batch()
                for batch in _plain(pa.Table.from_batches([table]), types).to_batches(BATCH_ROWS)
            )
            self._write(into, pa.RecordBatchReader.from_batches(schema, batches), kind="unlogged")
        return int(self.rows(f"select count(*) from {into}")[0][0])

    def append(self, relation: Relation, rows: Sequence[Mapping[str, object]]) -> None:
        if not rows:
            return
        self._refuse_foreign(relation)
        columns = ", ".join(quoted(name) for name in rows[0])
        values = [[_value(row[name]) for name in rows[0]] for row in rows]
        with self.together(), self._con.cursor() as cursor:
            execute_values(
                cursor, f"insert into {relation} ({columns}) values %s", values, page_size=PAGE
            )
            # As after `add_rows`; another run that does the same at this moment serves as well.
            cursor.execute(f"analyze (skip_locked) {relation}")

    def stage_arrow(self, relation: Relation, table: pa.Table) -> None:
        self._write(relation, table)

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        self._run(*_bound(sql, parameters))

    @contextmanager
    def together(self) -> Iterator[None]:
        if self._in_transaction:
            yield
            return
        self._run("begin")
        self._in_transaction = True
        self._replaced: list[Relation] = []
        try:
            yield
            self._drop_replaced()
            self._run("commit")
        except BaseException:
            # A session that is gone has rolled back; its own reason is the one to tell.
            with suppress(psycopg2.Error):
                self._run("rollback")
            raise
        finally:
            self._in_transaction = False

    def connection(self) -> Any:
        return sessions.connect(self._dsn)

    def claim(self, relation: Relation) -> str | None:
        # On dbt's session, which outlives this step: the lock goes with it, however it ends.
        return sessions.claim(self._handle, str(relation))

    def release(self, relation: Relation) -> None:
        sessions.release(self._handle, str(relation))

    def leave(self, table: str, row: Mapping[str, str]) -> None:
        columns = ", ".join(f"cast(%s as text) as {quoted(name)}" for name in row)
        with self._handle.cursor() as cursor:
            cursor.execute(f"drop table if exists pg_temp.{quoted(table)}")
            cursor.execute(
                f"create temporary table {quoted(table)} as select {columns}", list(row.values())
            )
        self._handle.commit()

    def close(self) -> None:
        self._con.close()

    # How.

    def _run(self, statement: str, parameters: Sequence[object] | None = None) -> None:
        try:
            with self._con.cursor() as cursor:
                cursor.execute(statement, parameters)
        except psycopg2.errors.LockNotAvailable:
            raise sessions.locked(self._dsn, self._con, statement) from None
        except psycopg2.errors.InsufficientPrivilege as error:
            if not str(error).startswith("must be owner"):
                raise
            raise sessions.not_owner(error) from None

    def _all(
        self, statement: str, parameters: Sequence[object] | None = None
    ) -> list[tuple[Any, ...]]:
        with self._con.cursor() as cursor:
            cursor.execute(statement, parameters)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def _arrow(self) -> Any:
        from adbc_driver_postgresql import dbapi

        return dbapi.connect(self._dsn, autocommit=True)

    def _write(
        self, relation: Relation, arrow: pa.Table | pa.RecordBatchReader, kind: str = "logged"
    ) -> None:
        """Make a table of Arrow's rows, visible when it is whole."""
        self._refuse_foreign(relation)
        from adbc_driver_postgresql import dbapi

        with closing(dbapi.connect(self._dsn)) as session, closing(session.cursor()) as cursor:
            cursor.execute(f"drop table if exists {relation}")
            empty = arrow.schema.empty_table()
            cursor.adbc_ingest(relation.name, empty, mode="create", db_schema_name=relation.schema)
            cursor.execute(f"alter table {relation} set {kind}")
            cursor.adbc_ingest(relation.name, arrow, mode="append", db_schema_name=relation.schema)
            cursor.execute(marks(relation))
            cursor.execute(f"analyze {relation}")
            session.commit()

    def described(self, sql: str) -> dict[str, str]:
        # What has no type is text, as in a table that is made of it.
        shape = "pg_temp.foretell_shape"
        with self.together():
            self._run(f"create temporary table foretell_shape as\n{_rendered(sql)}\nwith no data")
            found = self._all(
                f"select attname, {TYPE} from {COLUMNS} "
                f"where pg_class.oid = '{shape}'::regclass order by attnum"
            )
            self._run(f"drop table {shape}")
        return {name: nameable(kind) for name, kind in found}

    def _widened(self, old: str, new: str) -> str | None:
        return type_for_both(old, new)

    def _retype(self, relation: Relation, column: str, sql_type: str) -> None:
        """Widen a column. The views that show it are made again as they were."""
        with self.together(), self._without(self._views(relation), relation):
            self._run(f"alter table {relation} alter {quoted(column)} type {sql_type}")

    def _drop_replaced(self) -> None:
        """Drop the tables in whose place others have come."""
        for relation in self._replaced:
            try:
                self._run(f"drop table {relation}")
            except psycopg2.errors.DependentObjectsStillExist as error:
                raise WarehouseError(
                    f"A table of foretell in {relation.schema} is replaced, and something else "
                    f"reads it: {_line(error.diag.message_detail)}. Drop what reads it and run "
                    "again; dbt makes its own models anew."
                ) from None

    @contextmanager
    def _without(self, views: Sequence[View], changed: Relation) -> Iterator[None]:
        """Drop views while what they read changes, and make them again as they were.

        Parameters
        ----------
        views
            Those first that others read.

        Raises
        ------
        WarehouseError
            A view cannot be made again.
        """
        for view in views:
            if view.is_stored:
                raise WarehouseError(
                    f"{view.name} is a materialized view of {changed}, which gets other columns. "
                    "Drop it and run again; dbt makes its own models anew."
                )
        for view in reversed(views):
            self._run(f"drop view {view.name}")
        yield
        for view in views:
            try:
                for statement in view.made_again(self.columns(changed)):
                    self._run(statement)
            except psycopg2.Error as error:
                raise WarehouseError(
                    f"{changed} gets other columns, and the view {view.name}, which reads it, "
                    f"cannot be made again as it was: {_line(error.diag.message_primary)}. Change "
                    "or drop that view and run again; dbt makes its own models anew."
                ) from None

    def _views(self, relation: Relation, *, of_itself: bool = False) -> list[View]:
        """Views that read a relation, directly or through others, those first that others read.

        Parameters
        ----------
        of_itself
            Whether the relation, a view, comes first.
        """
        rows = self._all(READERS, [f"{quoted(relation.schema)}.{quoted(relation.name)}", of_itself])
        return [View(*row) for row in rows]

    def _comment(self, relation: Relation) -> str:
        """The comment of a table; empty for one without, for a view and for none."""
        rows = self._all(
            "select obj_description(pg_class.oid, 'pg_class') from pg_class "
            "inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid "
            "where nspname = %s and relname = %s and relkind = 'r'",
            [relation.schema, relation.name],
        )
        return (rows[0][0] or "") if rows else ""


def _rendered(sql: str) -> str:
    """The engine's SQL in Postgres's; what a person wrote as it stands."""
    return str(sql) if isinstance(sql, Verbatim) else _translated(sql)


@lru_cache(maxsize=256)
def _translated(sql: str) -> str:
    return _DIALECT.render(sql)


def _bound(sql: str, parameters: Sequence[object]) -> tuple[str, list[object] | None]:
    """A query and its values, as psycopg2 binds them."""
    if not parameters:
        return _rendered(sql), None
    text = _rendered(with_holes(sql, HOLE)).replace("%", "%%")
    return text.replace(HOLE, "%s"), [_value(value) for value in parameters]


def _value(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def _plain(table: pa.Table, types: Mapping[str, str]) -> pa.Table:
    """Arrow's rows without types that only Postgres has: a decimal of a declared size is one,
    any other is a double, the rest text.
    """
    for position, field in enumerate(table.schema):
        column = table.column(position)
        if isinstance(field.type, pa.BaseExtensionType):
            sql_type = types.get(field.name, "")
            storage = pa.chunked_array([chunk.storage for chunk in column.chunks], pa.string())
            column = storage.cast(decimal_type(sql_type) or pa.float64())
        table = table.set_column(position, pa.field(field.name, column.type), column)
    return table


def _line(text: str | None) -> str:
    return " ".join((text or "").split()).rstrip(".")
