"""Dashboards as dbt's exposures, so that dbt knows who reads a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from foretell.dashboards.declared.manifest import (
    Manifest,
    is_prediction,
    project_name_of,
    relations_of,
    slug,
)
from foretell.dashboards.lineage.planned import planned_assets
from foretell.literal_text import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from foretell.dashboards.written.folder import Assets
    from foretell.project_file import ProjectFile

_HEADER = """\
# Written by `foretell dashboards exposures` from the dashboards and dbt's manifest: run it again
# instead of editing this file. What a model's change would touch: `foretell impact <model>`.
"""
_SUPERSET = "http://127.0.0.1:8088"


def exposures_file(project: ProjectFile) -> Path:
    """The one file that is generated."""
    return project.models / "exposures" / "_foretell_dashboards.yml"


def exposures_text(manifest: Manifest, project: ProjectFile) -> str:
    """Content of the file: one exposure per dashboard, whose texts dbt is not to render.

    Raises
    ------
    SupersetError
        A file of the project's dashboards, or a var, is wrong.
    """
    assets = planned_assets(manifest, project.dashboards)
    name = project_name_of(manifest)
    superset = project.text("foretell_superset", _SUPERSET).rstrip("/")
    owner = project.text("foretell_owner", name)
    exposures = [
        {
            "name": folder,
            "label": literal(dashboard.spec.title),
            "type": "dashboard",
            "url": f"{superset}/superset/dashboard/{slug(name, folder)}/",
            "description": literal(dashboard.spec.description),
            "owner": {"name": owner},
            "depends_on": [_ref(node, name) for node in nodes_of(assets, folder, manifest)],
        }
        for folder, dashboard in sorted(assets.dashboards.items())
    ]
    return _HEADER + yaml.safe_dump(
        {"exposures": exposures}, sort_keys=False, allow_unicode=True, width=100
    )


def is_stale(manifest: Manifest, project: ProjectFile) -> bool:
    """Whether the file is there and differs from what would be written now."""
    file = exposures_file(project)
    return file.exists() and file.read_text(encoding="utf-8") != exposures_text(manifest, project)


def nodes_of(assets: Assets, folder: str, manifest: Manifest) -> list[Mapping[str, Any]]:
    """Models that a dashboard reads, the project's own first.

    The views over foretell's stores show what predictions wrote there, which dbt's graph does not
    know: whoever reads one reads all predictions.
    """
    relations = set(_relations(assets, folder))
    nodes = [node for node in relations_of(manifest) if node["alias"] in relations]
    if any(node["package_name"] == "foretell" for node in nodes):
        relations |= {node["alias"] for node in relations_of(manifest) if is_prediction(node)}
        nodes = [node for node in relations_of(manifest) if node["alias"] in relations]
    return sorted(nodes, key=lambda node: (node["package_name"] == "foretell", node["name"]))


def _relations(assets: Assets, folder: str) -> Iterable[str]:
    dashboard = assets.dashboards[folder]
    datasets = {chart.dataset for chart in dashboard.charts.values()}
    datasets |= {
        filter_spec.dataset for filter_spec in dashboard.spec.filters if filter_spec.dataset
    }
    for name in datasets:
        yield from assets.datasets[name].relations


def _ref(node: Mapping[str, Any], project: str) -> str:
    package = "" if node["package_name"] == project else f"'{node['package_name']}', "
    return f"ref({package}'{node['name']}')"
