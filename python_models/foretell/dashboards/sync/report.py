"""Differences in words: old -> new per key, and the page as rows of charts."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any

from foretell.dashboards.sync.page_tree import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from foretell.dashboards.sync.compare import FieldDifference

_LONGEST = 100


def say_differences(differences: Iterable[FieldDifference], names: Mapping[str, str]) -> list[str]:
    """Lines for a reader; ``names`` gives objects their names instead of uuids."""
    lines: list[str] = []
    for difference in differences:
        place = ".".join(names.get(part, part) for part in difference.path)
        if difference.path == ("page",):
            lines += _changed_lines(
                place,
                lines_of(difference.before or [], names),
                lines_of(difference.after or [], names),
            )
        elif _is_long(difference.before) or _is_long(difference.after):
            lines += _changed_lines(
                place,
                str(difference.before or "").splitlines(),
                str(difference.after or "").splitlines(),
            )
        else:
            lines.append(
                f"{place}: {_value(difference.before, names)} -> {_value(difference.after, names)}"
            )
    return lines


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value.strip()


def _changed_lines(place: str, before: list[str], after: list[str]) -> list[str]:
    lines = [
        f"  {line[0]} {line[1:]}".rstrip()
        for line in difflib.unified_diff(before, after, n=0, lineterm="")
        if not line.startswith(("---", "+++", "@@"))
    ]
    return [f"{place}:", *lines]


def _value(value: Any, names: Mapping[str, str]) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str):
        value = names.get(value, value)
    if isinstance(value, list):
        value = [_condition(item) if isinstance(item, dict) else item for item in value]
    text = json.dumps(value, ensure_ascii=False, default=str)
    for uuid, name in names.items():
        text = text.replace(uuid, name)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _condition(entry: dict[str, Any]) -> Any:
    """A filter as a person would write it."""
    if entry.get("expressionType") == "SQL" and "sqlExpression" in entry:
        return entry["sqlExpression"]
    if entry.get("expressionType") == "SIMPLE" and "subject" in entry:
        return f"{entry['subject']} {entry.get('operator')} {entry.get('comparator')}"
    return entry
