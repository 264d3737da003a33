"""Read ``dashboards/``: every file parsed strictly, every name it mentions looked up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from foretell.dashboards.written.mentioned import look_up, look_up_link
from foretell.dashboards.written.role_spec import RoleSpec, check_roles
from foretell.dashboards.written.specs import (
    ChartSpec,
    DashboardSpec,
    DatabaseSpec,
    DatasetSpec,
    database_name,
)
from foretell.dashboards.written.templates import TemplateMistakeError, expand_file
from foretell.dashboards.written.yaml_text import read_plain
from foretell.errors import SupersetError
from foretell.resources import resource_dir

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from foretell.dashboards.declared.project import DeclaredProject

_Model = TypeVar("_Model")


@dataclass(frozen=True)
class DashboardFolder:
    """One dashboard and its charts, by file name."""

    spec: DashboardSpec
    charts: Mapping[str, ChartSpec]


@dataclass(frozen=True)
class Assets:
    """All dashboards, by file and folder name, as they are after expansion.

    Attributes
    ----------
    root
        The project's own folder; what ships with foretell lies in a different one.
    project
        Name of the dbt project: part of every uuid, so that two projects share no object.
    files
        Where each dataset (``_shared/<name>``), dashboard (``<folder>``) and chart
        (``<folder>/<name>``) was read from.
    css
        Style of every dashboard.
    roles, roles_file
        Who may see what, by role, and where that is said.

    """

    root: Path
    project: str
    database: DatabaseSpec
    datasets: Mapping[str, DatasetSpec]
    dashboards: Mapping[str, DashboardFolder]
    files: Mapping[str, Path] = field(default_factory=dict)
    css: str = ""
    roles: Mapping[str, RoleSpec] = field(default_factory=dict)
    roles_file: Path | None = None

    def dataset_file(self, name: str) -> Path:
        """File that a dataset was read from."""
        usual = self.root / "_shared" / "datasets" / f"{name}.yaml"
        return self.files.get(f"_shared/{name}", usual)

    def chart_file(self, folder: str, name: str) -> Path:
        """File that a chart was read from; a template may have made several charts."""
        return self.files.get(f"{folder}/{name}", self.root / folder / "charts" / f"{name}.yaml")


def read_assets(root: Path, project: DeclaredProject | None = None) -> Assets:
    """Parse the folder, with what ships with foretell beneath it, and look up every name.

    Parameters
    ----------
    root
        The project's own folder; it may be missing. A file in it stands for the shipped one of
        the same name, or for the copy of a template that has this name.
    project
        What templates expand over. Without it only ``root`` is read, and nothing is expanded.

    Raises
    ------
    SupersetError
        A file is missing or malformed, or mentions what does not exist.
    """
    layers = [root]
    if project is not None and (shipped := shipped_dashboards()).resolve() != root.resolve():
        layers.insert(0, shipped)
    reader = _Reader(layers, project.scope() if project else {})
    datasets = reader.read("_shared/datasets", "_shared", TypeAdapter(DatasetSpec))
    _refuse_same_table(datasets, reader.files)
    dashboards = {}
    for folder, file in reader.dashboard_files().items():
        spec = reader.parse_one(file, TypeAdapter(DashboardSpec))
        reader.files[folder] = file
        charts: dict[str, ChartSpec] = reader.read(
            f"{folder}/charts", folder, TypeAdapter(ChartSpec)
        )
        look_up(folder, spec, charts, datasets, reader.files)
        dashboards[folder] = DashboardFolder(spec, charts)
    if not dashboards:
        raise SupersetError(
            f"No dashboard found in {root}: a dashboard is a folder with a dashboard.yaml. "
            "Name the folder that holds them with --dashboards."
        )
    roles_file, roles = reader.roles()
    check_roles(roles_file, roles, dashboards)
    for prediction in project.predictions if project else ():
        if prediction.link:
            look_up_link(
                prediction.link, {name: dashboard.spec for name, dashboard in dashboards.items()}
            )
    name = project.name if project else "foretell"
    return Assets(
        root=root,
        project=name,
        database=read_database(root) or DatabaseSpec(name=database_name(name)),
        datasets=datasets,
        dashboards=dashboards,
        files=reader.files,
        css=reader.style(),
        roles=roles,
        roles_file=roles_file,
    )


def _refuse_same_table(datasets: Mapping[str, DatasetSpec], files: Mapping[str, Path]) -> None:
    """Superset keeps one dataset of a table: a second would silently take its place."""
    dataset_of: dict[str, str] = {}
    for name, spec in datasets.items():
        if spec.table and dataset_of.setdefault(spec.table, name) != name:
            raise SupersetError(
                f"{files[f'_shared/{name}']}: dataset {dataset_of[spec.table]!r} is of the table "
                f"{spec.table!r} already, and Superset keeps one for each. Use that one, or write "
                f"`sql: select * from {spec.table}` and `reads: [{spec.table}]` here."
            )


def read_database(root: Path) -> DatabaseSpec | None:
    """What the folder says of the connection, if it says anything."""
    file = root / "_shared" / "database.yaml"
    return _parse(file, _load(file), TypeAdapter(DatabaseSpec)) if file.exists() else None


def shipped_dashboards() -> Path:
    """The dashboards that every project gets."""
    return resource_dir("dashboards")


class _Reader:
    """Reads files of several folders, the later ones standing for the earlier ones."""

    def __init__(self, layers: Sequence[Path], scope: Mapping[str, object]) -> None:
        self._layers = layers
        self._scope = scope
        self.files: dict[str, Path] = {}

    def dashboard_files(self) -> dict[str, Path]:
        files: dict[str, Path] = {}
        for layer in self._layers:
            files |= {file.parent.name: file for file in sorted(layer.glob("*/dashboard.yaml"))}
        return files

    def style(self) -> str:
        files = (layer / "_shared" / "style.css" for layer in self._layers)
        return "".join(file.read_text(encoding="utf-8") for file in files if file.exists())

    def roles(self) -> tuple[Path | None, dict[str, RoleSpec]]:
        files = [layer / "_shared" / "roles.yaml" for layer in self._layers]
        file = next((path for path in reversed(files) if path.exists()), None)
        if file is None:
            return None, {}
        return file, _parse(file, _load(file) or {}, TypeAdapter(dict[str, RoleSpec]))

    def read(self, inside: str, kind: str, adapter: TypeAdapter[Any]) -> dict[str, Any]:
        specs = {}
        for layer in self._layers:
            for path in sorted((layer / inside).glob("*.yaml")):
                for ending, content in self._expanded(path):
                    specs[path.stem + ending] = _parse(path, content, adapter)
                    self.files[f"{kind}/{path.stem}{ending}"] = path
        return specs

    def parse_one(self, path: Path, adapter: TypeAdapter[_Model]) -> _Model:
        ((_, content),) = self._expanded(path)
        return _parse(path, content, adapter)

    def _expanded(self, path: Path) -> list[tuple[str, object]]:
        content = _load(path)
        try:
            return list(expand_file(content, self._scope))
        except TemplateMistakeError as error:
            raise SupersetError(f"{path} cannot be used. {error}.") from error


def _load(path: Path) -> object:
    try:
        return read_plain(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SupersetError(f"{path} is missing.") from None
    except yaml.YAMLError as error:
        raise SupersetError(f"{path} is not YAML: {error}") from error


def _parse(path: Path, content: object, adapter: TypeAdapter[_Model]) -> _Model:
    try:
        return adapter.validate_python(content)
    except ValidationError as error:
        raise _refusal(path, error) from error


def _refusal(path: Path, error: ValidationError) -> SupersetError:
    faults = []
    for fault in error.errors():
        place = ".".join(str(part) for part in fault["loc"]) or "the file"
        unknown = fault["type"] == "extra_forbidden"
        faults.append(f"{place}: {'unknown key' if unknown else fault['msg']}")
    return SupersetError(f"{path} cannot be used. " + "; ".join(faults) + ".")
