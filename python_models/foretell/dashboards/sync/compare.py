"""The three-way comparison: what the code says, what was last applied, what is live.

An *edit* is what Superset shows otherwise than after the last push and the code does not say
either. A *change* is what the code says otherwise than at the last push and Superset does not
show yet. An edit is somebody's work: it is never overwritten unasked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from foretell.dashboards.sync.explore_defaults import is_default

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from foretell.dashboards.sync.assets import CodeAsset, LiveAsset
    from foretell.dashboards.sync.comparable import Content

Path = tuple[str, ...]
Flat = dict[Path, Any]


class Status(StrEnum):
    """What a push would find."""

    SAME = "same"
    NEW = "new"
    CHANGED = "changed"  # by the code alone
    EDITED = "edited"  # in Superset
    DELETED = "deleted"  # in Superset, though the code has it
    UNKNOWN = "unknown"  # differs, and no push is on record
    KEPT = "kept"  # an edit that somebody chose to keep
    LEFT_OVER = "left over"  # the code no longer has it
    FORGOTTEN = "forgotten"  # neither code nor Superset has it; only the record does


#: What is never overwritten unasked.
PROTECTED = frozenset({Status.EDITED, Status.DELETED, Status.UNKNOWN})


@dataclass(frozen=True)
class Record:
    """What was last applied: the code's word, and what Superset showed then.

    ``kept`` says that the two differ because a person's edit was kept.
    """

    kind: str
    uuid: str
    name: str
    code: Content
    live: Content
    hidden: str
    kept: bool = False


@dataclass(frozen=True)
class FieldDifference:
    """One value, before and after; None where there is none."""

    path: Path
    before: Any
    after: Any


@dataclass(frozen=True)
class Verdict:
    """What became of one object."""

    kind: str
    uuid: str
    name: str
    status: Status
    edits: tuple[FieldDifference, ...] = ()
    changes: tuple[FieldDifference, ...] = ()


def compare_asset(
    code: Mapping[str, CodeAsset], live: Mapping[str, LiveAsset], records: Mapping[str, Record]
) -> list[Verdict]:
    """A verdict on every object that the code or the record knows, the code's first."""
    gone = [uuid for uuid in records if uuid not in code]
    return [_of_code(code[uuid], live.get(uuid), records.get(uuid)) for uuid in code] + [
        _left_over(records[uuid], live.get(uuid)) for uuid in gone
    ]


def _of_code(code: CodeAsset, live: LiveAsset | None, record: Record | None) -> Verdict:
    def say(status: Status, **found: tuple[FieldDifference, ...]) -> Verdict:
        return Verdict(code.kind, code.uuid, code.name, status, **found)

    if live is None:
        if record is None:
            return say(Status.NEW)
        return say(Status.KEPT if record.kept and not record.live else Status.DELETED)
    said = flatten(code.content)
    if record is None:
        return _without_record(said, flatten(live.content), say)
    was_said, was_shown = flatten(record.code), flatten(record.live)
    shown = flatten(as_chosen(live, record.live))
    changes = _changes(said, shown, was_said)
    fresh_edits = _edits(said, shown, was_shown)
    # A kept edit differs from the code, not from what was recorded.
    edits = (
        _edits(said, flatten(as_chosen(live, record.code)), was_said)
        if record.kept
        else fresh_edits
    )
    if edits and record.kept and not fresh_edits and not changes:
        return say(Status.KEPT, edits=edits)
    if _is_interrupted(edits) and said != was_said and not changes:
        return say(Status.CHANGED, changes=_missing(edits, said))
    if edits:
        return say(Status.EDITED, edits=edits, changes=changes)
    if changes or (record.hidden != code.hidden and said == was_said):
        return say(Status.CHANGED, changes=changes)
    return say(Status.SAME)


def _without_record(said: Flat, shown: Flat, say: Callable[..., Verdict]) -> Verdict:
    # Only what the code says: keys of Superset's own are defaults, for all that is known.
    # What a role may do besides is no default.
    every = {**said, **{path: None for path in shown if path[0] in _ALL_SAID}}
    edits = tuple(
        FieldDifference(path, said.get(path), shown.get(path))
        for path in every
        if shown.get(path) != said.get(path)
    )
    if not edits:
        return say(Status.SAME)
    if _is_interrupted(edits):
        return say(Status.CHANGED, changes=_missing(edits, said))
    return say(Status.UNKNOWN, edits=edits)


_LAYERS = ("params", "annotation_layers")
_ALL_SAID = frozenset({"permissions", "datasets", "roles"})


def _is_interrupted(edits: tuple[FieldDifference, ...]) -> bool:
    """Whether a push may have left this that ended after the import, or that of another project
    with the same roles: no events, no roles, none of our datasets.
    """
    return bool(edits) and all(
        one.after is None and (one.path == _LAYERS or one.path[0] in ("roles", "datasets"))
        for one in edits
    )


def _missing(edits: tuple[FieldDifference, ...], said: Flat) -> tuple[FieldDifference, ...]:
    return tuple(FieldDifference(one.path, None, said.get(one.path)) for one in edits)


def _left_over(record: Record, live: LiveAsset | None) -> Verdict:
    if live is None:
        return Verdict(record.kind, record.uuid, record.name, Status.FORGOTTEN)
    shown = flatten(as_chosen(live, record.live))
    edits = _edits({}, shown, flatten(record.live))
    return Verdict(record.kind, record.uuid, record.name, Status.LEFT_OVER, edits=edits)


def _edits(said: Flat, shown: Flat, was: Flat) -> tuple[FieldDifference, ...]:
    return tuple(
        FieldDifference(path, was.get(path), shown.get(path))
        for path in sorted({*was, *shown})
        if shown.get(path) != was.get(path) and shown.get(path) != said.get(path)
    )


def _changes(said: Flat, shown: Flat, was: Flat) -> tuple[FieldDifference, ...]:
    return tuple(
        FieldDifference(path, shown.get(path), said.get(path))
        for path in sorted({*was, *said})
        if said.get(path) != was.get(path) and said.get(path) != shown.get(path)
    )


def as_chosen(live: LiveAsset, before: Content | None) -> Content:
    """Live content without what saving a chart in Superset does to settings that nobody touched.

    It adds the defaults of all controls, and drops settings for which the editor has no
    control; whoever empties a control leaves an empty value. Annotation layers are dropped
    when somebody removes them, so their absence counts.
    """
    if live.kind != "chart" or before is None:
        return live.content
    old, new = before.get("params", {}), live.content["params"]
    kept = {key: value for key, value in old.items() if key != "annotation_layers"}
    added = {k: v for k, v in new.items() if k in old or not is_default(k, v)}
    return {**live.content, "params": {**kept, **added}}


def flatten(content: Content) -> Flat:
    """Values by path; what is empty is as good as absent."""
    return dict(_flatten(content, ()))


def _flatten(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flatten(inner, (*path, str(key)))
    elif value is not None and value not in ("", []):
        yield path, value
