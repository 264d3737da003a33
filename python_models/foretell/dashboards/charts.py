"""A chart as Superset wants it: its settings, and its query for readers without a browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never

from foretell.dashboards.specs import LineSpec, NumberSpec, TableSpec, TrendSpec

if TYPE_CHECKING:
    from foretell.dashboards.specs import ChartSpec, DatasetSpec

DATE_FORMAT = "%-d %b %Y"
_SCHEME = "okabeIto"
_ALL_ROWS = 10_000


@dataclass(frozen=True)
class BuiltChart:
    """Superset's settings of a chart and the query that fills it."""

    viz_type: str
    params: dict[str, Any]
    query: dict[str, Any]


def build_chart(chart: ChartSpec, dataset: DatasetSpec) -> BuiltChart:
    """Add to the keys that someone chose all that Superset needs besides."""
    match chart:
        case TableSpec():
            return _table(chart, dataset)
        case NumberSpec():
            return _number(chart, dataset)
        case TrendSpec():
            return _trend(chart, dataset)
        case LineSpec():
            return _line(chart, dataset)
        case _:
            assert_never(chart)


def _table(chart: TableSpec, dataset: DatasetSpec) -> BuiltChart:
    order = [[chart.sort, not chart.descending]] if chart.sort else []
    filters = (
        [{"expressionType": "SQL", "clause": "WHERE", "sqlExpression": chart.where}]
        if chart.where
        else []
    )
    params: dict[str, Any] = {
        "query_mode": "raw",
        "all_columns": list(chart.columns),
        "order_by_cols": [f'["{column}", {str(up).lower()}]' for column, up in order],
        "adhoc_filters": filters,
        "row_limit": chart.limit,
        "server_pagination": False,
        "page_length": chart.page,
        "include_search": chart.search,
        "table_timestamp_format": DATE_FORMAT,
        "show_cell_bars": bool(chart.bars),
        "color_pn": False,
        "allow_render_html": True,
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
        **chart.options,
    }
    query = {
        "columns": list(chart.columns),
        "orderby": order,
        "row_limit": chart.limit,
        "extras": {"where": f"({chart.where})"} if chart.where else {},
    }
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


def _number(chart: NumberSpec, dataset: DatasetSpec) -> BuiltChart:
    params = {
        "metric": chart.metric,
        "subtitle": chart.caption,
        "y_axis_format": dataset.metrics[chart.metric].format,
        "header_font_size": 0.3,
        "subtitle_font_size": 0.15,
        **chart.options,
    }
    return BuiltChart("big_number_total", params, {"metrics": [chart.metric], "columns": []})


def _axis(date: str | None) -> dict[str, Any]:
    return {
        "columnType": "BASE_AXIS",
        "expressionType": "SQL",
        "label": date,
        "sqlExpression": date,
    }


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
        **chart.options,
    }
    query = {
        "metrics": [chart.metric],
        "columns": [_axis(dataset.date)],
        "orderby": [[dataset.date, True]],
        "row_limit": _ALL_ROWS,
    }
    return BuiltChart("big_number", params, query)


def _line(chart: LineSpec, dataset: DatasetSpec) -> BuiltChart:
    params = {
        "x_axis": dataset.date,
        "metrics": list(chart.metrics),
        "groupby": [],
        "row_limit": _ALL_ROWS,
        "truncate_metric": True,
        "seriesType": "line",
        "rich_tooltip": True,
        "tooltipTimeFormat": DATE_FORMAT,
        "x_axis_time_format": "%-d %b",
        "y_axis_format": dataset.metrics[chart.metrics[0]].format,
        "truncateYAxis": not chart.from_zero,
        "markerEnabled": chart.markers,
        "markerSize": 6,
        "show_legend": True,
        "legendType": "plain",
        "legendOrientation": "top",
        "color_scheme": _SCHEME,
        "annotation_layers": [],
        **chart.options,
    }
    query = {
        "metrics": list(chart.metrics),
        "columns": [_axis(dataset.date)],
        "orderby": [[dataset.date, True]],
        "row_limit": _ALL_ROWS,
        "series_columns": [],
    }
    return BuiltChart("echarts_timeseries_line", params, query)
