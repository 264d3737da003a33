"""What the serving file really holds, asked before anything is sent to Superset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from foretell.dashboards.mentioned import wanted_columns
from foretell.dashboards.shown_build import BUILD_COLUMN
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from foretell.dashboards.folder import Assets

Columns = dict[str, str]


def served_columns(serving: Path) -> dict[str, tuple[str, ...]]:
    """Columns of every relation in the serving file.

    Raises:
        SupersetError: it is missing or cannot be read.

    """
    with _opened(serving) as connection:
        rows = connection.execute(
            "select table_name, list(column_name order by column_index) "
            "from duckdb_columns() where not internal group by table_name"
        ).fetchall()
    return {name: tuple(columns) for name, columns in rows}


def describe_datasets(assets: Assets, serving: Path) -> Mapping[str, Columns]:
    """Columns and DuckDB types of every dataset, by dataset name.

    Raises:
        SupersetError: the file or a relation is missing, a dataset's SQL fails, or a YAML file
            names a column that is not there.

    """
    with _opened(serving) as connection:
        found = {row[0] for row in connection.execute("show tables").fetchall()}
        return {name: _describe(connection, assets, name, found) for name in assets.datasets}


def _opened(serving: Path) -> duckdb.DuckDBPyConnection:
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


def _describe(
    connection: duckdb.DuckDBPyConnection, assets: Assets, name: str, found: set[str]
) -> Columns:
    file, dataset = assets.dataset_file(name), assets.datasets[name]
    missing = [relation for relation in dataset.relations if relation not in found]
    if missing:
        raise SupersetError(
            f"{file} reads {missing}, which the serving file does not hold; it holds "
            f"{sorted(found)}. A model is published when its meta says `serve: true`; then "
            "run `dbt build`."
        )
    query = dataset.sql or f'from "{dataset.table}"'
    try:
        described = connection.sql(query).description
    except duckdb.Error as error:
        raise SupersetError(f"The SQL of {file} fails: {error}") from error
    columns = {name: str(kind) for name, kind, *_ in described}
    wanted = [*dataset.columns, *([dataset.date] if dataset.date else [])]
    if unknown := [column for column in wanted if column not in columns]:
        raise SupersetError(
            f"{file} names the columns {unknown}; the relation has {sorted(columns)}."
        )
    return columns


def check_chart_columns(assets: Assets, columns: Mapping[str, Columns]) -> None:
    """Refuse a chart that shows, sorts by or formats a column that does not exist."""
    for folder, dashboard in assets.dashboards.items():
        for name, chart in dashboard.charts.items():
            known = {*columns[chart.dataset], BUILD_COLUMN}
            if unknown := sorted({one for one in wanted_columns(chart) if one not in known}):
                raise SupersetError(
                    f"{assets.chart_file(folder, name)} names the columns {unknown}; "
                    f"dataset {chart.dataset!r} has {sorted(known)}."
                )
