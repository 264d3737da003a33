"""DuckDB behind the seam: cursors of the connection that dbt holds, never a second one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import duckdb
import pyarrow as pa

from foretell.warehouse.relation import Relation, quoted

BATCH_ROWS = 65_536


def reason(error: Exception) -> str:
    """What DuckDB says went wrong, in a line, without its full stop."""
    return str(error).split("See also")[0].strip().split("\n")[0].rstrip(".!")


class DuckDBWarehouse:
    """The session of a dbt node, on DuckDB.

    Parameters
    ----------
    session
        The ``duckdb.DuckDBPyConnection`` that dbt-duckdb hands to Python models.
    """

    errors: tuple[type[Exception], ...] = (duckdb.Error,)

    def __init__(self, session: Any) -> None:
        self._con = session.cursor()

    def stage(self, relation: Relation, sql: str) -> None:
        self._con.execute(f"create or replace table {relation} as\n{sql}")

    def drop(self, *relations: Relation) -> None:
        for relation in relations:
            self._con.execute(f"drop table if exists {relation}")

    def exists(self, relation: Relation) -> bool:
        return bool(self.columns(relation))

    def columns(self, relation: Relation) -> dict[str, str]:
        found = self._con.execute(
            "select column_name, upper(data_type) from duckdb_columns() "
            "where database_name = ? and schema_name = ? and table_name = ? order by column_index",
            [relation.database, relation.schema, relation.name],
        ).fetchall()
        return dict(found)

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._con.execute(sql, list(parameters)).fetchall()
        return found

    def sample(self, sql: str, *, key: Sequence[str], limit: int) -> pa.Table:
        # Ordered by a hash of the key, then by the key: the same rows in the same order on
        # every run, whatever the number of threads.
        keys = ", ".join(quoted(column) for column in key)
        ordered = f"select * from ({sql}) as chosen order by hash({keys}), {keys} limit {limit}"
        return self._con.execute(ordered).to_arrow_table()

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
        names = list(rows[0])
        columns = ", ".join(quoted(name) for name in names)
        holes = ", ".join("?" for _ in names)
        self._con.executemany(
            f"insert into {relation} ({columns}) values ({holes})",
            [[row[name] for name in names] for row in rows],
        )

    def stage_arrow(self, relation: Relation, table: pa.Table) -> None:
        self._write(relation, table)

    def _write(self, relation: Relation, arrow: pa.Table | pa.RecordBatchReader) -> None:
        writer = self._con.cursor()
        writer.register("foretell_arrow", arrow)
        try:
            writer.execute(f"create or replace table {relation} as select * from foretell_arrow")
        finally:
            writer.unregister("foretell_arrow")

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        self._con.execute(sql, list(parameters))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._con.execute("begin transaction")
        try:
            yield
            self._con.execute("commit")
        except BaseException:
            # What fails fatally has ended the transaction; its own reason is the one to tell.
            with suppress(duckdb.Error):
                self._con.execute("rollback")
            raise

    def add_interval(self, expression: str, seconds: int) -> str:
        return f"cast({expression} as timestamp) + interval '{seconds} seconds'"

    def approximate_quantile(self, expression: str, quantile: float) -> str:
        return f"approx_quantile({expression}, {quantile})"

    def approximate_count(self, expression: str) -> str:
        return f"approx_count_distinct({expression})"

    def fingerprint(self, sql: str) -> str:
        (count, mixed), *_ = self.rows(
            f"select count(*), coalesce(bit_xor(hash(row_of)), 0) from ({sql}) as row_of"
        )
        return f"{count}:{mixed}"

    def connection(self) -> Any:
        return self._con.cursor()
