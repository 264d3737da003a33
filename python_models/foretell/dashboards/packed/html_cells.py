"""Where Superset reads HTML in data: which tables render it, and what is shown as text there.

Superset renders HTML in all cells of a table or in none. A table does so where it shows a column
that its dataset declares as HTML; in place of every other column that can hold text it then
shows a different column, in which what could be a tag is escaped. The columns themselves stay as
they are: filters, conditions and the order of rows go by what is stored. Tooltips of bars are HTML,
too.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from foretell.dashboards.written.html_text import cell, drawn
from foretell.dashboards.written.shown_build import BUILD_COLUMN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from foretell.dashboards.packed.built import BuiltChart
    from foretell.dashboards.written.columns import Columns
    from foretell.dashboards.written.specs import DatasetSpec
    from foretell.warehouse.dialect import Dialect

# Charts of Superset that have this setting; a table renders HTML where nothing is said.
_CAN_RENDER = {"table", "ag-grid-table", "pivot_table_v2"}
_CELL, _DRAWN = " (as text)", " (as drawn)"
_HOLDS_NO_TEXT = re.compile(
    r"BOOLEAN|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|REAL|DOUBLE( PRECISION)?"
    r"|DECIMAL\([\d,]+\)|NUMERIC|DATE|TIME(STAMP(_\w+)?)?( WITH(OUT)? TIME ZONE)?|INTERVAL|UUID"
)


def stored_name(name: str) -> str:
    """The column that a table shows the text of; any other name as it is.

    >>> stored_name("reason_1 (as text)")
    'reason_1'
    """
    return name.removesuffix(_CELL).removesuffix(_DRAWN)


def with_stored_names(settings: Any) -> Any:
    """Settings of a chart as its file says them, which names no column of our own making."""
    if isinstance(settings, str):
        return stored_name(settings)
    if isinstance(settings, dict):
        return {stored_name(key): with_stored_names(value) for key, value in settings.items()}
    if isinstance(settings, list):
        return [with_stored_names(value) for value in settings]
    return settings


def with_html_where_declared(
    built: BuiltChart, dataset: DatasetSpec, columns: Columns
) -> BuiltChart:
    """Settings of a table that renders HTML only in columns declared as such; others unchanged.

    Parameters
    ----------
    columns
        SQL types of the dataset's columns. A table that shows anything else, such as SQL of its
        own, renders no HTML.
    """
    params, query = built.params, built.query
    viz_type = params.get("viz_type", built.viz_type)  # options may choose a different one
    if viz_type not in _CAN_RENDER:
        return built
    listed = params.get("all_columns") or []
    names = [stored_name(column) for column in listed if isinstance(column, str)]
    declared = {name for name, column in dataset.columns.items() if column.html}
    renders = (
        viz_type == "table"
        and params.get("query_mode") == "raw"
        and not declared.isdisjoint(names)
        and len(names) == len(listed)
        and {*columns, BUILD_COLUMN}.issuperset(names)
    )

    def shown(column: Any) -> Any:
        if not isinstance(column, str):
            return column
        name = stored_name(column)
        safe = name in declared or name == BUILD_COLUMN or name not in columns
        return name if not renders or safe or _holds_no_text(columns[name]) else name + _CELL

    return replace(
        built,
        params={
            **params,
            "all_columns": [shown(column) for column in listed],
            "column_config": {
                shown(column): config
                for column, config in (params.get("column_config") or {}).items()
            },
            "conditional_formatting": [
                {**rule, "column": shown(rule.get("column"))}
                for rule in params.get("conditional_formatting") or []
            ],
            "allow_render_html": renders,
        },
        query={**query, "columns": [shown(column) for column in query.get("columns") or []]},
    )


def with_drawn_categories(built: BuiltChart, columns: Columns, dialect: Dialect) -> BuiltChart:
    """Settings of bars whose tooltips hold no HTML of their categories; others unchanged."""
    name = built.params.get("x_axis")
    if built.viz_type != "echarts_timeseries_bar" or not isinstance(name, str):
        return built
    name = stored_name(name)
    if name not in columns or _holds_no_text(columns[name]):
        return built
    drawn_name = name + _DRAWN
    axis, *series = built.query["columns"]
    axis = {**axis, "label": drawn_name, "sqlExpression": drawn(_named(name), dialect)}
    order = [
        [drawn_name if column == name else column, up] for column, up in built.query["orderby"]
    ]
    params = {**built.params, "x_axis": drawn_name}
    if params.get("x_axis_sort") == name:
        params["x_axis_sort"] = drawn_name
    return replace(
        built, params=params, query={**built.query, "columns": [axis, *series], "orderby": order}
    )


def shown_columns(charts: Iterable[BuiltChart]) -> list[str]:
    """Columns that a dataset needs besides its own, since its charts show them."""
    listed = (
        column
        for chart in charts
        for column in [*(chart.params.get("all_columns") or []), chart.params.get("x_axis")]
    )
    return sorted(
        {column for column in listed if isinstance(column, str) and stored_name(column) != column}
    )


def shown_column(name: str, stored: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """Such a column as Superset imports it, computed from the column that it shows."""
    escape, charts = (cell, "tables that render HTML") if name.endswith(_CELL) else (drawn, "bars")
    return {
        **stored,
        "column_name": name,
        "description": f"{stored['column_name']}, as {charts} show it: as text, whatever it holds.",
        "type": "VARCHAR",
        "expression": escape(_named(stored["column_name"]), dialect),
        "filterable": False,
    }


def _named(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _holds_no_text(kind: str) -> bool:
    return _HOLDS_NO_TEXT.fullmatch(kind) is not None
