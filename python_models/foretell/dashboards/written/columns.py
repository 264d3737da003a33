"""Columns that files of ``dashboards/`` name, looked up in what they read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from foretell.dashboards.written.mentioned import wanted_columns
from foretell.dashboards.written.shown_build import BUILD_COLUMN
from foretell.errors import SupersetError, WarehouseError
from foretell.ground.relation import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from foretell.dashboards.written.folder import Assets
    from foretell.warehouse.served import Served

Columns = dict[str, str]


def describe_datasets(assets: Assets, served: Served) -> Mapping[str, Columns]:
    """Columns and SQL types of every dataset, by dataset name.

    Raises
    ------
    SupersetError
        A relation is missing, a dataset's SQL fails, or a YAML file names a column that is not
        there.
    """
    tables = set(served.columns())
    return {name: _describe(served, assets, name, tables) for name in assets.datasets}


def _describe(served: Served, assets: Assets, name: str, tables: set[str]) -> Columns:
    file, dataset = assets.dataset_file(name), assets.datasets[name]
    missing = [relation for relation in dataset.relations if relation not in tables]
    if missing:
        raise SupersetError(
            f"{file} reads {missing}, which dashboards cannot read; they can read "
            f"{sorted(tables)}. A model is published when its meta says `serve: true`; then "
            "run `dbt build`."
        )
    query = dataset.sql or f"select * from {quoted(dataset.table or '')}"
    try:
        columns = served.types(served.placed(query))
    except WarehouseError as error:
        raise SupersetError(f"The SQL of {file} fails: {error}") from error
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
