"""Which columns a model makes of which, as far as its SQL tells.

A model is read as it was written: a word stands for each expression of Jinja, and may be made of
all that the Jinja names. What is not understood is said to matter, so an answer may name too much,
never too little.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from foretell.features.declared import mentions
from foretell.ground.model_text import Piece, pieces_of
from foretell.ground.sql_text import parsed

#: Macros of dbt that name a relation, whose name is no column.
_OF_RELATIONS = ("ref", "source")
#: What holds names that are no columns.
_NAMING = (exp.Alias, exp.CTE, exp.Table, exp.TableAlias)


def made_of(code: str, columns: frozenset[str], dialect: str) -> frozenset[str] | None:
    """Columns, in lower case, that a model may make of some columns of what it reads.

    Parameters
    ----------
    code
        The model with its Jinja.
    columns
        In lower case.
    dialect
        The warehouse's, as dbt's adapter is called.

    Returns
    -------
    frozenset or None
        Empty: none of them is named. None: the rows may differ too, since a join, a condition, a
        group or something that is not understood names one.

    """
    model = _read(code, dialect)
    if model is None:
        return None if _may_pass(code, columns) else frozenset()
    passed = columns if any(select_list.has_star for select_list in model.lists) else frozenset()
    names = columns
    while True:
        if model.decides_rows(names):
            return None
        outputs = {item.alias_or_name.lower() for item in model.items if model.has(item, names)}
        if "" in outputs:
            return None
        passed |= outputs
        if outputs <= names:
            return passed if model.last.has_star else passed & model.last.names
        names |= outputs


@dataclass(frozen=True)
class _List:
    """A select list that lies in no other: its entries but for stars."""

    items: tuple[exp.Expr, ...]
    has_star: bool

    @property
    def names(self) -> frozenset[str]:
        return frozenset(item.alias_or_name.lower() for item in self.items)


@dataclass(frozen=True)
class _Model:
    """A model's tree, and the Jinja for which words stand in it.

    Attributes
    ----------
    beside
        Text of Jinja that makes no SQL.
    lists
        Its outermost select lists, those of CTEs too.
    last
        The list that says which columns the model has.
    """

    tree: exp.Expr
    jinja: Mapping[str, Piece]
    beside: str
    lists: tuple[_List, ...]
    last: _List

    @property
    def items(self) -> Iterator[exp.Expr]:
        return (item for select_list in self.lists for item in select_list.items)

    def decides_rows(self, names: Collection[str]) -> bool:
        """Whether anything but a select list has one of the names, or may have it unseen."""
        if any(mentions(self.beside, name) for name in names):
            return True
        if self.tree.find(exp.SetOperation) and self.has(self.tree, names):
            return True  # columns go by their place there, not by name
        if any(join.method == "NATURAL" for join in self.tree.find_all(exp.Join)):
            return True  # by columns that nobody names
        return any(self._is_one(node, names) for node in _outside_lists(self.tree))

    def has(self, tree: exp.Expr, names: Collection[str]) -> bool:
        """Whether anything in a tree is a column of one of the names, or may be."""
        return any(self._is_one(node, names) for node in tree.walk())

    def _is_one(self, node: exp.Expr, names: Collection[str]) -> bool:
        if isinstance(node, exp.Literal) and node.is_string:
            return any(mentions(node.name, name) for name in names)
        if not isinstance(node, exp.Identifier):
            return False
        if piece := self.jinja.get(node.name):
            is_relation = isinstance(node.parent, exp.Table) and piece.calls in _OF_RELATIONS
            return not is_relation and any(mentions(piece.text, name) for name in names)
        if isinstance(node.parent, _NAMING) or node.arg_key in ("table", "db", "catalog"):
            return False
        return node.name.lower() in names


def _read(code: str, dialect: str) -> _Model | None:
    """The model; None for one that cannot be read, or is no query."""
    pieces = pieces_of(code)
    if pieces is None:
        return None
    texts: list[str] = []
    jinja: dict[str, Piece] = {}
    last_index = 0
    for piece in pieces:
        if piece.kind == "expression":
            word = f"foretell_jinja_{len(jinja)}_"
            jinja[word], last_index = piece, len(texts)
            texts.append(word)
        else:
            texts.append(piece.text if piece.kind == "sql" else " ")
    tree = parsed("".join(texts), dialect)
    ends_in_macro = tree is None and bool(jinja)
    if ends_in_macro:
        # A macro that makes the whole query which the CTEs before it are for.
        texts[last_index] = f"select * from {texts[last_index]}"
        tree = parsed("".join(texts), dialect)
    query = tree.unnest() if isinstance(tree, exp.Query) else None
    while isinstance(query, exp.SetOperation):
        query = query.this.unnest()
    if tree is None or not isinstance(query, exp.Select):
        return None
    beside = " ".join(piece.text for piece in pieces if piece.kind == "block")
    lists = tuple(
        _list(select) for select in _selects(tree) if select is not query or not ends_in_macro
    )
    outermost = lists if ends_in_macro else [_list(query)]
    whole = _List(
        tuple(item for select_list in outermost for item in select_list.items),
        any(select_list.has_star for select_list in outermost),
    )
    return _Model(tree, jinja, beside, lists, whole)


def _may_pass(code: str, columns: Collection[str]) -> bool:
    """Whether a model that is not understood may have a column: by name, by a star, or by a macro,
    which may write either.
    """
    macros = (piece for piece in pieces_of(code) or () if piece.kind == "expression")
    return (
        "*" in code
        or any(macro.calls not in _OF_RELATIONS for macro in macros)
        or any(mentions(code, column) for column in columns)
    )


def _list(select: exp.Select) -> _List:
    stars = [entry for entry in select.expressions if entry.is_star or entry.find(exp.Columns)]
    items = tuple(entry for entry in select.expressions if entry not in stars)
    return _List(items, bool(stars))


def _selects(node: exp.Expr) -> Iterator[exp.Select]:
    """Those that lie in no entry of a select list, in the order of the text."""
    return (part for part in _outside_lists(node) if isinstance(part, exp.Select))


def _outside_lists(node: exp.Expr) -> Iterator[exp.Expr]:
    """All of a tree that lies in no entry of a select list, but for what decides about rows."""
    yield node
    for key, value in node.args.items():
        listed = value if isinstance(value, list) else [value]
        if isinstance(node, exp.Select) and key == "expressions":
            listed = [part for entry in listed for part in _deciding(node, entry)]
        for child in listed:
            if isinstance(child, exp.Expr):
                yield from _outside_lists(child)


def _deciding(select: exp.Select, entry: exp.Expr) -> list[exp.Expr]:
    """What of an entry decides about rows: itself in a group by position, new names of a star."""
    group = select.args.get("group")
    if group and (
        group.args.get("all") or any(expression.is_int for expression in group.expressions)
    ):
        return [] if entry.find(exp.AggFunc) else [entry]
    return [part for star in entry.find_all(exp.Star) for part in star.args.get("rename") or ()]
