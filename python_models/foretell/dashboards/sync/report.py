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
    for one in differences:
        where = ".".join(names.get(part, part) for part in one.path)
        if one.path == ("page",):
            lines += _changed_lines(
                where, lines_of(one.before or [], names), lines_of(one.after or [], names)
            )
        elif _is_long(one.before) or _is_long(one.after):
            lines += _changed_lines(
                where, str(one.before or "").splitlines(), str(one.after or "").splitlines()
            )
        else:
            lines.append(f"{where}: {_value(one.before, names)} -> {_value(one.after, names)}")
    return lines


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value.strip()


def _changed_lines(where: str, before: list[str], after: list[str]) -> list[str]:
    changed = [
        f"  {line[0]} {line[1:]}".rstrip()
        for line in difflib.unified_diff(before, after, n=0, lineterm="")
        if not line.startswith(("---", "+++", "@@"))
    ]
    return [f"{where}:", *changed]


def _value(value: Any, names: Mapping[str, str]) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str):
        value = names.get(value, value)
    if isinstance(value, list):
        value = [_condition(one) if isinstance(one, dict) else one for one in value]
    text = json.dumps(value, ensure_ascii=False, default=str)
    for uuid, name in names.items():
        text = text.replace(uuid, name)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _condition(one: dict[str, Any]) -> Any:
    """A filter as one would write it."""
    if one.get("expressionType") == "SQL" and "sqlExpression" in one:
        return one["sqlExpression"]
    if one.get("expressionType") == "SIMPLE" and "subject" in one:
        return f"{one['subject']} {one.get('operator')} {one.get('comparator')}"
    return one
