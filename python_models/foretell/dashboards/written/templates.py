"""YAML that is written once and holds for whatever a project declares.

As in dbt's own YAML, the file is parsed first and each text is rendered then, so that a title with
a quote or a colon stays a title. Three things are added:

- ``for_each: prediction in predictions`` beside other keys makes one copy for each;
- ``when: prediction.task == 'binary'`` drops what does not apply;
- a text that is one ``{{ expression }}`` and nothing else keeps the expression's type, and a list
  in a list is spread.

Templates are files of the project and of foretell. What somebody typed into Superset is never
one: see `foretell.literal_text`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import Template, TemplateError, Undefined, pass_context
from jinja2.environment import TemplateExpression
from jinja2.runtime import Context

from foretell.dashboards.written.html_text import as_markdown, escaped
from foretell.dashboards.written.sandbox import TemplateSandbox, render
from foretell.literal_text import INSTRUCTIONS
from foretell.warehouse import dialect_of
from foretell.warehouse.dialect import Dialect

Scope = Mapping[str, object]

_FOR_EACH = re.compile(r"\s*([a-z_]\w*)\s+in\s+(.+)", re.DOTALL)
_MARKS = ("{{", "{%", "{#")
#: What an expression on values of the wrong kind raises.
_MISTAKES = (
    *(TemplateError, TypeError, ValueError, LookupError, AttributeError),
    *(ArithmeticError, RecursionError),
)
_EXPRESSION = re.compile(r"\{\{((?:(?!\}\}).)*)\}\}", re.DOTALL)


def _text(value: object) -> str:
    """SQL text."""
    return "'" + str(value).replace("'", "''") + "'"


def _name(value: object) -> str:
    """SQL identifier."""
    return '"' + str(value).replace('"', '""') + '"'


def _dialect(context: Context) -> Dialect:
    return dialect_of(context["warehouse"])


@pass_context
def _written_date(context: Context, sql: str, pattern: str) -> str:
    """SQL of a date or timestamp as text, such as ``%-d %B %Y``."""
    return _dialect(context).written_date(sql, pattern)


@pass_context
def _written_count(context: Context, sql: str) -> str:
    """SQL of a whole number with commas."""
    return _dialect(context).written_count(sql)


@pass_context
def _written_number(context: Context, sql: str, decimals: int = 0) -> str:
    """SQL of a number with commas and so many decimals."""
    return _dialect(context).written_number(sql, decimals)


@pass_context
def _written_figure(context: Context, sql: str) -> str:
    """SQL of a number with three digits that count."""
    return _dialect(context).written_figure(sql)


@pass_context
def _percent_encoded(context: Context, sql: str) -> str:
    """SQL of a text as it can stand in an address."""
    return _dialect(context).percent_encoded(sql)


_JINJA = TemplateSandbox()
_JINJA.filters |= {
    "sql_text": _text,
    "sql_name": _name,
    "sql_html": escaped,
    "sql_date": _written_date,
    "sql_count": _written_count,
    "sql_number": _written_number,
    "sql_figure": _written_figure,
    "sql_address": _percent_encoded,
    "markdown_text": as_markdown,
}


class TemplateMistakeError(ValueError):
    """A template that cannot be rendered."""


def expand_file(content: object, scope: Scope) -> Iterator[tuple[str, object]]:
    """Every copy of a file's content, with what its name ends in: ``__pred_household__lapse``."""
    if not isinstance(content, dict):
        yield "", content
        return
    for names, inner in _copies(content, scope):
        rest = {key: value for key, value in content.items() if key not in INSTRUCTIONS}
        yield "".join(f"__{name}" for name in names), expand(rest, inner)


def expand(value: object, scope: Scope) -> object:
    """``value`` with every text rendered and every list spread."""
    if isinstance(value, str):
        return _render(value, scope)
    if isinstance(value, dict):
        return {_key(key, scope): expand(item, scope) for key, item in value.items()}
    if isinstance(value, list):
        return [expanded for item in value for expanded in _items(item, scope)]
    return value


def _items(item: object, scope: Scope) -> Iterator[object]:
    if isinstance(item, dict) and (INSTRUCTIONS & set(item)):
        for _, copy in expand_file(item, scope):
            yield copy
        return
    expanded = expand(item, scope)
    if isinstance(item, str) and isinstance(expanded, list | tuple):
        yield from expanded
    else:
        yield expanded


def _copies(content: Mapping[str, Any], scope: Scope) -> Iterator[tuple[tuple[str, ...], Scope]]:
    copies = _each(content["for_each"], scope) if "for_each" in content else iter([((), scope)])
    for names, inner in copies:
        if "when" not in content or _evaluate(str(content["when"]), inner):
            yield names, inner


def _each(clause: object, scope: Scope) -> Iterator[tuple[tuple[str, ...], Scope]]:
    match = _FOR_EACH.fullmatch(str(clause))
    if not match:
        raise TemplateMistakeError(
            f"`for_each: {clause}` is not understood; write `prediction in predictions`"
        )
    name, expression = match.groups()
    members = _evaluate(expression, scope)
    if not isinstance(members, list | tuple):
        raise TemplateMistakeError(f"`for_each: {clause}`: {expression} is no list")
    for index, member in enumerate(members):
        ending = str(getattr(member, "name", member))
        yield (ending,), {**scope, name: member, "index": index}


def _key(key: object, scope: Scope) -> object:
    expanded = expand(key, scope)
    if isinstance(expanded, dict | list | tuple):
        raise TemplateMistakeError(f"the key {_short(str(key))!r} is a list or a map")
    return expanded


def _render(text: str, scope: Scope) -> Any:
    if not any(mark in text for mark in _MARKS):
        return text
    if whole := _EXPRESSION.fullmatch(text.strip()):
        return _evaluate(whole[1], scope)
    try:
        return render(_template(text), scope)
    except _MISTAKES as error:
        raise TemplateMistakeError(f"{_short(text)!r}: {error}") from error


def _evaluate(expression: str, scope: Scope) -> Any:
    try:
        value = _expression(expression)(scope)
    except _MISTAKES as error:
        raise TemplateMistakeError(f"{_short(expression)!r}: {error}") from error
    if isinstance(value, Undefined):
        listing = ", ".join(sorted(scope))
        raise TemplateMistakeError(f"{_short(expression)!r} is not known; there is {listing}")
    return value


@lru_cache(maxsize=2_000)
def _template(text: str) -> Template:
    """Compiled once for all copies."""
    return _JINJA.from_string(text)


@lru_cache(maxsize=2_000)
def _expression(text: str) -> TemplateExpression:
    """Compiled once for all copies."""
    return _JINJA.compile_expression(text, undefined_to_none=False)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) < 80 else f"{line[:77]}..."
