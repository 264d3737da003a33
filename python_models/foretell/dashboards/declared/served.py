"""The serving file, as far as anything that is made of it must know: what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from foretell.errors import SupersetError

if TYPE_CHECKING:
    from pathlib import Path


def served_columns(serving: Path) -> dict[str, tuple[str, ...]]:
    """Columns of every relation in the serving file.

    Raises:
        SupersetError: it is missing or cannot be read.

    """
    with open_serving(serving) as connection:
        rows = connection.execute(
            "select table_name, list(column_name order by column_index) "
            "from duckdb_columns() where not internal group by table_name"
        ).fetchall()
    return {name: tuple(columns) for name, columns in rows}


def open_serving(serving: Path) -> duckdb.DuckDBPyConnection:
    """Open the build that is served now, to read.

    Raises:
        SupersetError: it is missing or cannot be read.

    """
    if not serving.exists():
        raise SupersetError(
            f"The serving file {serving} does not exist: a `dbt build` publishes it at its end. "
            "Run one first, or name another file with --serving."
        )
    try:
        # The link is resolved: one instance per path would otherwise show an older build.
        return duckdb.connect(str(serving.resolve()), read_only=True)
    except duckdb.Error as error:
        raise SupersetError(f"The serving file {serving} cannot be read: {error}") from error
