"""What ``dbt_project.yml`` says that dbt's manifest does not keep: its folders and its vars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from foretell.errors import ForetellError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class ProjectFile:
    """A dbt project's folder with the vars of its ``dbt_project.yml``."""

    folder: Path
    models: Path
    variables: Mapping[str, Any]

    def text(self, name: str, default: str) -> str:
        """A var of this name.

        Raises
        ------
        ForetellError
            It is no text.
        """
        value = self.variables.get(name, default)
        if not isinstance(value, str):
            raise ForetellError(
                f"{self.folder / 'dbt_project.yml'} has `{name}: {value}` under vars; it must be "
                f"text, such as `{name}: {default}`."
            )
        return value

    @property
    def sources(self) -> tuple[Path, ...]:
        """Folders of what a build is made of."""
        inside = (self.folder / name for name in ("macros", "packages", "seeds", "snapshots"))
        suites = self.folder / self.text("foretell_expectations", "expectations")
        return (self.models, suites, *inside)

    @property
    def dashboards(self) -> Path:
        """Folder of the project's own dashboards: the var ``foretell_dashboards``."""
        return self.folder / self.text("foretell_dashboards", "dashboards")


def read_project_file(folder: Path) -> ProjectFile:
    """Read ``dbt_project.yml``.

    Raises
    ------
    ForetellError
        It is missing or cannot be read.
    """
    file = folder / "dbt_project.yml"
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        name, variables = content["name"], content.get("vars") or {}
        (models, *_) = content.get("model-paths") or ["models"]
    except FileNotFoundError:
        raise ForetellError(
            f"{folder.resolve()} is no dbt project: it has no dbt_project.yml. Go to the project's "
            "folder, or name it with --project-dir."
        ) from None
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise ForetellError(f"{file} cannot be read: {error}") from error
    # As in dbt, a var under the project's name comes before one of all packages.
    return ProjectFile(folder, folder / models, {**variables, **(variables.get(name) or {})})
