"""The dashboards as they will be when all that dbt declares was built; nothing is looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from foretell.dashboards.declared.manifest import (
    Manifest,
    is_prediction,
    is_served,
    relations_of,
    served_in,
)
from foretell.dashboards.declared.project import declared_project
from foretell.dashboards.written.folder import Assets, read_assets
from foretell.published import IS_LATEST, columns_of
from foretell.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def planned_assets(manifest: Manifest, folder: Path) -> Assets:
    """All dashboards of a project, from dbt's manifest and the project's own folder.

    Raises
    ------
    SupersetError
        A file of the folder is wrong.
    """
    served = {node["alias"]: _columns(node) for node in relations_of(manifest) if is_served(node)}
    return read_assets(folder, declared_project(manifest, served, served_in(manifest)))


def _columns(node: Mapping[str, Any]) -> tuple[str, ...]:
    """Columns that a relation will have, as far as its YAML says."""
    declared = tuple(node.get("columns", {}))
    if not is_prediction(node):
        return declared
    meta = node["config"].get("meta") or {}
    spec = read_spec(
        meta.get("prediction"), prediction=node["name"], file=node["original_file_path"]
    )
    columns = [column.name for column in columns_of(spec) if column.is_in_view]
    return tuple(dict.fromkeys((*columns, IS_LATEST.name, *declared)))
