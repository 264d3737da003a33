"""What a template of ``dashboards/`` can do: read data, choose and repeat.

Nothing that a template can name leads to a module, a method that changes something, or a class.
What could run for ever or fill the memory is bounded, so that a slip is refused instead.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from jinja2 import StrictUndefined, Template, nodes, pass_context
from jinja2.exceptions import SecurityError, TemplateAssertionError
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel

from foretell.dashboards.declared.entity_links import EntityLink

#: Jinja's own filters that templates may use: none of them makes a text much longer.
FILTERS = (
    *("abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "format"),
    *("int", "items", "join", "last", "length", "list", "lower", "map", "max", "min"),
    *("reject", "rejectattr", "replace", "reverse", "round", "select", "selectattr", "sort"),
    *("string", "sum", "title", "tojson", "trim", "truncate", "unique", "upper", "wordcount"),
)
#: Rounds of all loops of one text together.
MOST_ROUNDS = 100_000
#: Letters or members of what `*` makes.
LONGEST = 10_000

_REFUSED = (
    *(nodes.Macro, nodes.CallBlock, nodes.Block, nodes.Extends, nodes.Include),
    *(nodes.Import, nodes.FromImport),
)
_OF_TEXTS = frozenset(
    {
        *("capitalize", "endswith", "lower", "lstrip", "removeprefix", "removesuffix", "rstrip"),
        *("split", "startswith", "strip", "title", "upper"),
    }
)
_OF_MAPS = frozenset({"get", "items", "keys", "values"})
_OF_LOOPS = frozenset(
    {
        *("changed", "cycle", "first", "index", "index0", "last", "length", "nextitem"),
        *("previtem", "revindex", "revindex0"),
    }
)
_WIDE = re.compile(r"%[^a-zA-Z%]*(\d{3}|\*)")


class TemplateSandbox(ImmutableSandboxedEnvironment):
    """Jinja without its functions and without attributes other than declared data."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self) -> None:
        """Keep the filters that are documented, and one function."""
        super().__init__(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
        filters = {name: self.filters[name] for name in FILTERS}
        self.filters = {**filters, "format": _format, "_counted": _counted}
        self.globals = {"dict": _dict}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether it is data: a declared field, or a harmless method of a text, map or loop."""
        if attr.startswith("_"):
            return False
        if isinstance(obj, str):
            return attr in _OF_TEXTS
        if isinstance(obj, Mapping):
            return attr in _OF_MAPS
        if isinstance(obj, LoopContext):
            return attr in _OF_LOOPS
        if isinstance(obj, timedelta):
            return attr in {"days", "seconds"}
        if isinstance(obj, EntityLink) and attr in {"address", "href"}:
            return True
        return attr in _declared(type(obj))

    def wrap_str_format(self, value: Any) -> None:
        """``'...'.format`` is no attribute here, as its ``{:1000000000}`` fills the memory."""
        return

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute, unless the result would be huge."""
        if operator == "*":
            _refuse_long(left, right)
        if operator == "**" and (abs(left) > LONGEST or abs(right) > 100):
            raise SecurityError("`**` makes a number that is too large")
        if operator == "%" and isinstance(left, str):
            return _format(left, right)
        return super().call_binop(context, operator, left, right)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in tree.find_all(_REFUSED):
            raise TemplateAssertionError(
                f"there is no {type(node).__name__.lower()} in a template of a dashboard; there "
                "are if, for and set",
                node.lineno,
            )
        for loop in list(tree.find_all(nodes.For)):
            if loop.recursive:
                raise TemplateAssertionError("no loop may be recursive", loop.lineno)
            loop.iter = nodes.Filter(loop.iter, "_counted", [], [], None, None, lineno=loop.lineno)
        return tree


def render(template: Template, scope: Mapping[str, object]) -> str:
    """Text of a template of the sandbox."""
    return template.render({**scope, "_rounds": iter(range(MOST_ROUNDS))})


@pass_context
def _counted(context: Context, items: Iterable[Any]) -> Iterator[Any]:
    rounds = context["_rounds"]
    for item in items:
        if next(rounds, None) is None:
            raise SecurityError(f"its loops have more than {MOST_ROUNDS} rounds")
        yield item


def _declared(kind: type) -> set[str]:
    """Fields and properties of a dataclass or pydantic model."""
    if not (dataclasses.is_dataclass(kind) or issubclass(kind, BaseModel)):
        return set()
    bases = [base for base in kind.__mro__ if base not in (object, BaseModel)]
    names = {
        name
        for base in bases
        for name, member in vars(base).items()
        if isinstance(member, property)
    }
    if dataclasses.is_dataclass(kind):
        return names | {field.name for field in dataclasses.fields(kind)}
    return names | set(kind.model_fields)


def _refuse_long(*factors: Any) -> None:
    for factor, times in (factors, factors[::-1]):
        is_long = isinstance(factor, str | list | tuple) and len(factor) * times > LONGEST
        if is_long or (isinstance(factor, int) and factor.bit_length() > 1_000):
            raise SecurityError(f"`*` makes more than {LONGEST} letters, members or digits")


def _format(text: str, *values: Any, **named: Any) -> str:
    if _WIDE.search(text):
        raise SecurityError(f"{text!r} asks for more than 99 places")
    return str(text) % (named or (values[0] if len(values) == 1 else values))


def _dict(*maps: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """One map of several: ``dict(kpi_colors, **{'rule': '#E69F00'})``."""
    return {key: value for mapping in (*maps, more) for key, value in mapping.items()}
