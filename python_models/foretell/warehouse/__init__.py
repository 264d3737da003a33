"""The only code that knows a database."""

from __future__ import annotations

from typing import Any

from foretell.errors import ForetellError
from foretell.warehouse.protocol import Warehouse


def open_warehouse(adapter: str, session: Any) -> Warehouse:
    """The seam for a dbt adapter's session.

    Raises:
        ForetellError: the adapter is not supported.
    """
    if adapter != "duckdb":
        raise ForetellError(
            f"foretell runs on dbt's adapter duckdb so far; this target uses {adapter}."
        )
    from foretell.warehouse.duckdb import DuckDBWarehouse

    return DuckDBWarehouse(session)
