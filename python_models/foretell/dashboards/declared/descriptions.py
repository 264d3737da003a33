"""Column descriptions, written once in dbt and shown in Superset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from foretell.dashboards.declared.manifest import Descriptions, descriptions_of, read_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Descriptions", "read_descriptions"]


def read_descriptions(project_dir: Path) -> Mapping[str, Descriptions]:
    """Descriptions of columns by relation; the relation's own under the empty name.

    Raises:
        SupersetError: dbt has not written its manifest yet, or it is damaged.

    """
    return descriptions_of(read_manifest(project_dir))
