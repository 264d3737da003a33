"""How a YAML file might say what somebody edited in Superset.

Nobody writes the inverse of the packer down: it would have to be kept in step with every kind of
chart. Instead likely edits of the file are tried, and the packer itself says which one is right.
What Superset shows is text: it is written as a literal, so that no template can come from there.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from foretell.dashboards.sync.page_rows import write_page
from foretell.dashboards.written.yaml_text import as_written
from foretell.literal_text import INSTRUCTIONS, as_typed, literal_key, literals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel
    from ruamel.yaml.comments import CommentedMap

    from foretell.dashboards.sync.comparable import Content
    from foretell.dashboards.sync.compare import FieldDifference

Step = str | int


def candidates(
    document: CommentedMap,
    edit: FieldDifference,
    *,
    content: Content,
    spec: BaseModel,
    charts: Mapping[str, str],
) -> Iterator[CommentedMap]:
    """Edited copies of ``document``, the likeliest first.

    Parameters
    ----------
    content
        The whole object as Superset shows it.
    spec
        The parsed file; its fields are the keys that may be written.
    charts
        Names of the folder's charts by uuid.

    Raises
    ------
    ValueError
        No YAML can say it, with the reason.
    """
    in_superset = edit.path
    edit = replace(edit, path=tuple(literal_key(step) for step in in_superset))
    if edit.path == ("page",):
        yield write_page(copy.deepcopy(document), edit.after or [], charts)
        return
    yield from _under_the_same_name(document, edit)
    yield from _where_the_value_stood(document, edit)
    yield from _in_a_longer_text(document, edit)
    yield from _under_a_key_not_used_yet(document, edit, spec)
    yield from _as_condition_or_order(document, edit, spec)
    if edit.path[0] == "params" and "options" in type(spec).model_fields:
        value = content["params"].get(in_superset[1])
        yield _with(document, ("options", edit.path[1]), value)


def _under_the_same_name(document: CommentedMap, edit: FieldDifference) -> Iterator[CommentedMap]:
    for path in (edit.path, edit.path[1:]):
        if path:
            yield _with(document, path, edit.after)


def _where_the_value_stood(document: CommentedMap, edit: FieldDifference) -> Iterator[CommentedMap]:
    last_step = edit.path[-1]
    places = sorted(_places(document), key=lambda place: place[0][-1] != last_step)
    for path, value in places:
        if edit.before is not None and value == edit.before and type(value) is not bool:
            yield _with(document, path, edit.after)
        if isinstance(value, bool) and isinstance(edit.after, bool):
            yield _with(document, path, not value)


def _in_a_longer_text(document: CommentedMap, edit: FieldDifference) -> Iterator[CommentedMap]:
    before, after = edit.before or "", edit.after or ""
    if not (isinstance(before, str) and isinstance(after, str)):
        return
    for path, value in _places(document):
        if isinstance(value, str) and value and value in before:
            head, _, tail = before.partition(value)
            if after.startswith(head) and after.endswith(tail):
                yield _with(document, path, after[len(head) : len(after) - len(tail)])
    if before and after.startswith(before):
        yield _with(document, (edit.path[-1],), after[len(before) :])


def _under_a_key_not_used_yet(
    document: CommentedMap, edit: FieldDifference, spec: BaseModel
) -> Iterator[CommentedMap]:
    for name, field in type(spec).model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, dict) and name != "options":
            for step in edit.path[1:]:
                yield _with(document, (name, step), edit.after)
        elif name in document:
            continue
        elif isinstance(default, bool):
            if isinstance(edit.after, bool):
                yield _with(document, (name,), not default)
        elif isinstance(default, tuple) == isinstance(edit.after, list) and not isinstance(
            edit.after, bool | dict
        ):
            yield _with(document, (name,), edit.after)


def _as_condition_or_order(
    document: CommentedMap, edit: FieldDifference, spec: BaseModel
) -> Iterator[CommentedMap]:
    """Two settings of a table that Superset keeps in a shape of its own."""
    fields = type(spec).model_fields
    if edit.path[-1] == "adhoc_filters" and "where" in fields:
        filters = edit.after if isinstance(edit.after, list) else []
        clauses = [
            entry.get("sqlExpression") if isinstance(entry, dict) else entry for entry in filters
        ]
        if len(clauses) <= 1:
            yield _with(document, ("where",), clauses[0] if clauses else None)
    order = edit.after if isinstance(edit.after, list) else []
    if edit.path[-1] == "order_by_cols" and "sort" in fields and len(order) == 1:
        column, _, up = str(order[0]).strip("[] ").rpartition(",")
        sorted_by = _with(document, ("sort",), column.strip(' "'))
        yield _with(sorted_by, ("descending",), True if up.strip() == "false" else None)


def _places(node: Any, path: tuple[Step, ...] = ()) -> Iterator[tuple[tuple[Step, ...], Any]]:
    """Every value of a document and where it stands; instructions to templates are no values."""
    items: Any = ()
    if isinstance(node, dict):
        items = ((key, value) for key, value in node.items() if key not in INSTRUCTIONS)
    elif isinstance(node, list):
        items = enumerate(node)
    for step, value in items:
        yield (*path, step), as_typed(value)
        yield from _places(value, (*path, step))


def _with(document: CommentedMap, path: tuple[Step, ...], value: Any) -> CommentedMap:
    """Copy with a different value, made a literal, at ``path``; without the key for no value."""
    draft = copy.deepcopy(document)
    node: Any = draft
    for step in path[:-1]:
        if isinstance(node, dict) and step not in node:
            node[step] = as_written({})
        inner: Any = node[step] if isinstance(node, dict | list) else None  # type: ignore[index]
        if not isinstance(inner, dict | list):
            return draft
        node = inner
    if value is not None:
        node[path[-1]] = as_written(literals(value), inner=True)
    elif isinstance(node, dict):
        node.pop(path[-1], None)
    return draft
