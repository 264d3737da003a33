"""Copies the resource folders into the wheel, where `foretell.resources` finds them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

RESOURCES = ("dashboards", "dbt_project", "expectations", "requirements")
GENERATED = {"data", "target", "dbt_packages", "logs", "__pycache__", ".user.yml"}


class BundleResources(BuildHookInterface):  # type: ignore[misc]
    """Adds each file of a resource folder to `foretell/_bundle`, in standard builds only.

    An editable install keeps reading the checkout, so that there is one copy to edit.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "standard":
            return
        root = Path(self.root)
        for resource in RESOURCES:
            for path in sorted((root / resource).rglob("*")):
                inside = path.relative_to(root)
                if path.is_file() and not path.is_symlink() and not GENERATED & set(inside.parts):
                    build_data["force_include"][str(path)] = f"foretell/_bundle/{inside.as_posix()}"
