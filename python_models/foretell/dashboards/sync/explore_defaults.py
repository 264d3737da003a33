"""What Superset's editor of charts writes by itself when somebody presses Save.

Saving a chart writes every control that the kind of chart has, touched or not: about sixty keys.
A key that was not there before and has one of these values is nobody's edit. Found by saving one
chart of each kind in Superset 6.1 untouched: table, big_number, big_number_total, line, bar, area,
smooth, step and scatter series, mixed series, pie, histogram, heat map, box plot, pivot table,
handlebars, bubble, gauge, waterfall, tree map and funnel. Of another kind, `diff` also shows the
defaults that were written.
"""

from __future__ import annotations

from typing import Any

#: References to other objects of one Superset, and what it derives from the dataset.
ALWAYS_ADDED = frozenset(
    {
        "dashboards",
        "datasource",
        "extra_form_data",
        "slice_id",
        "temporal_columns_lookup",
        "url_params",
        "viz_type",
    }
)

_OFF = """
    align_pn allow_rearrange_columns area areaB colSubTotals colSubtotalPosition colTotals
    color_by_primary_axis combineMetric comparison_color_enabled cumulative donut
    force_max_interval force_timestamp_formatting forecastEnabled
    group_others_when_limit_reached include_time label_line logAxis logAxisSecondary
    markerEnabled markerEnabledB minorSplitLine minorTicks normalize normalized round_cap
    rowSubTotals rowSubtotalPosition rowTotals showTooltipPercentage show_axis_tick
    show_extra_controls show_total show_metric_name show_query_identifiers show_split_line
    show_totals show_value show_values show_x_axis show_x_axis_min_max_labels show_y_axis
    show_y_axis_min_max_labels sort_series_ascending sort_series_ascendingB stack stackB
    tooltipSortByMetric transposePivot truncateYAxis xAxisForceCategorical zoomable
""".split()  # noqa: SIM905 - read as words, not as a column of quotes

_ON = """
    allow_render_html animation labels_outside only_total only_totalB order_desc order_desc_b
    overlap show_legend rich_tooltip showTooltipTotal show_empty_columns show_labels show_percentage
    show_pointer show_progress show_tooltip_labels show_upper_labels sort_by_metric
    time_shift_color truncateXAxis truncate_metric truncate_metric_b x_axis_sort_asc
""".split()  # noqa: SIM905 - read as words, not as a column of quotes

_OTHERS: dict[str, tuple[Any, ...]] = {
    "aggregateFunction": ("Sum",),
    "border_color": ({"r": 0, "g": 0, "b": 0, "a": 1},),
    "border_width": (0,),
    "bottom_margin": ("auto",),
    "colOrder": ("key_a_to_z",),
    "comparison_color_scheme": ("Green",),
    "comparison_type": ("values",),
    "comparison_type_b": ("values",),
    "date_format": ("smart_date",),
    "decrease_color": ({"r": 224, "g": 67, "b": 85, "a": 1},),
    "echart_options": ("{}",),
    "end_angle": (-45,),
    "font_size": (15,),
    "forecastInterval": (0.8,),
    "forecastPeriods": (10,),
    "increase_color": ({"r": 90, "g": 193, "b": 137, "a": 1},),
    "innerRadius": (30,),
    "label_type": ("key", "key_value", 0),
    "left_margin": ("auto",),
    "legendOrientation": ("top",),
    "legendType": ("scroll",),
    "legend_type": ("continuous",),
    "markerSize": (6,),
    "markerSizeB": (6,),
    "max_bubble_size": ("25",),
    "metric_name_font_size": (0.15,),
    "metricsLayout": ("COLUMNS",),
    "normalize_across": ("heatmap",),
    "number_format": ("SMART_NUMBER",),
    "opacity": (0.2, 0.6),
    "opacityB": (0.2,),
    "orientation": ("vertical",),
    "outerRadius": (70,),
    "percent_calculation_type": ("first_step",),
    "percent_metric_calculation": ("row_limit",),
    "percentage_threshold": (0,),
    "rowOrder": ("key_a_to_z",),
    "row_limit_b": (10000,),
    "seriesType": ("start", "line"),
    "seriesTypeB": ("line",),
    "server_page_length": (10,),
    "show_labels_threshold": (5,),
    "sort_series_type": ("sum",),
    "sort_series_typeB": ("sum",),
    "split_number": (10,),
    "start_angle": (225,),
    "subtitle_font_size": (0.15,),
    "threshold_for_other": (0,),
    "time_format": ("smart_date",),
    "tooltipSizeFormat": ("SMART_NUMBER",),
    "tooltipTimeFormat": ("smart_date",),
    "tooltip_label_type": (5,),
    "total_color": ({"r": 102, "g": 102, "b": 102, "a": 1},),
    "valueFormat": ("SMART_NUMBER",),
    "value_bounds": ([None, None],),
    "value_formatter": ("{value}",),
    "whiskerOptions": ("Tukey",),
    "xAxisFormat": ("SMART_NUMBER",),
    "xAxisLabelInterval": ("auto",),
    "xAxisLabelRotation": (0,),
    "x_axis_format": ("SMART_NUMBER",),
    "x_axis_number_format": ("~g",),
    "x_axis_time_format": ("smart_date",),
    "x_axis_title_margin": (0, 15),
    "x_ticks_layout": ("auto",),
    "xscale_interval": (-1,),
    "yAxisIndex": (0,),
    "yAxisIndexB": (0,),
    "yAxisLabelRotation": (0,),
    "y_axis_bounds": ([None, None],),
    "y_axis_bounds_secondary": ([None, None],),
    "y_axis_format": ("SMART_NUMBER",),
    "y_axis_format_secondary": ("SMART_NUMBER",),
    "y_axis_title_margin": (0, 15),
    "y_axis_title_position": ("Left",),
    "yscale_interval": (-1,),
}

_DEFAULTS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(_OFF, (False,)),
    **dict.fromkeys(_ON, (True,)),
    **_OTHERS,
}


def is_default(key: str, value: Any) -> bool:
    """Whether Superset writes ``value`` for this setting when nobody chose one."""
    return value in (None, "", [], {}) or value in _DEFAULTS.get(key, ())
