"""What a change of a model, or of one of its columns, reaches in dbt's graph.

dbt knows which model reads which. How columns go through SQL it does not know, and here SQL is
followed by names alone: what is found that way *may* change.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from foretell.dashboards.declared.manifest import Manifest, dialect_of, relations_of
from foretell.dashboards.lineage.select_lists import made_of
from foretell.errors import ForetellError
from foretell.features.declared import declared_features, mentions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Node = dict[str, Any]


@dataclass(frozen=True)
class Touch:
    """What may have changed of a relation: some columns, or all of it.

    Attributes
    ----------
    columns
        In lower case; None: all, its rows included.
    is_sure
        False where names were followed through SQL.

    """

    columns: frozenset[str] | None = None
    is_sure: bool = True

    def __or__(self, other: Touch) -> Touch:
        whole = self.columns is None or other.columns is None
        columns = None if whole else (self.columns or frozenset()) | (other.columns or frozenset())
        return Touch(columns, self.is_sure or other.is_sure)

    def in_sql(self, sql: str, dialect: str) -> Touch | None:
        """What it makes of a relation that this SQL reads it for."""
        if self.columns is None:
            return self
        made = made_of(sql, self.columns, dialect)
        if made is None:
            return Touch(None, is_sure=False)
        return Touch(made, is_sure=False) if made else None

    def names(self, texts: Iterable[str]) -> bool:
        """Whether any text mentions what is touched."""
        if self.columns is None:
            return True
        return any(mentions(text, one) for text in texts for one in self.columns)


def find_node(manifest: Manifest, name: str) -> tuple[Node, str | None]:
    """The model and the column that ``model`` or ``model.column`` names.

    Raises:
        ForetellError: there is none; says what is like it.

    """
    nodes = {node["name"]: node for node in relations_of(manifest)}
    model, _, column = name.partition(".")
    if model not in nodes:
        near = get_close_matches(model, nodes, n=3) or sorted(nodes)[:6]
        raise ForetellError(
            f"There is no model, seed or snapshot {model!r}. Did you mean {' or '.join(near)}?"
        )
    node = nodes[model]
    if column and not _may_have(node, column):
        known = _known_columns(node)
        near = get_close_matches(column, known, n=3) or known
        raise ForetellError(
            f"{model} declares no column {column!r}, and its SQL does not name it. "
            f"It has [{', '.join(near)}]."
        )
    return node, column or None


def downstream(manifest: Manifest, node: Node, column: str | None) -> dict[str, Touch]:
    """Everything that the change reaches, by unique id, the node itself first."""
    nodes = {one["unique_id"]: one for one in relations_of(manifest)}
    children: dict[str, list[str]] = defaultdict(list)
    for key, one in nodes.items():
        for parent in one.get("depends_on", {}).get("nodes", ()):
            children[parent].append(key)
    found = {node["unique_id"]: Touch(frozenset({column.lower()}) if column else None)}
    waiting = [node["unique_id"]]
    while waiting:
        parent = waiting.pop()
        for key in children[parent]:
            new = _through(nodes[key], nodes[parent], found[parent], dialect_of(manifest))
            if new is None:
                continue
            both = found[key] | new if key in found else new
            if both != found.get(key):
                found[key] = both
                waiting.append(key)
    return found


def touched_features(view: Node, touch: Touch) -> list[str]:
    """Names of the view's features that may be other."""
    declared = _feature_view(view)
    return [
        one.name
        for one in declared_features(view["name"], declared)
        if touch.columns is None or any(one.is_made_of(column) for column in touch.columns)
    ]


def is_feature_view(node: Node) -> bool:
    """Whether predictions take features from it."""
    return bool(_feature_view(node))


def _through(child: Node, parent: Node, touch: Touch, dialect: str) -> Touch | None:
    """What a touched parent makes of a child."""
    said = touch.in_sql(child.get("raw_code") or "", dialect)
    if said is None and is_feature_view(parent) and touched_features(parent, touch):
        return Touch(None, touch.is_sure)  # joined by what the view declares
    return said


def _feature_view(node: Node) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (node["config"].get("meta") or {}).get("feature_view") or {}
    return found


def _may_have(node: Node, column: str) -> bool:
    known = _known_columns(node)
    if column.lower() in {one.lower() for one in known}:
        return True
    return not known or mentions(node.get("raw_code") or "", column)


def _known_columns(node: Node) -> list[str]:
    view = _feature_view(node)
    named = [str(view[key]) for key in ("entity", "time", "known_at", "as_of") if view.get(key)]
    return sorted({*node.get("columns", {}), *map(str, view.get("features") or ()), *named})
