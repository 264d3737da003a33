"""Write what was edited in Superset into the YAML files of ``dashboards/``."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from foretell.dashboards.packed.html_cells import with_stored_names
from foretell.dashboards.sync.candidates import candidates
from foretell.dashboards.sync.compare import FieldDifference, Status, as_chosen, flatten
from foretell.dashboards.sync.report import say_differences
from foretell.dashboards.sync.roles import given, taken
from foretell.dashboards.sync.session import (
    Choice,
    Target,
    compared,
    refuse_unknown_names,
    write_assets,
)
from foretell.dashboards.written.yaml_text import as_written, dump, load, read_plain
from foretell.errors import ForetellError
from foretell.literal_text import literals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

    from foretell.dashboards.sync.compare import Flat, Verdict
    from foretell.dashboards.sync.session import Compared
    from foretell.dashboards.written.folder import Assets


@dataclass(frozen=True)
class Pulled:
    """Files that were written, and by object what YAML cannot say."""

    written: tuple[Path, ...]
    unsaid: Mapping[str, Sequence[str]]


def pull(target: Target, names: Sequence[str] = ()) -> Pulled:
    """Edit a copy of the folder until it says what Superset shows, then bring the files back.

    Raises
    ------
    SupersetError
        A file is wrong, or Superset cannot be reached, is too old or refuses.
    """
    choice = Choice(names=names)
    statuses = {Status.EDITED, Status.UNKNOWN, Status.KEPT, Status.DELETED}
    with compared(target) as state, tempfile.TemporaryDirectory() as scratch:
        refuse_unknown_names(choice, state)
        trial = _Trial(target, Path(scratch) / "dashboards", state)
        for verdict in state.verdicts:
            if verdict.status in statuses and choice.covers(verdict):
                trial.take(verdict)
        return Pulled(trial.bring_back(), trial.unsaid)


class _Trial:
    """A copy of the folder in which edits are tried."""

    def __init__(self, target: Target, root: Path, state: Compared) -> None:
        self._target, self._root, self._state = target, root, state
        self._assets = state.written.read
        self._edited: set[Path] = set()
        self.unsaid: dict[str, list[str]] = {}
        if target.dashboards.exists():
            shutil.copytree(target.dashboards, root)
        else:
            root.mkdir()

    def take(self, verdict: Verdict) -> None:
        """Write one object's edits, those that YAML can say."""
        label = f"{verdict.kind} {verdict.name}"
        if verdict.uuid not in self._state.live:
            self.unsaid[label] = ["it was deleted; delete its file too, if that is meant"]
            return
        spec = _spec(self._assets, verdict)
        if spec is None:
            self.unsaid[label] = say_differences(verdict.edits, self._state.names)
            return
        file = self._file(verdict, spec)
        for edit in verdict.edits:
            if reason := self._try(file, verdict, edit, spec):
                lines = say_differences([edit], self._state.names)
                lines[0] = f"{lines[0]} ({reason})"
                self.unsaid.setdefault(label, []).extend(lines)

    def bring_back(self) -> tuple[Path, ...]:
        """Copy what was edited into the folder itself."""
        places = []
        for file in sorted(self._edited):
            place = self._target.dashboards / file.relative_to(self._root)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
            places.append(place)
        return tuple(places)

    def _file(self, verdict: Verdict, spec: BaseModel) -> Path:
        """File to edit: the object's own, else one that stands for the template's copy."""
        files = self._assets.files
        key = f"_shared/{verdict.name}" if verdict.kind == "dataset" else verdict.name
        came_from = files[key]
        root = self._target.dashboards.resolve()
        is_ours = came_from.resolve().is_relative_to(root)
        if is_ours and list(files.values()).count(came_from) == 1:
            return self._root / came_from.resolve().relative_to(root)
        folder, _, name = key.partition("/")
        inside = {"dataset": f"_shared/datasets/{name}", "chart": f"{folder}/charts/{name}"}
        file = self._root / f"{inside.get(verdict.kind, f'{folder}/dashboard')}.yaml"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            content = spec.model_dump(mode="json", exclude_unset=True)
            head = {key: content[key] for key in ("kind", "name", "dataset") if key in content}
            content = literals(head | content)
            file.write_text(dump(as_written(content)), encoding="utf-8")
        return file

    def _try(
        self, file: Path, verdict: Verdict, edit: FieldDifference, spec: BaseModel
    ) -> str | None:
        """Find the edit of the file that says it; the reason when there is none."""
        if edit.path[0] == "roles":
            return self._try_roles(verdict, edit)
        before = file.read_text(encoding="utf-8")
        live = self._state.live[verdict.uuid]
        record = self._state.records.by_uuid.get(verdict.uuid)
        content = as_chosen(live, record.live if record else None)
        if verdict.kind == "chart":
            content, edit = with_stored_names(content), _with_stored_names(edit)
        goal, current = flatten(content), self._says(verdict.uuid)
        if current is not None and current.get(edit.path) == edit.after:
            return None  # an edit for a different key wrote this value too
        charts = {
            asset.uuid: asset.name.partition("/")[2]
            for asset in self._state.code.values()
            if asset.kind == "chart" and asset.name.startswith(f"{verdict.name}/")
        }
        try:
            for document in candidates(
                load(before), edit, content=content, spec=spec, charts=charts
            ):
                text = dump(document)
                if text == before or not _is_possible(text, spec):
                    continue
                file.write_text(text, encoding="utf-8")
                result = self._says(verdict.uuid)
                if (
                    result is not None
                    and current is not None
                    and _is_better(edit, goal, current, result)
                ):
                    self._edited.add(file)
                    return None
        except ValueError as error:
            file.write_text(before, encoding="utf-8")
            return str(error)
        file.write_text(before, encoding="utf-8")
        return "no key of the file says this"

    def _try_roles(self, verdict: Verdict, edit: FieldDifference) -> str | None:
        """Say in roles.yaml that a role sees a dashboard, or no longer does."""
        file = self._root / "_shared" / "roles.yaml"
        if not file.exists() and self._assets.roles_file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._assets.roles_file, file)
        role = edit.path[1]
        if edit.after is None and role not in self._assets.roles:
            return f"{self._assets.roles_file} does not name the role"
        change = taken if edit.after is None else given
        text = file.read_text(encoding="utf-8")
        everything = self._assets.dashboards
        file.write_text(change(text, role, verdict.name, everything=everything), encoding="utf-8")
        self._edited.add(file)
        return None

    def _says(self, uuid: str) -> Flat | None:
        """What the copy of the folder says of the object; None when it cannot be read."""
        try:
            assets = write_assets(self._target, self._state.written.served, self._root).assets
        except ForetellError:
            return None
        if uuid not in assets:
            return None
        asset = assets[uuid]
        is_chart = asset.kind == "chart"
        return flatten(with_stored_names(asset.content) if is_chart else asset.content)


