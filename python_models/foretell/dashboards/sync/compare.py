"""The three-way comparison: what the code says, what was last applied, what is live.

An *edit* is a difference between the live object and what the last push wrote, unless the code
differs in the same way. A *change* is a difference between the code and the code of the last push,
unless Superset shows it already. An edit is somebody's work: it is never overwritten unasked.
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
    orphans = [uuid for uuid in records if uuid not in code]
    return [_of_code(code[uuid], live.get(uuid), records.get(uuid)) for uuid in code] + [
        _left_over(records[uuid], live.get(uuid)) for uuid in orphans
    ]


def _of_code(code: CodeAsset, live: LiveAsset | None, record: Record | None) -> Verdict:
    def say(status: Status, **differences: tuple[FieldDifference, ...]) -> Verdict:
        return Verdict(code.kind, code.uuid, code.name, status, **differences)

    if live is None:
        if record is None:
            return say(Status.NEW)
        return say(Status.KEPT if record.kept and not record.live else Status.DELETED)
    code_values = flatten(code.content)
    if record is None:
        return _without_record(code_values, flatten(live.content), say)
    last_code, last_live = flatten(record.code), flatten(record.live)
    live_values = flatten(as_chosen(live, record.live))
    changes = _changes(code_values, live_values, last_code)
    fresh_edits = _edits(code_values, live_values, last_live)
    # A kept edit differs from the code, not from what was recorded.
    edits = (
        _edits(code_values, flatten(as_chosen(live, record.code)), last_code)
        if record.kept
        else fresh_edits
    )
    if edits and record.kept and not fresh_edits and not changes:
        return say(Status.KEPT, edits=edits)
    if _is_interrupted(edits) and code_values != last_code and not changes:
        return say(Status.CHANGED, changes=_missing(edits, code_values))
    if edits:
        return say(Status.EDITED, edits=edits, changes=changes)
    if changes or (record.hidden != code.hidden and code_values == last_code):
        return say(Status.CHANGED, changes=changes)
    return say(Status.SAME)


def _without_record(code_values: Flat, live_values: Flat, say: Callable[..., Verdict]) -> Verdict:
    # Only what the code says: keys of Superset's own are defaults, for all that is known.
    # What a role may do besides is no default.
    paths = {**code_values, **{path: None for path in live_values if path[0] in _NO_DEFAULTS}}
    edits = tuple(
        FieldDifference(path, code_values.get(path), live_values.get(path))
        for path in paths
        if live_values.get(path) != code_values.get(path)
    )
    if not edits:
        return say(Status.SAME)
    if _is_interrupted(edits):
        return say(Status.CHANGED, changes=_missing(edits, code_values))
    return say(Status.UNKNOWN, edits=edits)


_LAYERS = ("params", "annotation_layers")
_NO_DEFAULTS = frozenset({"permissions", "datasets", "roles"})


def _is_interrupted(edits: tuple[FieldDifference, ...]) -> bool:
    """Whether a push may have left this that ended after the import, or that of another project
    with the same roles: no events, no roles, none of our datasets.
    """
    return bool(edits) and all(
        edit.after is None and (edit.path == _LAYERS or edit.path[0] in ("roles", "datasets"))
        for edit in edits
    )


def _missing(edits: tuple[FieldDifference, ...], code_values: Flat) -> tuple[FieldDifference, ...]:
    return tuple(FieldDifference(edit.path, None, code_values.get(edit.path)) for edit in edits)


def _left_over(record: Record, live: LiveAsset | None) -> Verdict:
    if live is None:
        return Verdict(record.kind, record.uuid, record.name, Status.FORGOTTEN)
    live_values = flatten(as_chosen(live, record.live))
    edits = _edits({}, live_values, flatten(record.live))
    return Verdict(record.kind, record.uuid, record.name, Status.LEFT_OVER, edits=edits)


def _edits(code_values: Flat, live_values: Flat, before: Flat) -> tuple[FieldDifference, ...]:
    return tuple(
        FieldDifference(path, before.get(path), live_values.get(path))
        for path in sorted({*before, *live_values})
        if live_values.get(path) != before.get(path)
        and live_values.get(path) != code_values.get(path)
    )


def _changes(code_values: Flat, live_values: Flat, before: Flat) -> tuple[FieldDifference, ...]:
    return tuple(
        FieldDifference(path, live_values.get(path), code_values.get(path))
        for path in sorted({*before, *code_values})
        if code_values.get(path) != before.get(path)
        and code_values.get(path) != live_values.get(path)
    )


def as_chosen(live: LiveAsset, before: Content | None) -> Content:
    """Live content without what saving a chart in Superset does to settings that nobody touched.

    It adds the defaults of all controls, and drops settings for which the editor has no
    control; whoever empties a control leaves an empty value. Annotation layers are dropped
    when somebody removes them, so their absence counts.
    """
    if live.kind != "chart" or before is None:
        return live.content
    last_params, live_params = before.get("params", {}), live.content["params"]
    base = {key: value for key, value in last_params.items() if key != "annotation_layers"}
    edited = {
        key: value
        for key, value in live_params.items()
        if key in last_params or not is_default(key, value)
    }
    return {**live.content, "params": {**base, **edited}}


def flatten(content: Content) -> Flat:
    """Values by path; what is empty is as good as absent."""
    return dict(_flatten(content, ()))


def _flatten(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flatten(inner, (*path, str(key)))
    elif value is not None and value not in ("", []):
        yield path, value
