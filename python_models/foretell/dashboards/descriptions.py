"""Column descriptions, written once in dbt and shown in Superset."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from foretell.errors import SupersetError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Descriptions = dict[str, str]


def read_descriptions(project_dir: Path) -> Mapping[str, Descriptions]:
    """Descriptions of columns by relation; the relation's own under the empty name.

    Raises:
        SupersetError: dbt has not written its manifest yet, or it is damaged.

    """
    path = project_dir / "target" / "manifest.json"
    try:
        nodes = json.loads(path.read_text(encoding="utf-8"))["nodes"].values()
    except FileNotFoundError:
        raise SupersetError(
            f"{path} is missing: dbt writes it. Run `dbt build` in {project_dir} first, or name "
            "another project with --project-dir."
        ) from None
    except (ValueError, KeyError) as error:
        raise SupersetError(f"{path} is damaged: run `dbt build` in {project_dir} anew.") from error
    found: dict[str, Descriptions] = {}
    for node in nodes:
        if node["resource_type"] in {"model", "seed", "snapshot"}:
            described = {
                name: " ".join(column.get("description", "").split())
                for name, column in node.get("columns", {}).items()
            }
            described[""] = " ".join(node.get("description", "").split())
            found[node["alias"]] = {name: text for name, text in described.items() if text}
    return found
