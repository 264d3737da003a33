"""Which columns of a SELECT are made of which names, as far as text tells.

SQL is not parsed: select lists are found by their keywords, parentheses and commas. What is not
understood is said to matter, so an answer may name too much, never too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from foretell.features.declared import mentions

_SILENT = re.compile(r"--[^\n]*|/\*.*?\*/|\{#.*?#\}", re.DOTALL)
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\{\{.*?\}\}|\{%.*?%\}|\w+|[(),*]", re.DOTALL)
_SET = re.compile(r"\b(?:union|intersect|except)\b", re.IGNORECASE)
_STAR = re.compile(r"(?:\w+\.)?\*")
_ALIAS = re.compile(r"""(?:^|\s|\.|\bas\s+)(?:"([^"]+)"|(\w+))\s*$""", re.IGNORECASE)


@dataclass(frozen=True)
class _Item:
    """One entry of the n-th select list; its ``name`` is None if none was found, or ``*``."""

    n: int
    start: int
    end: int
    text: str

    @property
    def name(self) -> str | None:
        if _STAR.match(self.text):
            return "*"
        found = _ALIAS.search(self.text)
        return (found[1] or found[2]).lower() if found else None


def made_of(sql: str, columns: frozenset[str]) -> frozenset[str] | None:
    """Columns, in lower case, that a query may make of some columns of what it reads.

    Returns
    -------
    frozenset or None
        Empty: none of them is named. None: rows may be others too, since a join, a condition, a
        group or something that is not understood names one.

    """
    code = _SILENT.sub(" ", sql)
    items = list(_items(code))
    if _SET.search(code) and any(mentions(code, one) for one in columns):
        return None  # columns go by their place there, not by name
    rest = _without(code, items)
    last = {item.name for item in items if item.n == items[-1].n}
    known = set(columns) if any(item.name == "*" for item in items) else set()
    names = set(columns)
    while True:
        if any(mentions(rest, one) for one in names):
            return None
        found = {item.name for item in items if any(mentions(item.text, one) for one in names)} - {
            "*"
        }
        if None in found:
            return None
        new = {one for one in found if one is not None}
        known |= new
        if new <= names:
            return frozenset(known if "*" in last else known & last)
        names |= new


def _items(code: str) -> Iterator[_Item]:
    """Entries of the outermost select lists; those inside an entry belong to it."""
    depth, opened, start, n = 0, None, 0, 0
    for token in _TOKEN.finditer(code):
        word = token[0].lower()
        at_list = opened is not None and depth == opened
        ends = at_list and word in ("from", ")")
        if ends or (at_list and word == ","):
            yield _item(n, code, start, token.start())
            start = token.end()
        if ends:
            opened = None
        if word == "(":
            depth += 1
        elif word == ")":
            depth -= 1
        elif word == "select" and opened is None:
            opened, start, n = depth, token.end(), n + 1
    if opened is not None:
        yield _item(n, code, start, len(code))


def _item(n: int, code: str, start: int, end: int) -> _Item:
    text = re.sub(r"^\s*distinct\s", " ", code[start:end], flags=re.IGNORECASE)
    return _Item(n, start, end, text.strip())


def _without(code: str, items: list[_Item]) -> str:
    kept, at = [], 0
    for item in items:
        kept.append(code[at : item.start])
        at = item.end
    return " ".join([*kept, code[at:]])
