"""Text that data brings, inside the HTML that a table renders: SQL that escapes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from foretell.warehouse.dialect import Dialect

_ENTITIES = (
    ("&", "&amp;"),  # first: the entities below begin with this sign
    ("<", "&lt;"),
    (">", "&gt;"),
    ('"', "&quot;"),
    ("'", "&#39;"),
)
# What can begin a tag or a comment, by HTML's own rules; `<25` cannot.
_OPENS = "'<[A-Za-z/!?]'"
# A single left-pointing angle quotation mark.
_LOOKS_LIKE_IT = 0x2039


def escaped(sql: str) -> str:
    """SQL of a value's text as HTML shows it: in an element, or in a quoted attribute.

    >>> escaped("name").startswith("replace(replace(")
    True
    """
    text = _text(sql)
    for sign, entity in _ENTITIES:
        text = f"replace({text}, {_quoted(sign)}, {_quoted(entity)})"
    return text


def cell(sql: str, dialect: Dialect) -> str:
    """SQL of a cell that shows a value's text in a table that renders HTML.

    Superset takes a cell for HTML where its text holds a tag, and for text where not. So a value
    that could hold one becomes HTML that shows it, and any other stays as it is.
    """
    text = _text(sql)
    return (
        f"case when {dialect.matches(text, _OPENS)} "
        f"then '<span>' || {escaped(sql)} || '</span>' else {text} end"
    )


def drawn(sql: str, dialect: Dialect) -> str:
    """SQL of a value's text that is the same in a picture and in HTML: no sign of it begins a tag.

    A chart draws a category beside its axis, and Superset puts it into the HTML of a tooltip.
    """
    text = _text(sql)
    return (
        f"case when {dialect.matches(text, _OPENS)} "
        f"then replace({text}, '<', chr({_LOOKS_LIKE_IT})) else {text} end"
    )


def as_markdown(text: object) -> str:
    r"""A text that Markdown shows as it is written: neither emphasis, nor links, nor HTML.

    >>> print(as_markdown("<b>*Soon*</b> & late"))
    \<b\>\*Soon\*\</b\> \& late
    """
    return re.sub(r"[\\`*_{}\[\]<>#|~&]", r"\\\g<0>", str(text))


def _text(sql: str) -> str:
    return f"cast({sql} as varchar)"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
