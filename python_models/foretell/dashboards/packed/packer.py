"""Lean YAML in, Superset's import format out: deterministic, so that equal means unchanged."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from foretell.dashboards.declared.manifest import slug, stable_uuid
from foretell.dashboards.packed.charts import build_chart
from foretell.dashboards.packed.html_cells import shown_column, shown_columns, stored_name
from foretell.dashboards.packed.layout import positions
from foretell.dashboards.packed.page import native_filters, style
from foretell.dashboards.written.shown_build import BUILD_COLUMN, build_column
from foretell.dashboards.written.yaml_text import write_plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from foretell.dashboards.declared.manifest import Descriptions
    from foretell.dashboards.packed.built import BuiltChart
    from foretell.dashboards.written.columns import Columns
    from foretell.dashboards.written.folder import Assets
    from foretell.dashboards.written.specs import ChartSpec, DatasetSpec
    from foretell.warehouse.served import Served

_VERSION = "1.0.0"
_CERTIFICATE: dict[str, Any] = {"certified_by": None, "certification_details": None}
#: What somebody may set in Superset and no file here says, as it is where nobody has. An import
#: leaves alone what it does not name, so that `push --ours` would not overwrite it.
_SILENT: dict[str, dict[str, Any]] = {
    "chart": {**_CERTIFICATE, "cache_timeout": None},
    "dashboard": _CERTIFICATE,
    "dataset": {
        "cache_timeout": None,
        "default_endpoint": None,
        "extra": None,
        "fetch_values_predicate": None,
        "filter_select_enabled": True,
        "offset": 0,
        "template_params": None,
    },
    "column": {
        "datetime_format": None,
        "expression": None,
        "extra": None,
        "is_active": True,
        "python_date_format": None,
    },
    "metric": {"currency": None, "warning_text": None},
}

Files = dict[str, str]


def pack(
    assets: Assets,
    *,
    served: Served,
    columns: Mapping[str, Columns],
    descriptions: Mapping[str, Descriptions],
) -> Files:
    """Texts of all files to import, by path."""
    project = assets.project
    database = {
        "database_name": assets.database.name,
        **served.connection(),
        "expose_in_sqllab": True,
        "allow_dml": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "uuid": stable_uuid(project, "database"),
        "version": _VERSION,
    }
    files: dict[str, Any] = {
        # The time of an export, which nobody reads: a fixed one keeps the content equal.
        "metadata.yaml": {
            "version": _VERSION,
            "type": "assets",
            "timestamp": "2020-01-01T00:00:00+00:00",
        },
        "databases/foretell.yaml": database,
    }
    built = {
        (folder, name): build_chart(
            _placed(chart, served),
            assets.datasets[chart.dataset],
            columns[chart.dataset],
            served.dialect,
        )
        for folder, dashboard in assets.dashboards.items()
        for name, chart in dashboard.charts.items()
    }
    for name, dataset in assets.datasets.items():
        of_dataset = (
            built_chart
            for (folder, chart), built_chart in built.items()
            if assets.dashboards[folder].charts[chart].dataset == name
        )
        files[f"datasets/foretell/{name}.yaml"] = _dataset(
            project, name, dataset, columns[name], descriptions, shown_columns(of_dataset), served
        )
    for folder, dashboard in assets.dashboards.items():
        charts = dashboard.charts
        for name, chart in charts.items():
            files[f"charts/{folder}__{name}.yaml"] = _chart(
                project, folder, name, chart, built[folder, name]
            )
        spec = dashboard.spec
        files[f"dashboards/{folder}.yaml"] = _SILENT["dashboard"] | {
            "dashboard_title": spec.title,
            "description": spec.description,
            "slug": slug(project, folder),
            "css": assets.css + style(spec, charts),
            "published": True,
            "uuid": stable_uuid(project, "dashboard", folder),
            "position": positions(
                spec,
                charts,
                uuid_of=lambda name, folder=folder: stable_uuid(project, "chart", folder, name),  # type: ignore[misc]
            ),
            "metadata": {
                "color_scheme": "okabeIto",
                "label_colors": dict(spec.colors),
                "shared_label_colors": list(spec.colors),
                "map_label_colors": dict(spec.colors),
                "native_filter_configuration": native_filters(
                    spec, lambda name: stable_uuid(project, "dataset", name)
                ),
                "show_native_filters": bool(spec.filters),
                "filter_bar_orientation": "HORIZONTAL",
                # A click on a link in a table would also filter the page by that link: it is
                # drawn anew under the pointer and asks all its charts before it is left.
                "cross_filters_enabled": False,
                "global_chart_configuration": {
                    "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
                    "chartsInScope": [],
                },
                "refresh_frequency": 0,
            },
            "version": _VERSION,
        }
    return {path: write_plain(content) for path, content in files.items()}


def _dataset(
    project: str,
    name: str,
    dataset: DatasetSpec,
    columns: Columns,
    descriptions: Mapping[str, Descriptions],
    shown_names: list[str],
    served: Served,
) -> dict[str, Any]:
    described: Descriptions = {}
    for relation in reversed(dataset.relations):
        described |= descriptions.get(relation, {})
    stored = {name: _column(dataset, described, name, kind) for name, kind in columns.items()}
    every_column = [
        *stored.values(),
        *(shown_column(name, stored[stored_name(name)], served.dialect) for name in shown_names),
        *([] if BUILD_COLUMN in columns else [build_column(served)]),
    ]
    return _SILENT["dataset"] | {
        # Superset on SQLite has each name once, whatever the database.
        "table_name": dataset.table or f"{project}: {name}",
        "schema": served.schema_of(dataset.table or "foretell_build"),
        "sql": dataset.sql and served.placed(dataset.sql),
        "main_dttm_col": dataset.date,
        "description": dataset.description or (described.get("") if dataset.table else None),
        "columns": [_SILENT["column"] | column for column in every_column],
        "metrics": [
            _SILENT["metric"]
            | {
                "metric_name": metric,
                "verbose_name": spec.label,
                "expression": served.placed(spec.sql),
                "d3format": spec.format,
                "description": spec.description,
                "extra": (
                    {"certification": {"certified_by": spec.certified_by, "details": ""}}
                    if spec.certified_by
                    else None
                ),
            }
            for metric, spec in dataset.metrics.items()
        ],
        "uuid": stable_uuid(project, "dataset", name),
        "database_uuid": stable_uuid(project, "database"),
        "version": _VERSION,
    }


def _placed(chart: ChartSpec, served: Served) -> ChartSpec:
    """The chart with the schemas in its condition that this needs."""
    return chart.model_copy(update={"where": chart.where and served.placed(chart.where)})


def _column(dataset: DatasetSpec, described: Descriptions, name: str, kind: str) -> dict[str, Any]:
    spec = dataset.columns.get(name)
    label = spec.label if spec and spec.label else name.replace("_", " ").capitalize()
    return {
        "column_name": name,
        "verbose_name": label,
        "description": (spec.description if spec else None) or described.get(name),
        "type": kind,
        "is_dttm": kind == "DATE" or kind.startswith("TIMESTAMP"),
        "groupby": True,
        "filterable": True,
    }


def _chart(
    project: str, folder: str, name: str, chart: ChartSpec, built: BuiltChart
) -> dict[str, Any]:
    params = {"viz_type": built.viz_type, **built.params}
    # Superset writes the ids of its own database over these two placeholders.
    query_context = {
        "datasource": {"id": 0, "type": "table"},
        "force": False,
        "queries": [built.query],
        "form_data": params,
        "result_format": "json",
        "result_type": "full",
    }
    return _SILENT["chart"] | {
        "slice_name": chart.name,
        "description": chart.description,
        "viz_type": built.viz_type,
        "params": params,
        "query_context": json.dumps(query_context, sort_keys=True),
        "uuid": stable_uuid(project, "chart", folder, name),
        "dataset_uuid": stable_uuid(project, "dataset", chart.dataset),
        "version": _VERSION,
    }


def to_zip(files: Files) -> bytes:
    """The archive that is sent; dates fixed, so that equal files make equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(f"foretell/{path}"), text)
    return buffer.getvalue()
