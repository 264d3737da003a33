"""What a person can edit of an object, in one form for the code's YAML and for Superset's export.

The words are those of ``dashboards/``: `name` for `slice_name`, `label` for `verbose_name`. What
Superset adds by itself (ids, defaults, what merely viewing or saving writes) is left out.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from foretell.dashboards.sync.explore_defaults import ALWAYS_ADDED
from foretell.dashboards.sync.page_tree import chart_uuids, page_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Content = dict[str, Any]

_WORDS = {
    "database": {"database_name": "name", "sqlalchemy_uri": "uri"},
    "dataset": {"table_name": "table", "main_dttm_col": "date"},
    "chart": {"slice_name": "name", "dataset_uuid": "dataset"},
    "dashboard": {"dashboard_title": "title"},
    "column": {"verbose_name": "label", "python_date_format": "date_format"},
    "metric": {"verbose_name": "label", "expression": "sql", "d3format": "format"},
}
# Derived from what is compared, told by the warehouse, or of no meaning outside one Superset.
_LEFT_OUT = {
    "database": {"allow_file_upload", "configuration_method"},
    "dataset": {"database_uuid", "params", "folders"},
    "chart": {"query_context"},
    "dashboard": {"theme_uuid"},
    "column": {"column_name", "type", "advanced_data_type"},
    "metric": {"metric_name", "metric_type"},
}
_EVERYWHERE_OUT = {"uuid", "version", "tags"}
# What Superset fills in when the code is silent.
_FILLED_IN: dict[str, dict[str, Any]] = {
    "database": {"allow_run_async": False, "impersonate_user": False},
    "dataset": {
        "offset": 0,
        "filter_select_enabled": True,
        "normalize_columns": False,
        "always_filter_main_dttm": False,
    },
    "column": {"is_active": True, "groupby": True, "filterable": True},
    "dashboard": {"published": True},
}
# Written by Superset whenever somebody who may edit looks at a dashboard.
_METADATA_OUT = {
    "color_scheme_domain",
    "default_filters",
    "import_time",
    "map_label_colors",
    "positions",
    "remote_id",
    "shared_label_colors",
    "show_native_filters",
}


def comparable(kind: str, content: Mapping[str, Any]) -> Content:
    """Content in the words of ``dashboards/``; equal content means that nobody edited."""
    return _SHAPES[kind](content)


def hidden_hash(kind: str, content: Mapping[str, Any]) -> str:
    """Hash of what is sent but not compared, such as a chart's ready-made query."""
    hidden: Any = None
    if kind == "chart":
        hidden = content.get("query_context")
    elif kind == "dataset":
        hidden = {column["column_name"]: column.get("type") for column in content["columns"]}
    text = json.dumps(hidden, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _dataset(content: Mapping[str, Any]) -> Content:
    shaped = _worded("dataset", content, frozenset({"columns", "metrics"}))
    shaped["columns"] = {
        column["column_name"]: _worded("column", column) for column in content["columns"]
    }
    shaped["metrics"] = {
        metric["metric_name"]: _worded("metric", metric) for metric in content["metrics"]
    }
    return shaped


def _chart(content: Mapping[str, Any]) -> Content:
    shaped = _worded("chart", content, frozenset({"params", "viz_type"}))
    settings = content.get("params") or {}
    params = {key: value for key, value in settings.items() if key not in ALWAYS_ADDED}
    if not params.get("matrixify_enable"):
        params = {key: value for key, value in params.items() if not key.startswith("matrixify_")}
    if filters := params.pop("adhoc_filters", None):
        params["adhoc_filters"] = [entry for entry in filters if not _is_no_filter(entry)]
    shaped["viz_type"] = content["viz_type"]
    shaped["params"] = params
    return shaped


def _is_no_filter(entry: Mapping[str, Any]) -> bool:
    return entry.get("operator") == "TEMPORAL_RANGE" and entry.get("comparator") == "No filter"


def _dashboard(content: Mapping[str, Any]) -> Content:
    shaped = _worded("dashboard", content, frozenset({"position", "metadata"}))
    position = content.get("position") or {}
    settings = content.get("metadata") or {}
    uuids = chart_uuids(position)
    metadata = {key: value for key, value in settings.items() if key not in _METADATA_OUT}
    if not metadata.get("refresh_frequency"):
        metadata.pop("refresh_frequency", None)
    shaped["colors"] = metadata.pop("label_colors", None)
    filters = metadata.pop("native_filter_configuration", None) or []
    shaped["filters"] = {entry["id"]: _native_filter(entry, uuids) for entry in filters}
    scopes = metadata.pop("chart_configuration", None) or {}
    shaped["cross_filters"] = {
        uuids.get(int(chart), chart): scope
        for chart, configuration in scopes.items()
        if (scope := _scope(configuration.get("crossFilters", {}).get("scope"), uuids))
        not in (None, "global")
    }
    everywhere = metadata.pop("global_chart_configuration", None) or {}
    scope = _scope(everywhere.get("scope"), uuids)
    shaped["cross_filter_scope"] = None if scope == _ALL_CHARTS else scope
    shaped["metadata"] = metadata
    shaped["page"] = page_of(position)
    return shaped


_ALL_CHARTS = {"rootPath": ["ROOT_ID"], "excluded": []}


def _native_filter(entry: Mapping[str, Any], uuids: Mapping[int, str]) -> Content:
    native_filter = {
        key: value
        for key, value in entry.items()
        if key not in {"id", "chartsInScope", "tabsInScope"}
    }
    if "scope" in native_filter:
        native_filter["scope"] = _scope(native_filter["scope"], uuids)
    return native_filter


def _scope(scope: Any, uuids: Mapping[int, str]) -> Any:
    if not isinstance(scope, dict):
        return scope
    excluded = [uuids.get(chart, chart) for chart in scope.get("excluded", [])]
    return {**scope, "excluded": sorted(excluded, key=str)}


def _worded(
    kind: str, content: Mapping[str, Any], elsewhere: frozenset[str] = frozenset()
) -> Content:
    words, filled = _WORDS[kind], _FILLED_IN.get(kind, {})
    left_out = _LEFT_OUT[kind] | _EVERYWHERE_OUT | elsewhere
    values = {**filled, **{key: value for key, value in content.items() if value is not None}}
    return {words.get(key, key): value for key, value in values.items() if key not in left_out}


_SHAPES: dict[str, Callable[[Mapping[str, Any]], Content]] = {
    "database": lambda content: _worded("database", content),
    "dataset": _dataset,
    "chart": _chart,
    "dashboard": _dashboard,
}
