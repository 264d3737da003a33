"""A dbt project as far as a new feature needs it: which models there are, what they document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from foretell.errors import ScaffoldError


@dataclass(frozen=True)
class Column:
    """A documented column; type and description are empty where nothing is said."""

    name: str
    data_type: str = ""
    description: str = ""


@dataclass(frozen=True)
class Model:
    """Something that ``ref`` reaches.

    Attributes
    ----------
    path
        Its file, relative to its project; None where it belongs to a package.
    columns
        Those that are documented, in order; none where no manifest says so.
    predicts
        The entity of a prediction; empty for a model that is none, or whose YAML was not read.
    is_ephemeral
        Whether it exists only inside its readers' SQL.
    """

    name: str
    path: Path | None
    columns: tuple[Column, ...] = ()
    predicts: str = ""
    is_ephemeral: bool = False

    def column(self, name: str) -> Column:
        """The column as documented, or with its name alone."""
        return next(
            (column for column in self.columns if column.name.lower() == name.lower()), Column(name)
        )


@dataclass(frozen=True)
class DbtProject:
    """A folder with a ``dbt_project.yml``.

    Attributes
    ----------
    folder
        As it was named, so that messages name files as the user would.
    models_folder
        Where new models go, relative to it.
    models
        By name: what dbt parsed last, and the files that have come since.
    """

    folder: Path
    models_folder: Path
    models: Mapping[str, Model]

    @classmethod
    def read(cls, folder: Path) -> DbtProject:
        """Read the last manifest, if there is one, and the names of the model files.

        Raises
        ------
        ScaffoldError
            The folder holds no dbt project, or its files cannot be read.
        """
        file = folder / "dbt_project.yml"
        if not file.is_file():
            nested = folder / "dbt_project" / "dbt_project.yml"
            hint = "dbt_project" if nested.is_file() else "path/to/project"
            raise ScaffoldError(
                f"{folder.resolve()} is no dbt project: it has no dbt_project.yml. Name the "
                f"project: --project-dir {hint}"
            )
        try:
            settings = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        except yaml.YAMLError as error:
            raise ScaffoldError(f"{file} cannot be read as YAML: {error}") from None
        folders = [Path(path) for path in settings.get("model-paths") or ["models"]]
        seeds = [Path(path) for path in settings.get("seed-paths") or ["seeds"]]
        models = _in_folders(folder, folders, ("*.sql", "*.py"))
        models |= _in_folders(folder, seeds, ("*.csv",))
        models |= _in_manifest(folder, str(settings.get("target-path") or "target"))
        return cls(folder, folders[0], models)

    def require(self, name: str, *, flag: str) -> Model:
        """The model of this name.

        Raises
        ------
        ScaffoldError
            There is none, or dbt's unit tests could not stand in for it.
        """
        model = self.models.get(name)
        if model is None:
            near = get_close_matches(name, self.models, n=3)
            names = near or [
                candidate for candidate in sorted(self.models) if candidate.startswith("fct_")
            ]
            hint = f" Did you mean {' or '.join(near)}?" if near else f" It has {_listed(names)}."
            raise ScaffoldError(
                f"`{flag} {name}`: this project has no model, seed or snapshot of that name."
                f"{hint} A dbt source needs a staging model first."
            )
        if model.is_ephemeral:
            raise ScaffoldError(
                f"`{flag} {name}` is ephemeral, and dbt's unit tests cannot look up the columns of "
                "such a model. Materialize it as a view or a table first."
            )
        return model

    def spines(self) -> list[str]:
        """Models that by their name say whom to describe, and as of when."""
        return sorted(name for name in self.models if name.startswith("as_of_"))

    def predictions(self, entity: str) -> list[Model]:
        """Predictions about an entity; where no manifest tells, those that are named so."""
        prefix = f"pred_{entity.removesuffix('_id')}__"
        return [
            model
            for name, model in sorted(self.models.items())
            if (model.predicts == entity if model.predicts else name.startswith(prefix))
        ]


def _in_folders(project: Path, folders: list[Path], patterns: tuple[str, ...]) -> dict[str, Model]:
    return {
        path.stem: Model(path.stem, path.relative_to(project))
        for folder in folders
        for pattern in patterns
        for path in (project / folder).rglob(pattern)
    }


def _in_manifest(project: Path, target: str) -> dict[str, Model]:
    """What dbt parsed last and is still there; nothing before its first run."""
    file = project / target / "manifest.json"
    if not file.is_file():
        return {}
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        own_project = manifest["metadata"]["project_name"]
        models = [
            _model(node, own_project) for node in manifest["nodes"].values() if _is_selectable(node)
        ]
    except (ValueError, KeyError) as error:
        raise ScaffoldError(
            f"{file} cannot be read ({type(error).__name__}: {error}). Delete it, or let dbt write "
            "it anew: dbt parse"
        ) from None
    return {
        model.name: model
        for model in models
        if model.path is None or (project / model.path).is_file()
    }


def _is_selectable(node: Mapping[str, Any]) -> bool:
    return node["resource_type"] in ("model", "seed", "snapshot")


def _model(node: Mapping[str, Any], own_project: str) -> Model:
    config = node["config"]
    prediction = (config.get("meta") or {}).get("prediction")
    return Model(
        name=node["name"],
        path=Path(node["original_file_path"]) if node["package_name"] == own_project else None,
        columns=tuple(
            Column(
                name=column["name"],
                data_type=column.get("data_type") or "",
                # Jinja that is left in a text would be rendered where the text is copied to.
                description=" ".join((column.get("description") or "").replace("{", "").split()),
            )
            for column in node["columns"].values()
        ),
        predicts=prediction.get("entity", "") if isinstance(prediction, dict) else "",
        is_ephemeral=config.get("materialized") == "ephemeral",
    )


def _listed(names: list[str]) -> str:
    return f"[{', '.join(names)}]" if names else "no fct_ model either"
