"""The only code that knows a database."""

from __future__ import annotations

from typing import Any

from foretell.errors import ForetellError
from foretell.warehouse.dialect import Dialect
from foretell.warehouse.duckdb_dialect import DuckDBDialect
from foretell.warehouse.postgres_dialect import PostgresDialect
from foretell.warehouse.protocol import Warehouse


def dialect_of(name: str) -> Dialect:
    """The SQL of a warehouse, by what dbt's adapter or SQLAlchemy calls it."""
    dialects: tuple[Dialect, ...] = (DuckDBDialect(), PostgresDialect())
    return next(dialect for dialect in dialects if name.startswith(dialect.name))


def open_warehouse(adapter: str, session: Any) -> Warehouse:
    """The seam for a dbt adapter's session.

    Raises
    ------
    ForetellError
        The adapter is not supported.
    """
    if adapter == "postgres":
        from foretell.warehouse.postgres import PostgresWarehouse

        return PostgresWarehouse(session)
    if adapter != "duckdb":
        raise ForetellError(
            f"foretell runs on dbt's adapters duckdb and postgres; this target uses {adapter}."
        )
    from foretell.warehouse.duckdb import DuckDBWarehouse

    return DuckDBWarehouse(session)
