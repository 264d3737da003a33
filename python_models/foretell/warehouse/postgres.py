"""Postgres behind the seam: sessions of its own beside the one that dbt holds, as the same role.

Statements go through psycopg2, rows in bulk through Arrow: `COPY` in both directions. Each session
is in UTC and commits each statement, so that none waits for another of the same run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import psycopg2
import pyarrow as pa
from psycopg2.extensions import DECIMAL, make_dsn, new_type, register_type
from psycopg2.extras import execute_values

from foretell.errors import WarehouseError
from foretell.ground.relation import Relation, quoted
from foretell.ground.sql_text import with_holes
from foretell.warehouse.dialect import Dialect, Verbatim
from foretell.warehouse.fingerprint import Fingerprint
from foretell.warehouse.marks import COMMENT, MARK, foreign
from foretell.warehouse.postgres_dialect import PostgresDialect
from foretell.warehouse.postgres_types import decimal_type, nameable, type_for_both
from foretell.warehouse.postgres_views import READERS, View

BATCH_ROWS = 65_536
#: How long a statement waits for a lock that somebody holds, where the role's own settings do not
#: say it.
LOCK_TIMEOUT = "1min"
#: Memory of the server for one sort: with its default a draw of rows sorts on disk what it drops.
WORK_MEM = "128MB"
#: Rows of a store that one statement appends.
PAGE = 1_000
#: What stands for a value to bind, in a text that is searched for it.
HOLE = "foretell_hole_5d1f"
_DIALECT = PostgresDialect()


class PostgresWarehouse:
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

    def __init__(self, handle: Any) -> None:
        import adbc_driver_manager

        self.errors = (psycopg2.Error, adbc_driver_manager.Error)
        self._handle = handle
        self._dsn = dsn_of(handle)
        self._con = self.connection()
        version = self._con.server_version
        self.engine = ("postgres", f"{version // 10_000}.{version % 10_000}")
        self._in_transaction = False

    # Tables.

    def stage(self, relation: Relation, sql: str) -> None:
        self._refuse_foreign(relation)
        with self.together():
            self._run(f"drop table if exists {relation}")
            self._run(f"create table {relation} as\n{_rendered(sql)}")
            self._run(_marks(relation))
        self._run(f"analyze {relation}")

    def drop(self, *relations: Relation) -> None:
        if self._con.closed:
            # What ended the session is the reason to tell; the next run sweeps.
            return
        for relation in relations:
            if self._comment(relation).startswith(MARK):
                self._run(f"drop table if exists {relation}")

    def add_rows(self, relation: Relation, sql: str, *, as_text: bool = False) -> None:
        self.ensure(relation, sql, as_text=as_text)
        columns = ", ".join(quoted(name) for name in self.names(sql))
        self._run(f"insert into {relation} ({columns})\n{_rendered(sql)}")
        # Until the server looks by itself, it plans as for an empty table.
        self._run(f"analyze {relation}")

    def ensure(self, relation: Relation, sql: str, *, as_text: bool = False) -> None:
        types = self.columns(relation)
        if not types:
            self.stage(relation, f"select * from (\n{sql}\n) as no_rows where 1 = 0")
            return
        self._refuse_foreign(relation)
        for name, kind in self._described(sql).items():
            if name not in types:
                added = nameable(kind)
                self._run(f"alter table {relation} add column {quoted(name)} {added}")
                continue
            needed = self.type_for(relation, name, kind) or ("TEXT" if as_text else None)
            if needed is None:
                raise WarehouseError(
                    f"{relation} has {name} as {types[name]}, and rows to append have it "
                    f"as {kind}: no type holds both unchanged."
                )
            if needed != types[name]:
                self._retype(relation, name, nameable(needed))

    def forget_runs(self, relation: Relation, runs: Collection[str], *, column: str) -> None:
        self._refuse_foreign(relation)
        self._run(f"delete from {relation} where {quoted(column)} = any(%s)", [sorted(runs)])

    def replace_by(self, relation: Relation, replacement: Relation) -> None:
        # A view that reads the table keeps reading it until it is made anew, so that it can be
        # dropped at the end only.
        with self.together():
            if self._comment(relation).startswith(MARK):
                aside = replace(relation, name=f"foretell_replaced_{len(self._replaced)}")
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

    def type_for(self, relation: Relation, column: str, kind: str) -> str | None:
        own_type = self.columns(relation).get(column, kind)
        shared_type = type_for_both(own_type, kind)
        if shared_type is None:
            ((values,),) = self.rows(f"select count({quoted(column)}) from {relation}")
            return None if values else kind
        return shared_type

    def exists(self, relation: Relation) -> bool:
        return bool(self.columns(relation))

    def columns(self, relation: Relation) -> dict[str, str]:
        return dict(
            self._all(
                f"select attname, {_TYPE} from {_COLUMNS} "
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
        types = self._described(sql)
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
        types = self._described(sql)
        with closing(self._arrow()) as session, closing(session.cursor()) as cursor:
            cursor.execute(_rendered(sql))
            batches = (
                function(batch)
                for table in cursor.fetch_record_batch()
                for batch in _plain(pa.Table.from_batches([table]), types).to_batches(BATCH_ROWS)
            )
            self._write(into, pa.RecordBatchReader.from_batches(schema, batches))
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

    def fingerprint(self, sql: str, *, by: str, since: date) -> Fingerprint:
        days = self.rows(self.dialect.by_day(sql, by=by, since=since))
        return Fingerprint.of(f"{' '.join(self.engine)} sum", days)

    def connection(self) -> Any:
        session = psycopg2.connect(self._dsn)
        session.autocommit = True
        # Sums and means are decimals; a whole one stays exact, all else is a double here.
        register_type(new_type(DECIMAL.values, "NUMBER", _number), session)
        return session

    def claim(self, relation: Relation) -> str | None:
        # On dbt's session, which outlives this step: the lock goes with it, however it ends.
        with self._handle.cursor() as cursor:
            cursor.execute(
                f"select exists ({_HELD} and pg_locks.pid = pg_backend_pid())", [str(relation)]
            )
            ((is_ours,),) = cursor.fetchall()
            if not is_ours:
                cursor.execute(f"select pg_try_advisory_lock({_LOCK})", [str(relation)])
                ((is_ours,),) = cursor.fetchall()
        self._handle.commit()
        if is_ours:
            return None
        return _people(self._all(_HELD, [str(relation)])) or "another process"

    def release(self, relation: Relation) -> None:
        with self._handle.cursor() as cursor:
            cursor.execute(f"select pg_advisory_unlock({_LOCK})", [str(relation)])
        self._handle.commit()

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
            raise self._locked(statement) from None
        except psycopg2.errors.InsufficientPrivilege as error:
            if not str(error).startswith("must be owner"):
                raise
            raise WarehouseError(
                f"{str(error).strip()}: another role made it, and only its owner may change it. "
                "Let everybody who builds this target do it as one role: set `role:` in the "
                "profile to one that all are members of, and give it what is there: reassign owned."
            ) from None

    def _all(
        self, statement: str, parameters: Sequence[object] | None = None
    ) -> list[tuple[Any, ...]]:
        with self._con.cursor() as cursor:
            cursor.execute(statement, parameters)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def _locked(self, statement: str) -> WarehouseError:
        """The refusal to wait any longer for a lock on a relation that a statement names."""
        # The transaction that waited answers nothing more.
        with closing(self.connection()) as session, session.cursor() as cursor:
            cursor.execute("select current_setting('lock_timeout')")
            ((patience,),) = cursor.fetchall()
            cursor.execute(_HOLDERS, [self._con.info.backend_pid, statement])
            holders = cursor.fetchall()
        return WarehouseError(
            f"A statement of foretell's has waited {patience} for a lock on "
            f"{' '.join(statement.split())[:60]}..., which {_people(holders) or 'others'} held. "
            "Nothing was changed by it. End that transaction, or wait for its end, and run again. "
            "To wait longer: alter role ... set lock_timeout = '10min'."
        )

    def _arrow(self) -> Any:
        from adbc_driver_postgresql import dbapi

        return dbapi.connect(self._dsn, autocommit=True)

    def _write(self, relation: Relation, arrow: pa.Table | pa.RecordBatchReader) -> None:
        """Make a table of Arrow's rows, visible when it is whole."""
        self._refuse_foreign(relation)
        from adbc_driver_postgresql import dbapi

        with closing(dbapi.connect(self._dsn)) as session, closing(session.cursor()) as cursor:
            cursor.execute(f"drop table if exists {relation}")
            cursor.adbc_ingest(relation.name, arrow, mode="create", db_schema_name=relation.schema)
            cursor.execute(_marks(relation))
            cursor.execute(f"analyze {relation}")
            session.commit()

    def _described(self, sql: str) -> dict[str, str]:
        """Columns of a query with their types; what has no type is text, as in a table of it."""
        shape = "pg_temp.foretell_shape"
        with self.together():
            self._run(f"create temporary table foretell_shape as\n{_rendered(sql)}\nwith no data")
            found = self._all(
                f"select attname, {_TYPE} from {_COLUMNS} "
                f"where pg_class.oid = '{shape}'::regclass order by attnum"
            )
            self._run(f"drop table {shape}")
        return dict(found)

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

    def _refuse_foreign(self, relation: Relation) -> None:
        if self.exists(relation) and not self._comment(relation).startswith(MARK):
            raise foreign(relation)

    def _comment(self, relation: Relation) -> str:
        """The comment of a table; empty for one without, for a view and for none."""
        rows = self._all(
            "select obj_description(pg_class.oid, 'pg_class') from pg_class "
            "inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid "
            "where nspname = %s and relname = %s and relkind = 'r'",
            [relation.schema, relation.name],
        )
        return (rows[0][0] or "") if rows else ""


