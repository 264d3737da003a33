"""A dbt model as it was written, read by Jinja's own lexer: SQL, and Jinja between it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal

from foretell.ground.sql_text import bare_sql

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True)
class Piece:
    """A part of a model.

    Attributes
    ----------
    kind
        ``config`` is a call of dbt's `config()`, ``expression`` any other ``{{ }}``, ``block`` a
        ``{% %}``.
    calls
        The macro that an expression begins with, such as ``ref``.
    """

    kind: Literal["sql", "comment", "config", "expression", "block"]
    text: str
    calls: str = ""


def pieces_of(code: str) -> list[Piece] | None:
    """The parts of a model, in order; None for one that Jinja cannot read."""
    from jinja2 import TemplateSyntaxError

    try:
        return list(_pieces(code))
    except TemplateSyntaxError:
        return None


@lru_cache(maxsize=256)  # asked for once for each feature of a view
def bare_model(code: str, dialect: str) -> str:
    """A model in one line without what changes none of its rows: comments, and its `config()`."""
    pieces = pieces_of(code)
    if pieces is None:
        return " ".join(code.split())
    marked = ""
    jinja: dict[str, str] = {}
    for piece in pieces:
        if piece.kind in ("comment", "config"):
            marked += " "
        elif piece.kind == "sql":
            marked += piece.text
        else:
            # A word stands for it, which may stand in a string or a name, too.
            word = f"foretell_jinja_{len(jinja)}_"
            jinja[word] = " ".join(piece.text.split())
            marked += word
    bare = bare_sql(marked, dialect)
    for word, text in jinja.items():
        bare = bare.replace(word, text)
    return bare


@cache
def _environment() -> Environment:
    from jinja2 import Environment

    return Environment(keep_trailing_newline=True)  # noqa: S701, which renders nothing


def _pieces(code: str) -> Iterator[Piece]:
    kinds = {"comment": "comment", "variable": "expression", "block": "block", "raw": "block"}
    # As the lexer writes line ends.
    code = code.replace("\r\n", "\n").replace("\r", "\n")
    position, begun, inside = 0, 0, ""
    words: list[str] = []
    for _, token, text in _environment().lex(code):
        # The lexer leaves white space out where a minus sign says so; here it parts words.
        start = code.index(text, position)
        name, _, edge = token.rpartition("_")
        if not inside:
            yield Piece("sql", code[position:start])
        if edge == "begin":
            begun, inside, words = start, name, []
        position = start + len(text)
        if not inside:
            yield Piece("sql", text)
        elif token in ("name", "operator"):
            words.append(text)
        elif edge == "end":
            position = start + len(text.rstrip())
            calls = words[0] if inside == "variable" and words[1:2] == ["("] else ""
            kind = "config" if calls == "config" else kinds[inside]
            yield Piece(kind, code[begun:position], calls)  # type: ignore[arg-type]
            inside = ""
    # What begins and never ends is left as it is.
    yield Piece("sql", code[begun if inside else position :])
