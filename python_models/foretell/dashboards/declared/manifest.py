"""All that dashboards know of a project: dbt's manifest, its serving file, and names from both."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from foretell.errors import SupersetError
from foretell.warehouse.serving import DIALECT, SUFFIX

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: The adapter whose relations dashboards read themselves, without a copy.
WAREHOUSE = "postgres"

Manifest = dict[str, Any]
Descriptions = dict[str, str]


def read_manifest(project_dir: Path) -> Manifest:
    """What dbt wrote of the project the last time that it parsed it.

    Raises
    ------
    SupersetError
        Dbt has not written it yet, or it is damaged.
    """
    path = project_dir / "target" / "manifest.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        content["nodes"].values()
    except FileNotFoundError:
        raise SupersetError(
            f"{path} is missing: dbt writes it. Run `dbt build` in {project_dir} first, or name "
            "another project with --project-dir."
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SupersetError(f"{path} is damaged: run `dbt build` in {project_dir} anew.") from error
    manifest: Manifest = content
    return manifest


def project_name_of(manifest: Manifest) -> str:
    """Name of the dbt project."""
    return str(manifest["metadata"]["project_name"])


def dialect_of(manifest: Manifest) -> str:
    """In which SQL its models are written: what dbt's adapter is called."""
    return str(manifest["metadata"].get("adapter_type") or "")


def served_in(manifest: Manifest) -> str:
    """In whose SQL dashboards read: the warehouse's where they read it, else the serving copy's."""
    return WAREHOUSE if dialect_of(manifest) == WAREHOUSE else DIALECT


def relations_of(manifest: Manifest) -> list[dict[str, Any]]:
    """Models, seeds and snapshots, in the order of their files."""
    nodes = manifest["nodes"].values()
    relations = [node for node in nodes if node["resource_type"] in {"model", "seed", "snapshot"}]
    return sorted(relations, key=lambda node: (node["original_file_path"], node["name"]))


def is_prediction(node: Mapping[str, Any]) -> bool:
    """Whether foretell trains and scores it."""
    return bool(node["config"].get("materialized") == "prediction")


def is_served(node: Mapping[str, Any]) -> bool:
    """Whether a build copies the relation to where Superset reads it."""
    serve = (node["config"].get("meta") or {}).get("serve")
    return is_prediction(node) or bool(serve and node["config"]["materialized"] != "ephemeral")


def descriptions_of(manifest: Manifest) -> Mapping[str, Descriptions]:
    """Descriptions of columns by relation; the relation's own under the empty name."""
    descriptions: dict[str, Descriptions] = {}
    for node in relations_of(manifest):
        described = {
            name: " ".join(column.get("description", "").split())
            for name, column in node.get("columns", {}).items()
        }
        described[""] = " ".join(node.get("description", "").split())
        descriptions[node["alias"]] = {name: text for name, text in described.items() if text}
    return descriptions


def serving_file_of(manifest: Manifest, project_dir: Path) -> Path:
    """The link that `dbt build` swings, found by the name of the database that dbt built.

    Raises
    ------
    SupersetError
        There is none, or more than one.
    """
    names = {f"{node['database']}_serving{SUFFIX}" for node in relations_of(manifest)}
    # One build may be reached by two links: that of foretell 0.1 lies beside the folder.
    by_build = {
        path.resolve(): path
        for pattern in (f"{folder}*_serving{SUFFIX}" for folder in ("", "*/", "*/*/"))
        for path in sorted(project_dir.glob(pattern))
        if path.name in names
    }
    links = sorted(by_build.values())
    if len(links) == 1:
        return links[0]
    contents = (
        f"several serving files: {[str(path) for path in links]}" if links else "no serving file"
    )
    raise SupersetError(
        f"{project_dir} holds {contents}. A `dbt build` publishes it; name it with --serving, or "
        "in _shared/database.yaml of the dashboards."
    )


# Never change it: every uuid in every Superset that was pushed to follows from it.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "foretell.dashboards")


def stable_uuid(project: str, kind: str, *names: str) -> str:
    """Same dbt project, kind and names, same uuid: a new title keeps it, a renamed file does not.

    Two projects share nothing, so one Superset can hold both.
    """
    return str(uuid.uuid5(_NAMESPACE, "/".join((project, kind, *names))))


def slug(project: str, folder: str) -> str:
    """Last part of a dashboard's address.

    >>> slug("grocery", "business_overview")
    'grocery-business-overview'
    """
    return f"{project}-{folder.replace('_', '-')}"