#: The number of a lock that two sessions mean alike.
_LOCK = "hashtext('foretell'), hashtext(%s)"
_HELD = """
    select usename, application_name, pg_locks.pid, backend_start
    from pg_locks inner join pg_stat_activity on pg_locks.pid = pg_stat_activity.pid
    where
        locktype = 'advisory' and granted and objsubid = 2
        and classid = hashtext('foretell')::oid and objid = hashtext(%s)::oid
        and pg_locks.database = (select oid from pg_database where datname = current_database())
"""
#: Types as the rest of foretell knows them: short names, upper case but for what an ENUM lists, and
#: of a domain the type that it restricts.
_TYPE = """case
    when pg_type.typtype = 'e' then (
        select 'ENUM(' || string_agg(quote_literal(enumlabel), ', ' order by enumsortorder) || ')'
        from pg_enum where enumtypid = pg_type.oid
    )
    else regexp_replace(regexp_replace(regexp_replace(upper(format_type(
        coalesce(nullif(pg_type.typbasetype, 0), atttypid),
        case when pg_type.typbasetype = 0 then atttypmod else pg_type.typtypmod end
    )), '^CHARACTER VARYING', 'VARCHAR'), '^CHARACTER', 'CHAR'),
        '^TIMESTAMP(\\(\\d\\))? WITHOUT TIME ZONE', 'TIMESTAMP')
end"""
_COLUMNS = """pg_attribute
    inner join pg_class on pg_attribute.attrelid = pg_class.oid and attnum > 0 and not attisdropped
    inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    inner join pg_type on pg_attribute.atttypid = pg_type.oid"""


