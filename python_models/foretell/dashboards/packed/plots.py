"""Lines, curves, bars and heat maps: metrics along an axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from foretell.dashboards.packed.built import BuiltChart, axis
from foretell.dashboards.written.specs import BarSpec, CurveSpec, LineSpec

if TYPE_CHECKING:
    from foretell.dashboards.written.specs import DatasetSpec, HeatmapSpec, PlotSpec

SCHEME = "okabeIto"
_DAY = "%-d %b"
# Set by superset_config.py; a Superset without them takes its own blue-green.
_HUES = {"blue": "foretellBlue", "alarm": "foretellAlarm"}
_ALL_ROWS = 10_000


def build_plot(chart: PlotSpec, dataset: DatasetSpec) -> BuiltChart:
    """A line over time, a curve over a number, or bars."""
    match chart:
        case LineSpec():
            return _line(chart, dataset)
        case CurveSpec():
            return _curve(chart, dataset)
        case BarSpec():
            return _bar(chart, dataset)


def _along(
    chart: PlotSpec, dataset: DatasetSpec, column: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings and query of metrics along ``column``, a series for each value of ``by``."""
    series = [chart.by] if chart.by else []
    many = bool(chart.by) or len(chart.metrics) > 1
    params = {
        "x_axis": column,
        "metrics": list(chart.metrics),
        "groupby": series,
        "row_limit": _ALL_ROWS,
        "truncate_metric": True,
        # In one order everywhere: where Superset does not know a name's colour, it goes by order.
        "sort_series_type": "name",
        "sort_series_ascending": True,
        "rich_tooltip": True,
        "y_axis_format": dataset.metrics[chart.metrics[0]].format,
        "show_legend": many,
        "legendType": "plain",
        "legendOrientation": "top",
        "color_scheme": SCHEME,
        "annotation_layers": [],
    }
    query = {
        "metrics": list(chart.metrics),
        "columns": [axis(column), *series],
        "orderby": [[column, True]],
        "row_limit": _ALL_ROWS,
        "series_columns": series,
    }
    return params, query


def _line(chart: LineSpec, dataset: DatasetSpec) -> BuiltChart:
    params, query = _along(chart, dataset, dataset.date or "")
    params |= {
        "seriesType": "line",
        "tooltipTimeFormat": "%-d %b %Y",
        "x_axis_time_format": _DAY,
        "truncateYAxis": not chart.from_zero,
        "markerEnabled": chart.markers,
        "markerSize": 6,
    }
    return BuiltChart("echarts_timeseries_line", params, query)


def _curve(chart: CurveSpec, dataset: DatasetSpec) -> BuiltChart:
    params, query = _along(chart, dataset, chart.x)
    column = dataset.columns.get(chart.x)
    params |= {
        "seriesType": "line",
        "x_axis_number_format": column.format if column and column.format else "~g",
        "truncateYAxis": not chart.from_zero,
        "truncateXAxis": True,
        "markerEnabled": chart.markers,
        "markerSize": 6,
        **_titles(chart),
    }
    return BuiltChart("echarts_timeseries_line", params, query)


def _bar(chart: BarSpec, dataset: DatasetSpec) -> BuiltChart:
    params, query = _along(chart, dataset, chart.x)
    params |= {
        "orientation": "horizontal" if chart.horizontal else "vertical",
        "stack": "Stack" if chart.stacked else None,
        "row_limit": chart.limit,
        "x_axis_sort": chart.sort or chart.x,
        # Superset draws a horizontal axis from the bottom up.
        "x_axis_sort_asc": not chart.descending,
        "xAxisForceCategorical": True,
        **_titles(chart),
    }
    query["orderby"] = [[chart.sort or chart.x, not chart.descending]]
    query["row_limit"] = chart.limit
    return BuiltChart("echarts_timeseries_bar", params, query)


def _titles(chart: CurveSpec | BarSpec) -> dict[str, Any]:
    titles: dict[str, Any] = {}
    if chart.x_title:
        titles |= {"x_axis_title": chart.x_title, "x_axis_title_margin": 30}
    if chart.y_title:
        titles |= {
            "y_axis_title": chart.y_title,
            "y_axis_title_margin": 40,
            "y_axis_title_position": "Left",
        }
    return titles


def build_heatmap(chart: HeatmapSpec, dataset: DatasetSpec) -> BuiltChart:
    """A metric for each pair of values, darker where it is higher."""
    params: dict[str, Any] = {
        "x_axis": chart.x,
        "groupby": chart.y,
        "metric": chart.metric,
        "sort_x_axis": "alpha_asc",
        "sort_y_axis": "alpha_desc",
        "normalize_across": "heatmap",
        "legend_type": "continuous",
        "linear_color_scheme": _HUES[chart.hue],
        "show_legend": True,
        "show_values": True,
        "show_percentage": False,
        "xscale_interval": 1,
        "yscale_interval": 1,
        "left_margin": "auto",
        "bottom_margin": "50",
        "value_bounds": list(chart.limits) if chart.limits else [None, None],
        "y_axis_format": dataset.metrics[chart.metric].format,
        "x_axis_time_format": _DAY,
        "row_limit": _ALL_ROWS,
    }
    query = {
        "metrics": [chart.metric],
        "columns": [axis(chart.x), chart.y],
        "orderby": [[chart.x, True]],
        "row_limit": _ALL_ROWS,
    }
    return BuiltChart("heatmap_v2", params, query)
