"""Learned lines as a person's own: written into a suite's YAML, where they win over the store.

What stands in the file stays as it is, to the letter; only lines marked `meta: {learned: true}`
are replaced.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from foretell.errors import SpecError
from foretell.validation.suite import Expectation


def pin(text: str, lines: Sequence[Expectation], *, version: int, file: str) -> str:
    """The text of a suite with its learned lines replaced, after all others of `input:`.

    Raises
    ------
    SpecError
        `input:` is written in one line, into which no others fit.
    """
    own_text = _without_learned(text)
    root = yaml.compose(own_text, Loader=yaml.SafeLoader)
    pinned_rows = [row for expectation in lines for row in _item(expectation, version)]
    rows = own_text.splitlines()
    node = _input(root)
    if node is None:
        at = _key_line(root)
        if at is not None:
            # Nothing in it, or all that stood there was learned.
            rows[at : at + 1] = ["input:", *pinned_rows]
        else:
            rows = [*rows, "input:", *pinned_rows]
    elif node.flow_style:
        raise SpecError(
            f"{file}:{node.start_mark.line + 1}: `input:` is written in one line. Write it as a "
            "list with a line for each `- type:`, and pin again."
        )
    else:
        last = _last_line(rows, node.value[-1])
        indent = " " * node.start_mark.column
        rows[last + 1 : last + 1] = [f"{indent}{row[2:]}" for row in pinned_rows]
    return "\n".join(rows) + "\n"


def _without_learned(text: str) -> str:
    node = _input(yaml.compose(text, Loader=yaml.SafeLoader))
    rows = text.splitlines()
    for item in reversed(node.value if node is not None else []):
        expectation = yaml.safe_load(yaml.serialize(item))
        if isinstance(expectation, Mapping) and (expectation.get("meta") or {}).get("learned"):
            del rows[item.start_mark.line : _last_line(rows, item) + 1]
    return "\n".join(rows) + "\n" if rows else ""


def _last_line(rows: Sequence[str], item: yaml.Node) -> int:
    """The last line that says something of an item: not the comments before the next one."""
    last = int(item.end_mark.line)
    if last >= len(rows) or not rows[last][: item.end_mark.column].strip():
        last -= 1
    while last > item.start_mark.line and _says_nothing(rows[last]):
        last -= 1
    return last


def _says_nothing(row: str) -> bool:
    return not row.strip() or row.lstrip().startswith("#")


def _input(root: yaml.Node | None) -> Any:
    for key, value in root.value if isinstance(root, yaml.MappingNode) else []:
        if key.value == "input" and isinstance(value, yaml.SequenceNode) and value.value:
            return value
    return None


def _key_line(root: yaml.Node | None) -> int | None:
    for key, _ in root.value if isinstance(root, yaml.MappingNode) else []:
        if key.value == "input":
            return int(key.start_mark.line)
    return None


def _item(expectation: Expectation, version: int) -> list[str]:
    return [
        f"  - type: {expectation.type}",
        f"    kwargs: {_flow(expectation.kwargs)}",
        f"    severity: {expectation.severity}",
        *([f"    rows: {expectation.rows}"] if expectation.rows else []),
        *(
            [f"    description: {_scalar(expectation.description)}"]
            if expectation.description
            else []
        ),
        f"    meta: {_flow({'learned': True, 'version': version})}",
    ]


def _flow(value: Mapping[str, Any]) -> str:
    text: str = yaml.safe_dump(
        dict(value), default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6
    )
    return text.strip()


def _scalar(text: str) -> str:
    dumped: str = yaml.safe_dump(text, allow_unicode=True, width=10**6)
    return dumped.removesuffix("...\n").strip()
