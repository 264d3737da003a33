"""Where a line of code can be changed, and into what: the draw of mutants.

Operators are those of cosmic-ray, and two of our own: a statement that does something is left out,
and `in` becomes `not in`. Left alone are texts (f-strings too), annotations, decorators, and what
only a type checker reads. A place with many possible changes counts once: else most of the sample
would be comparisons.
"""

from __future__ import annotations

import ast
import random
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

import parso
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.plugins import get_operator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Position = tuple[int, int]

#: What is mutated, below `python_models/foretell`.
PACKAGES = ("training", "staging", "publishing", "run", "validation", "monitoring")

_ORDERS = ("Eq", "NotEq", "Lt", "LtE", "Gt", "GtE")
#: Names of cosmic-ray's operators. What nearly always ends in a TypeError is not worth a test run:
#: of the arithmetic operators each has one that takes the same operands.
_THEIRS = (
    *(f"ReplaceComparisonOperator_{a}_{b}" for a in _ORDERS for b in _ORDERS if a != b),
    "ReplaceComparisonOperator_Is_IsNot",
    "ReplaceComparisonOperator_IsNot_Is",
    "ReplaceBinaryOperator_Add_Sub",
    "ReplaceBinaryOperator_Sub_Add",
    "ReplaceBinaryOperator_Mul_Div",
    "ReplaceBinaryOperator_Div_Mul",
    "ReplaceBinaryOperator_FloorDiv_Mul",
    "ReplaceBinaryOperator_Mod_Mul",
    "ReplaceBinaryOperator_Pow_Mul",
    "ReplaceBinaryOperator_BitOr_BitAnd",
    "ReplaceBinaryOperator_BitAnd_BitOr",
    "ReplaceUnaryOperator_Delete_USub",
    "ReplaceUnaryOperator_Delete_Invert",
    "ReplaceUnaryOperator_Delete_Not",
    "AddNot",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "NumberReplacer",
    "ZeroIterationForLoop",
)


