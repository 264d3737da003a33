"""A chart as Superset wants it: its settings, and its query for readers without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from foretell.dashboards.packed.built import BuiltChart, axis, finish
from foretell.dashboards.packed.html_cells import with_drawn_categories, with_html_where_declared
from foretell.dashboards.packed.plots import build_heatmap, build_plot
from foretell.dashboards.written.specs import (
    BarSpec,
    CurveSpec,
    HeatmapSpec,
    LineSpec,
    NumberSpec,
    TableSpec,
    TrendSpec,
    WordsSpec,
)

if TYPE_CHECKING:
    from foretell.dashboards.written.columns import Columns
    from foretell.dashboards.written.specs import ChartSpec, DatasetSpec
    from foretell.warehouse.dialect import Dialect

DATE_FORMAT = "%-d %b %Y"
_ALL_ROWS = 10_000
_ROWS_AT_ONCE = 1000


def build_chart(
    chart: ChartSpec, dataset: DatasetSpec, columns: Columns, dialect: Dialect
) -> BuiltChart:
    """Add to the keys that someone chose all that Superset needs besides.

    ``columns`` are the types of the dataset's columns.
    """
    built = finish(_build(chart, dataset), chart, dataset)
    built = with_drawn_categories(built, columns, dialect)
    return with_html_where_declared(built, dataset, columns)


def _build(chart: ChartSpec, dataset: DatasetSpec) -> BuiltChart:
    match chart:
        case TableSpec():
            return _table(chart, dataset)
        case WordsSpec():
            return _words(chart)
        case NumberSpec():
            return _number(chart, dataset)
        case TrendSpec():
            return _trend(chart, dataset)
        case LineSpec() | CurveSpec() | BarSpec():
            return build_plot(chart, dataset)
        case HeatmapSpec():
            return build_heatmap(chart, dataset)
        case _:
            assert_never(chart)


def _table(chart: TableSpec, dataset: DatasetSpec) -> BuiltChart:
    order = [[chart.sort, not chart.descending]] if chart.sort else []
    params: dict[str, Any] = {
        "query_mode": "raw",
        "all_columns": list(chart.columns),
        "order_by_cols": [f'["{column}", {str(up).lower()}]' for column, up in order],
        "row_limit": chart.limit,
        "server_pagination": chart.paged,
        "server_page_length": chart.page or 20,
        "page_length": chart.page,
        "include_search": chart.search,
        "table_timestamp_format": DATE_FORMAT,
        "show_cell_bars": bool(chart.bars),
        "color_pn": False,
        "column_config": {name: _column_config(chart, dataset, name) for name in chart.columns},
        "conditional_formatting": [
            {
                "column": column,
                "operator": "=",
                "targetValue": value,
                "colorScheme": color,
                "useGradient": False,
                "objectFormatting": "TEXT_COLOR",
            }
            for column, values in chart.colors.items()
            for value, color in values.items()
        ],
    }
    # Readers without a browser get the first pages of what is handed out in pages.
    limit = min(chart.limit, _ROWS_AT_ONCE) if chart.paged else chart.limit
    query = {"columns": list(chart.columns), "orderby": order, "row_limit": limit}
    return BuiltChart("table", params, query)


def _column_config(chart: TableSpec, dataset: DatasetSpec, name: str) -> dict[str, Any]:
    config: dict[str, Any] = {"showCellBars": name in chart.bars}
    column = dataset.columns.get(name)
    if column and column.format:
        key = "d3TimeFormat" if column.format.startswith("%") else "d3NumberFormat"
        config[key] = column.format
    if name in chart.widths:
        config["columnWidth"] = chart.widths[name]
    return config


def _words(chart: WordsSpec) -> BuiltChart:
    order = [[chart.sort, True]] if chart.sort else []
    params = {
        "query_mode": "raw",
        "all_columns": [chart.column],
        "order_by_cols": [f'["{column}", true]' for column, _ in order],
        "row_limit": 100,
    }
    return BuiltChart(
        "table", params, {"columns": [chart.column], "orderby": order, "row_limit": 100}
    )


def _number(chart: NumberSpec, dataset: DatasetSpec) -> BuiltChart:
    params = {
        "metric": chart.metric,
        "subtitle": chart.caption,
        "y_axis_format": dataset.metrics[chart.metric].format,
        "header_font_size": 0.3,
        "subtitle_font_size": 0.15,
    }
    return BuiltChart("big_number_total", params, {"metrics": [chart.metric], "columns": []})


def _trend(chart: TrendSpec, dataset: DatasetSpec) -> BuiltChart:
    params = {
        "metric": chart.metric,
        "x_axis": dataset.date,
        "aggregation": "LAST_VALUE",
        "compare_lag": 1,
        "compare_suffix": chart.compared_with,
        "show_trend_line": True,
        "start_y_axis_at_zero": False,
        "show_timestamp": False,
        "y_axis_format": dataset.metrics[chart.metric].format,
        "time_format": DATE_FORMAT,
        "header_font_size": 0.4,
        "subheader_font_size": 0.2,
        "color_picker": {"r": 0, "g": 114, "b": 178, "a": 1},
        "rolling_type": "None",
    }
    query = {
        "metrics": [chart.metric],
        "columns": [axis(dataset.date or "")],
        "orderby": [[dataset.date, True]],
        "row_limit": _ALL_ROWS,
    }
    return BuiltChart("big_number", params, query)
