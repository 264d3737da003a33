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
        columns = made_of(sql, self.columns, dialect)
        if columns is None:
            return Touch(None, is_sure=False)
        return Touch(columns, is_sure=False) if columns else None

    def names(self, texts: Iterable[str]) -> bool:
        """Whether any text mentions what is touched."""
        if self.columns is None:
            return True
        return any(mentions(text, column) for text in texts for column in self.columns)


def find_node(manifest: Manifest, name: str) -> tuple[Node, str | None]:
    """The model and the column that ``model`` or ``model.column`` names.

    Raises
    ------
    ForetellError
        There is none; says what is like it.
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
        columns = _known_columns(node)
        near = get_close_matches(column, columns, n=3) or columns
        raise ForetellError(
            f"{model} declares no column {column!r}, and its SQL does not name it. "
            f"It has [{', '.join(near)}]."
        )
    return node, column or None


def downstream(manifest: Manifest, node: Node, column: str | None) -> dict[str, Touch]:
    """Everything that the change reaches, by unique id, the node itself first."""
    nodes = {relation["unique_id"]: relation for relation in relations_of(manifest)}
    children: dict[str, list[str]] = defaultdict(list)
    for key, child in nodes.items():
        for parent in child.get("depends_on", {}).get("nodes", ()):
            children[parent].append(key)
    touched = {node["unique_id"]: Touch(frozenset({column.lower()}) if column else None)}
    waiting = [node["unique_id"]]
    while waiting:
        parent = waiting.pop()
        for key in children[parent]:
            touch = _through(nodes[key], nodes[parent], touched[parent], dialect_of(manifest))
            if touch is None:
                continue
            union = touched[key] | touch if key in touched else touch
            if union != touched.get(key):
                touched[key] = union
                waiting.append(key)
    return touched


def touched_features(view: Node, touch: Touch) -> list[str]:
    """Names of the view's features that may change."""
    declared = _feature_view(view)
    return [
        feature.name
        for feature in declared_features(view["name"], declared)
        if touch.columns is None or any(feature.is_made_of(column) for column in touch.columns)
    ]


def is_feature_view(node: Node) -> bool:
    """Whether predictions take features from it."""
    return bool(_feature_view(node))


def _through(child: Node, parent: Node, touch: Touch, dialect: str) -> Touch | None:
    """What a touched parent makes of a child."""
    effect = touch.in_sql(child.get("raw_code") or "", dialect)
    if effect is None and is_feature_view(parent) and touched_features(parent, touch):
        return Touch(None, touch.is_sure)  # joined by what the view declares
    return effect


def _feature_view(node: Node) -> Mapping[str, Any]:
    view: Mapping[str, Any] = (node["config"].get("meta") or {}).get("feature_view") or {}
    return view


def _may_have(node: Node, column: str) -> bool:
    columns = _known_columns(node)
    if column.lower() in {name.lower() for name in columns}:
        return True
    return not columns or mentions(node.get("raw_code") or "", column)


def _known_columns(node: Node) -> list[str]:
    view = _feature_view(node)
    key_columns = [
        str(view[key]) for key in ("entity", "time", "known_at", "as_of") if view.get(key)
    ]
    return sorted({*node.get("columns", {}), *map(str, view.get("features") or ()), *key_columns})