class LeaveOut(Operator):
    """A statement that does something, and defines no name, becomes `pass`."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Position, Position]]:
        if node.type == "simple_stmt" and self._does_something(node.children[0]):
            yield node.children[0].start_pos, node.children[0].end_pos

    @staticmethod
    def _does_something(statement: Any) -> bool:
        if statement.type == "atom_expr":
            return True
        if statement.type == "raise_stmt":
            return True
        if statement.type == "return_stmt":
            return statement.parent.parent.type == "suite" and any(
                above in ("if_stmt", "for_stmt") for above in _types_above(statement)
            )
        if statement.type == "expr_stmt":
            target, sign = statement.children[:2]
            augmented = getattr(sign, "type", "") == "operator" and sign.value not in ("=", ":")
            return augmented or (target.type == "atom_expr" and getattr(sign, "value", "") == "=")
        return False

    def mutate(self, node: Any, index: int) -> Any:
        prefix = node.children[0].get_first_leaf().prefix
        node.children[0] = parso.python.tree.Keyword("pass", (0, 0), prefix)
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("f(x)\n", "pass\n"), Example("x += 1\n", "pass\n"))


class NotIn(Operator):
    """`in` becomes `not in`, and the other way round; the `in` of a loop is no such operator."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Position, Position]]:
        if node.type == "comparison":
            for sign in node.children[1::2]:
                if self._words(sign) in ("in", "not in"):
                    yield sign.start_pos, sign.end_pos

    @staticmethod
    def _words(sign: Any) -> str:
        return " ".join(sign.get_code().split())

    def mutate(self, node: Any, index: int) -> Any:
        signs = [
            at
            for at in range(1, len(node.children), 2)
            if self._words(node.children[at]) in ("in", "not in")
        ]
        at = signs[index]
        flipped = {"in": " not in", "not in": " in"}[self._words(node.children[at])]
        node.children[at] = parso.parse(flipped)
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("x in y", "x not in y"),)


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    Attributes
    ----------
    file
        Path below the checkout.
    line, lines
        Where the change begins, and the lines of the statement that holds it.
    change
        Old and new text of the changed lines.
    code
        The whole file after the change.
    is_definition
        Whether it runs when the module is imported, as a constant does.
    names
        What the statement defines, where it is one that runs at import.
    """

    file: str
    line: int
    lines: tuple[int, int]
    kind: str
    change: str
    code: str
    is_definition: bool
    names: tuple[str, ...]

    @property
    def key(self) -> str:
        """What no other mutant of a sample is called."""
        return f"{self.file}:{self.line}: {self.change}"

    @property
    def reason_key(self) -> str:
        """What it is called where reasons are kept: the same after lines above were added."""
        return f"{self.file.removeprefix('python_models/foretell/')}: {self.change}"


@dataclass(frozen=True)
class _Source:
    path: str
    code: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.code)

    @cached_property
    def untouched(self) -> list[tuple[Position, Position]]:
        """Spans of what nothing happens by, or what is text."""
        found: list[ast.AST] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation:
                found.append(node.annotation)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                found += node.decorator_list
                if isinstance(node, ast.FunctionDef) and node.returns:
                    found.append(node.returns)
            elif _is_for_type_checkers(node) or _is_text(node):
                found.append(node)
        return [_span(node) for node in found]

    def may_change(self, at: Position) -> bool:
        return not any(start <= at < end for start, end in self.untouched)

    def statement(self, line: int) -> tuple[tuple[int, int], bool, tuple[str, ...]]:
        """Lines of the innermost statement, whether it runs at import, names that it defines."""
        best: tuple[int, int] = (line, line)
        is_definition = True
        names: tuple[str, ...] = ()

        def walk(body: list[ast.stmt], in_function: bool) -> None:
            nonlocal best, is_definition, names
            for one in body:
                if not one.lineno <= line <= (one.end_lineno or one.lineno):
                    continue
                inner = [
                    *getattr(one, "body", []),
                    *getattr(one, "orelse", []),
                    *getattr(one, "finalbody", []),
                    *(part for handler in getattr(one, "handlers", []) for part in handler.body),
                ]
                end = min((part.lineno for part in inner), default=(one.end_lineno or 0) + 1) - 1
                best = (one.lineno, max(one.lineno, end))
                is_definition = not in_function
                if isinstance(one, ast.ClassDef | ast.FunctionDef) and not in_function:
                    names = (one.name,)
                elif not in_function:
                    names = names or tuple(_assigned(one))
                walk(inner, in_function or (isinstance(one, ast.FunctionDef) and line > end))

        walk(self.tree.body, False)
        return best, is_definition, names

    def places(self) -> dict[tuple[str, Position, Position], list[tuple[Operator, int]]]:
        """Ways to change the file, by place."""
        nodes = list(ast_nodes(get_ast(self.code)))
        found: dict[tuple[str, Position, Position], list[tuple[Operator, int]]] = {}
        for kind, operator in _operators():
            occurrence = 0
            for node in nodes:
                for start, end in operator.mutation_positions(node):
                    if self.may_change(start) and not _is_star_of_arguments(node):
                        found.setdefault((kind, start, end), []).append((operator, occurrence))
                    occurrence += 1
        return found

    def mutant(
        self, kind: str, start: Position, operator: Operator, occurrence: int
    ) -> Mutant | None:
        """The file after one change; None if that is not Python, as where `**` unpacks a dict."""
        code = mutate_code(self.code, operator, occurrence)
        try:
            ast.parse(code)
        except SyntaxError:
            return None
        lines, is_definition, names = self.statement(start[0])
        old, new = self.code.splitlines(), code.splitlines()
        first = next(at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
        change = f"{_squeezed(old[first])} -> {_squeezed(new[first])}"
        return Mutant(self.path, first + 1, lines, kind, change, code, is_definition, names)


def sample(checkout: Path, *, size: int, seed: int) -> tuple[list[Mutant], int]:
    """Mutants of places drawn at random without replacement, and the number of all places."""
    sources = [
        _Source(str(path.relative_to(checkout)), path.read_text(encoding="utf-8"))
        for package in PACKAGES
        for path in sorted((checkout / "python_models/foretell" / package).rglob("*.py"))
    ]
    places = [
        (source, *place, ways) for source in sources for place, ways in source.places().items()
    ]
    draw = random.Random(seed)
    draw.shuffle(places)
    drawn = (
        source.mutant(kind, start, *draw.choice(ways)) for source, kind, start, _, ways in places
    )
    return list(islice((one for one in drawn if one is not None), size)), len(places)


def _operators() -> Iterator[tuple[str, Operator]]:
    yield "statement", LeaveOut()
    yield "comparison", NotIn()
    for name in _THEIRS:
        yield _kind(name), get_operator(f"core/{name}")()


def _kind(name: str) -> str:
    if "Comparison" in name:
        return "comparison"
    if "Number" in name:
        return "constant"
    if "Break" in name or "Continue" in name or "Loop" in name:
        return "statement"
    if name == "AddNot":
        return "condition"
    return "constant" if "True" in name else "operator"


def _is_star_of_arguments(node: Any) -> bool:
    """Whether a star has no left side: it unpacks, or ends what may be given by position."""
    return (
        node.type == "operator"
        and node.value in ("*", "**")
        and node.parent.type not in ("term", "power")
    )


def _types_above(node: Any) -> Iterator[str]:
    """Kinds of nodes that hold it, up to its function."""
    while node is not None and node.type != "funcdef":
        yield node.type
        node = node.parent


def _is_for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.Assert) or (
        isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    )


def _is_text(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _assigned(node: ast.stmt) -> Iterator[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    for target in targets:
        if isinstance(target, ast.Name):
            yield target.id


def _span(node: Any) -> tuple[Position, Position]:
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def _squeezed(line: str) -> str:
    return " ".join(line.split())
