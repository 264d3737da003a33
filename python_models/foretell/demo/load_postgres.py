"""Loads the Complete Journey grocery data into the schema ``raw`` of a Postgres database."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from foretell.demo.load import TABLES, data_folder, listed
from foretell.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

#: The types of raw tables, as Postgres calls them.
_TYPES = {
    "BIGINT": "bigint",
    "DOUBLE": "double precision",
    "TIMESTAMP": "timestamp without time zone",
    "VARCHAR": "text",
}


def load_raw_into_postgres(address: str, *, console: Console) -> None:
    """Load the tables that are missing, all or none of them, as `foretell.demo.load.load_raw`.

    Raises
    ------
    DataError
        The server or the data package is missing, or the schema ``raw`` holds other data.
    """
    import pyarrow.parquet as pq
    from adbc_driver_postgresql import dbapi

    folder = data_folder()
    try:
        connection = dbapi.connect(address)
    except dbapi.Error as error:
        raise DataError(f"The database of the demo cannot be reached: {error}") from None
    with closing(connection), closing(connection.cursor()) as cursor:
        present = [name for name in TABLES if _columns(cursor, name)]
        if differences := _differences(cursor, present):
            raise DataError(
                "The database has other data in the schema raw than the demo's: "
                + "; ".join(differences)
                + ". Nothing was changed. Drop or rename those tables, or name another database."
            )
        missing = [name for name in TABLES if name not in present]
        if not missing:
            console.print("The database holds the raw data already; nothing was changed")
            return
        cursor.execute("create schema if not exists raw")
        for name in missing:
            console.print(f"Loading raw.{name} ({TABLES[name].rows:,} rows)")
            table = _plain(pq.read_table(folder / f"{name}.parquet"))
            cursor.adbc_ingest(name, table, mode="create", db_schema_name="raw")
        if differences := _differences(cursor, missing):  # closing rolls back
            raise DataError(
                f"The data in {folder} is not what this demo was made for: "
                + "; ".join(differences)
                + ". Nothing was loaded."
            )
        connection.commit()


def _plain(table: pa.Table) -> pa.Table:
    """Times as Postgres has them: microseconds, without a zone."""
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            times = table.column(place).cast(pa.timestamp("us"))
            table = table.set_column(place, field.name, times)
    return table


def _columns(cursor: Any, name: str) -> dict[str, str]:
    cursor.execute(
        "select column_name::text, data_type::text from information_schema.columns "
        f"where table_schema = 'raw' and table_name = '{name}' order by ordinal_position"
    )
    return dict(cursor.fetchall())


def _differences(cursor: Any, names: Sequence[str]) -> list[str]:
    """What differs between these raw tables and the expected ones, in words."""
    differences = []
    for name in names:
        expected = {column: _TYPES[kind] for column, kind in TABLES[name].columns.items()}
        columns = _columns(cursor, name)
        if columns != expected:
            differences.append(
                f"raw.{name} has columns {listed(columns)} instead of {listed(expected)}"
            )
            continue
        cursor.execute(f"select count(*) from raw.{name}")
        ((rows,),) = cursor.fetchall()
        if rows != TABLES[name].rows:
            differences.append(f"raw.{name} has {rows:,} rows instead of {TABLES[name].rows:,}")
    return differences
