"""Texts that look like HTML, and what a browser would make of some HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import duckdb

IMAGE = '<img src=x onerror="window.__hit=1">'
FOREIGN = [
    '<a href="https://example.org">x</a>',
    IMAGE,
    f'"><{IMAGE[1:]}',
    f"'><{IMAGE[1:]}",
    "<!-- ",
    "</div></span>",
    "<SCRIPT>x",
    "&lt;b&gt;",
    "A & B's <25",
    "<",
    "",
]


class Elements(HTMLParser):
    """The elements and the text that a browser would make of some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def computed(sql: str, value: object) -> Any:
    """An expression over the column `said`."""
    with duckdb.connect() as connection:
        ((made,),) = connection.execute(f"select {sql} from (select ? as said)", [value]).fetchall()
        return made