#: Sessions but one that hold locks on relations which a statement names.
_HOLDERS = """
    select distinct usename, application_name, pg_locks.pid, xact_start
    from pg_locks
    inner join pg_stat_activity on pg_locks.pid = pg_stat_activity.pid
    inner join pg_class on pg_locks.relation = pg_class.oid
    inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    where
        granted
        and pg_locks.pid <> %s
        and position(format('"%%s"."%%s"', nspname, relname) in %s) > 0
    order by xact_start
"""


def dsn_of(handle: Any) -> str:
    """How to open another session like one of dbt's."""
    with handle.cursor() as cursor:
        cursor.execute(
            "select current_user, current_setting('search_path'), current_setting('lock_timeout')"
        )
        role, path, patience = cursor.fetchone()
    handle.rollback()
    said = {
        **handle.info.dsn_parameters,
        "password": handle.info.password or "",
        "application_name": "foretell",
    }
    settings = {
        "search_path": path, "role": role, "timezone": "UTC",
        "lock_timeout": LOCK_TIMEOUT if patience == "0" else patience,
        "client_min_messages": "warning",
        "work_mem": WORK_MEM,
    }  # fmt: skip
    escaped = (
        f"-c {name}={value}".replace("\\", "\\\\").replace(" ", "\\ ").replace("-c\\ ", "-c ", 1)
        for name, value in settings.items()
    )
    return str(make_dsn(**{**said, "options": " ".join(escaped)}))


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


def _number(text: str | bytes | None, _: object) -> int | float | None:
    if text is None:
        return None
    text = str(text)
    return int(text) if text.lstrip("-").isdigit() else float(text)


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


def _people(sessions: Sequence[tuple[Any, ...]]) -> str:
    """Sessions of other people, in words."""
    return "; ".join(
        f"user {user}, {program or 'a program without a name'}, process {pid} of the server, since "
        f"{since:%Y-%m-%d %H:%M} UTC"
        for user, program, pid, since in sessions
    )


def _line(text: str | None) -> str:
    return " ".join((text or "").split()).rstrip(".")


def _marks(relation: Relation) -> str:
    return f"comment on table {relation} is '{COMMENT}'"
