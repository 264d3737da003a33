"""SQL as a person ends it, made fit to stand inside other SQL."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"(?P<text>'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$(\w*)\$.*?\$\2\$)"
    r"|(?P<nothing>--[^\n]*|/\*.*?\*/|\s+)|(?P<end>;)|[^'\"$;\s/-]+|.",
    re.DOTALL,
)


def without_semicolon(sql: str) -> str:
    """A query without the semicolons after it, so that it can stand in brackets.

    One inside a string or a comment stays, and so does what only comments follow.
    """
    ends: list[int] = []
    for token in _TOKEN.finditer(sql):
        if token["end"]:
            ends.append(token.start())
        elif not token["nothing"]:
            ends.clear()
    for at in reversed(ends):
        sql = sql[:at] + sql[at + 1 :]
    return sql
