"""Text that somebody else typed, written so that a Jinja template shows it as it is.

What comes from Superset or from dbt's manifest is text. It is written into files whose texts are
templates, foretell's or dbt's: each mark with which a template begins is written as the template
that shows this mark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: Keys that are instructions where templates are expanded.
INSTRUCTIONS = frozenset({"for_each", "when"})

_MARK = re.compile(r"\{[{%#]")
# Jinja reads a carriage return as the end of a line, so a text with marks cannot hold one as it is.
_MARK_OR_RETURN = re.compile(r"\{[{%#]|\{?\r")
_WRITTEN = re.compile(r"\{\{ '(\{[{%#]|\{?\\r|for_each|when|)' \}\}")


def literal(text: str) -> str:
    r"""Text whose rendering is ``text``.

    >>> literal("{{ 1 + 1 }}")
    "{{ '{{' }} 1 + 1 }}"
    >>> literal("a { b")
    'a { b'
    """
    if not _MARK.search(text):
        return text
    escaped = _MARK_OR_RETURN.sub(lambda mark: _shown(mark[0]), text)
    # A text that is one expression and nothing else is rendered without the blanks around it.
    is_blank = not _MARK.sub("", text, count=1).strip() and escaped != escaped.strip()
    return f"{_shown('')}{escaped}" if is_blank else escaped


def literals(value: Any) -> Any:
    """``value`` with every text in it, keys included, as a literal."""
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, Mapping):
        return {literal_key(key): literals(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [literals(item) for item in value]
    return value


def literal_key(key: Any) -> Any:
    """A key as a literal, so that ``when`` and ``for_each`` are keys like others."""
    if key in INSTRUCTIONS:
        return _shown(key)
    return literal(key) if isinstance(key, str) else key


def as_typed(value: Any) -> Any:
    """What somebody typed, of a value that `literals` wrote; any other value as it is."""
    if isinstance(value, str):
        typed = _WRITTEN.sub(lambda match: match[1].replace(r"\r", "\r"), value)
        return typed if value in (literal(typed), literal_key(typed)) else value
    if isinstance(value, Mapping):
        return {as_typed(key): as_typed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_typed(item) for item in value]
    return value


def _shown(text: str) -> str:
    escaped = text.replace("\r", r"\r")
    return f"{{{{ '{escaped}' }}}}"
