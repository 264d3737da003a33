"""Columns that files of ``dashboards/`` name, looked up in the serving file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from foretell.dashboards.declared.manifest import open_serving
from foretell.dashboards.written.mentioned import wanted_columns
from foretell.dashboards.written.shown_build import BUILD_COLUMN
from foretell.errors import SupersetError
from foretell.warehouse.serving import ReadError, Served

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from foretell.dashboards.written.folder import Assets

Columns = dict[str, str]


def describe_datasets(assets: Assets, serving: Path) -> Mapping[str, Columns]:
    """Columns and SQL types of every dataset, by dataset name.

    Raises
    ------
    SupersetError
        The file or a relation is missing, a dataset's SQL fails, or a YAML file
        names a column that is not there.
    """
    with open_serving(serving) as connection:
        tables = {row[0] for row in connection.execute("show tables").fetchall()}
        return {name: _describe(connection, assets, name, tables) for name in assets.datasets}


def _describe(connection: Served, assets: Assets, name: str, tables: set[str]) -> Columns:
    file, dataset = assets.dataset_file(name), assets.datasets[name]
    missing = [relation for relation in dataset.relations if relation not in tables]
    if missing:
        raise SupersetError(
            f"{file} reads {missing}, which the serving file does not hold; it holds "
            f"{sorted(tables)}. A model is published when its meta says `serve: true`; then "
            "run `dbt build`."
        )
    query = dataset.sql or f'from "{dataset.table}"'
    try:
        described = connection.sql(query).description
    except ReadError as error:
        raise SupersetError(f"The SQL of {file} fails: {error}") from error
    columns = {name: str(kind) for name, kind, *_ in described}
    named_columns = [*dataset.columns, *([dataset.date] if dataset.date else [])]
    if unknown := [column for column in named_columns if column not in columns]:
        raise SupersetError(
            f"{file} names the columns {unknown}; the relation has {sorted(columns)}."
        )
    return columns


def check_chart_columns(assets: Assets, columns: Mapping[str, Columns]) -> None:
    """Refuse a chart that shows, sorts by or formats a column that does not exist."""
    for folder, dashboard in assets.dashboards.items():
        for name, chart in dashboard.charts.items():
            available = {*columns[chart.dataset], BUILD_COLUMN}
            if unknown := sorted(
                {column for column in wanted_columns(chart) if column not in available}
            ):
                raise SupersetError(
                    f"{assets.chart_file(folder, name)} names the columns {unknown}; "
                    f"dataset {chart.dataset!r} has {sorted(available)}."
                )
