"""YAML, twice: fast for machines, and for people with comments, order and quotes kept."""

from __future__ import annotations

import io
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import (
    DoubleQuotedScalarString,
    LiteralScalarString,
    SingleQuotedScalarString,
)

# The same in C, ten times as fast, where PyYAML was built with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER = yaml.resolver.Resolver()
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def read_plain(text: str) -> Any:
    """Values only.

    Raises
    ------
    yaml.YAMLError
        It is not YAML.
    """
    return yaml.load(text, _LOADER)  # noqa: S506 - a safe loader


def write_plain(content: Any) -> str:
    """Text for a machine."""
    return str(yaml.dump(content, Dumper=_DUMPER, sort_keys=False))


def load(text: str) -> CommentedMap:
    """Parsed, with all that is needed to write it back unchanged."""
    document = _yaml().load(text)
    return document if isinstance(document, CommentedMap) else CommentedMap()


def dump(document: CommentedMap) -> str:
    """Text of a document."""
    buffer = io.StringIO()
    _yaml().dump(document, buffer)
    return buffer.getvalue()


def as_written(value: Any, *, inner: bool = False) -> Any:
    """A value in the style of ``dashboards/``: short maps and lists on one line."""
    if isinstance(value, dict):
        mapping = CommentedMap(
            {as_written(key): as_written(item, inner=True) for key, item in value.items()}
        )
        if inner and _is_short(value.values()):
            mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list | tuple):
        listed = CommentedSeq([as_written(item, inner=True) for item in value])
        if _is_short(value):
            listed.fa.set_flow_style()
        return listed
    if not isinstance(value, str):
        return value
    if not value.replace("\n", "").isprintable():
        return DoubleQuotedScalarString(value)
    if "\n" in value:
        return LiteralScalarString(value)
    return value if _is_text_to_both(value) else SingleQuotedScalarString(value)


def _is_text_to_both(value: str) -> bool:
    """Whether PyYAML, too, reads it as text without quotes; it takes `yes` for true."""
    tag: str = _RESOLVER.resolve(  # type: ignore[no-untyped-call]
        yaml.ScalarNode, value, (True, False)
    )
    return tag == "tag:yaml.org,2002:str"


def _is_short(values: Any) -> bool:
    plain = all(isinstance(value, str | int | float | bool | None) for value in values)
    return (
        plain
        and sum(len(str(value)) for value in values) < 70
        and "\n" not in "".join(map(str, values))
    )


def _yaml() -> YAML:
    round_trip = YAML(typ="rt")
    round_trip.preserve_quotes = True
    round_trip.width = 1_000_000  # a line that somebody left long stays long
    round_trip.indent(mapping=2, sequence=4, offset=2)
    return round_trip