def _with_stored_names(edit: FieldDifference) -> FieldDifference:
    return FieldDifference(
        tuple(with_stored_names(list(edit.path))),
        with_stored_names(edit.before),
        with_stored_names(edit.after),
    )


def _is_possible(text: str, spec: BaseModel) -> bool:
    """Whether the file can be parsed, as far as that can be told without expanding templates."""
    content = read_plain(text)
    if any(mark in text for mark in ("{{", "{%", "for_each:", "when:")):
        return True
    try:
        type(spec).model_validate(content)
    except ValidationError:
        return False
    return True


def _is_better(edit: FieldDifference, goal: Flat, current: Flat, result: Flat) -> bool:
    """Whether the edit is said, and nothing that was right is wrong now."""
    if result.get(edit.path) != edit.after:
        return False
    return not any(
        current.get(path) == goal.get(path) != result.get(path)
        for path in {*current, *result}
        if path in goal
    )


def _spec(assets: Assets, verdict: Verdict) -> BaseModel | None:
    """The parsed file of an object; the database has none."""
    if verdict.kind == "dataset":
        return assets.datasets[verdict.name]
    if verdict.kind == "dashboard":
        return assets.dashboards[verdict.name].spec
    if verdict.kind == "chart":
        folder, _, name = verdict.name.partition("/")
        return assets.dashboards[folder].charts[name]
    return None
