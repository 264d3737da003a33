"""DuckDB behind the seam: cursors of the connection that dbt holds, never a second one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import duckdb
import pyarrow as pa

from foretell.ground.relation import Relation, quoted
from foretell.warehouse.dialect import Dialect
from foretell.warehouse.duckdb_dialect import DuckDBDialect
from foretell.warehouse.tables import Tables, marks
from foretell.warehouse.widening import type_for_both

BATCH_ROWS = 65_536
#: Rows from which a store is appended to by columns.
MANY_ROWS = 1_000


def reason(error: Exception) -> str:
    """What DuckDB says went wrong, in a line, without its full stop."""
    return str(error).split("See also")[0].strip().split("\n")[0].rstrip(".!")


class DuckDBWarehouse(Tables):
    """The session of a dbt node, on DuckDB.

    Parameters
    ----------
    session
        The ``duckdb.DuckDBPyConnection`` that dbt-duckdb hands to Python models.
    """

    errors: tuple[type[Exception], ...] = (duckdb.Error,)
    dialect: Dialect = DuckDBDialect()
    engine: tuple[str, str] = ("duckdb", duckdb.__version__)
    address = "duckdb://"
    text = "VARCHAR"

    def __init__(self, session: Any) -> None:
        self._session = session
        self._con = session.cursor()
        self._in_transaction = False

    def stage(self, relation: Relation, sql: str) -> None:
        self._refuse_foreign(relation)
        with self.together():
            self._con.execute(f"create or replace table {relation} as\n{sql}")
            self._con.execute(marks(relation))

    def _make(self, relation: Relation, sql: str) -> None:
        self.stage(relation, sql)

    def forget_runs(self, relation: Relation, runs: Collection[str], *, column: str) -> None:
        self._refuse_foreign(relation)
        holes = ", ".join("?" for _ in runs)
        self._con.execute(
            f"delete from {relation} where {quoted(column)} in ({holes})", sorted(runs)
        )

    def replace_by(self, relation: Relation, replacement: Relation) -> None:
        self.drop(relation)
        self._con.execute(f"alter table {replacement} rename to {quoted(relation.name)}")

    def replace_view(self, relation: Relation, sql: str) -> None:
        self._con.execute(f"create or replace view {relation} as\n{sql}")

    def columns(self, relation: Relation) -> dict[str, str]:
        rows = self._con.execute(
            "select column_name, case when data_type like 'ENUM(%' then data_type "
            "else upper(data_type) end from duckdb_columns() "
            "where database_name = ? and schema_name = ? and table_name = ? order by column_index",
            [relation.database, relation.schema, relation.name],
        ).fetchall()
        return dict(rows)

    def names(self, sql: str) -> list[str]:
        return [name for name, *_ in self.rows(f"describe {sql}")]

    def described(self, sql: str) -> dict[str, str]:
        # What has no type becomes a column of integers, as in a table that is made of it.
        return {
            name: "INTEGER" if kind == '"NULL"' else kind
            for name, kind, *_ in self.rows(f"describe {sql}")
        }

    def _run(self, statement: str) -> None:
        self._con.execute(statement)

    def _widened(self, old: str, new: str) -> str | None:
        return type_for_both(old, new)

    def _folded(self, name: str) -> str:
        # DuckDB knows columns by their names in any case.
        return name.lower()

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._con.execute(sql, list(parameters)).fetchall()
        return rows

    def sample(self, sql: str, *, key: Sequence[str], limit: int) -> pa.Table:
        types = {name: kind for name, kind, *_ in self.rows(f"describe {sql}") if name in key}
        drawn = self.dialect.sampled(sql, key={name: types[name] for name in key}, limit=limit)
        return self._con.execute(drawn).to_arrow_table()

    def map_batches(
        self,
        sql: str,
        function: Callable[[pa.RecordBatch], pa.RecordBatch],
        *,
        schema: pa.Schema,
        into: Relation,
    ) -> int:
        # A relation streams; `execute` would hold the whole result before the first batch.
        reader = self._con.cursor().sql(sql).to_arrow_reader(BATCH_ROWS)
        mapped = pa.RecordBatchReader.from_batches(schema, (function(batch) for batch in reader))
        self._write(into, mapped)
        return int(self.rows(f"select count(*) from {into}")[0][0])

    def append(self, relation: Relation, rows: Sequence[Mapping[str, object]]) -> None:
        if not rows:
            return
        self._refuse_foreign(relation)
        names = list(rows[0])
        columns = ", ".join(quoted(name) for name in names)
        holes = ", ".join("?" for _ in names)
        if len(rows) >= MANY_ROWS:
            # Fifty times as fast, and as slow for a few.
            table = pa.table({name: [row[name] for row in rows] for name in names})
            with self.together():
                self._con.register("foretell_rows", table)
                self._con.execute(f"insert into {relation} ({columns}) select * from foretell_rows")
                self._con.unregister("foretell_rows")
            return
        with self.together():
            self._con.executemany(
                f"insert into {relation} ({columns}) values ({holes})",
                [[row[name] for name in names] for row in rows],
            )

    def stage_arrow(self, relation: Relation, table: pa.Table) -> None:
        self._write(relation, table)

    def _write(self, relation: Relation, arrow: pa.Table | pa.RecordBatchReader) -> None:
        self._refuse_foreign(relation)
        writer = self._con.cursor()
        writer.register("foretell_arrow", arrow)
        writer.execute("begin transaction")
        try:
            writer.execute(f"create or replace table {relation} as select * from foretell_arrow")
            writer.execute(marks(relation))
        except BaseException:
            writer.execute("rollback")
            raise
        else:
            writer.execute("commit")
        finally:
            writer.unregister("foretell_arrow")

    def _comment(self, relation: Relation) -> str:
        """The comment of a table; empty for one without, for a view and for none."""
        row = self._con.execute(
            "select comment from duckdb_tables() "
            "where database_name = ? and schema_name = ? and table_name = ?",
            [relation.database, relation.schema, relation.name],
        ).fetchone()
        return (row[0] or "") if row else ""

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        self._con.execute(sql, list(parameters))

    @contextmanager
    def together(self) -> Iterator[None]:
        if self._in_transaction:
            yield
            return
        self._con.execute("begin transaction")
        self._in_transaction = True
        try:
            yield
            self._con.execute("commit")
        except BaseException:
            # What fails fatally has ended the transaction; its own reason is the one to tell.
            with suppress(duckdb.Error):
                self._con.execute("rollback")
            raise
        finally:
            self._in_transaction = False

    def connection(self) -> Any:
        from foretell.warehouse.duckdb_gates import BorrowedConnection

        return BorrowedConnection(self._con.cursor())

    def claim(self, relation: Relation) -> str | None:
        # A file belongs to one process, in which dbt runs a node once.
        return None

    def release(self, relation: Relation) -> None:
        pass

    def leave(self, table: str, row: Mapping[str, str]) -> None:
        columns = ", ".join(f"? as {quoted(name)}" for name in row)
        self._session.execute(
            f"create or replace temporary table {quoted(table)} as select {columns}",
            list(row.values()),
        )

    def close(self) -> None:
        """Nothing: its cursor is one of dbt's session, and ends with it."""

    def keywords(self) -> list[str]:
        return [word for (word,) in self.rows("select keyword_name from duckdb_keywords()")]
