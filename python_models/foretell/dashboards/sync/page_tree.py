"""What stands where on a dashboard: Superset's table of positions read as the tree that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Node = dict[str, Any]

# Ids of one Superset, copies of what is said elsewhere, and texts that nobody wrote.
_META_OUT = {"chartId", "sliceName", "uuid", "defaultText", "placeholder"}


def page_of(position: Mapping[str, Any]) -> list[Node]:
    """Nodes of the page from top to bottom: `type`, what was chosen, and `children`."""
    root = position.get("ROOT_ID", {})
    return [node for child in root.get("children", []) for node in _nodes(position, child)]


def _nodes(position: Mapping[str, Any], name: str) -> Iterator[Node]:
    entry = position.get(name)
    if not isinstance(entry, dict):
        return
    children = [node for child in entry.get("children", []) for node in _nodes(position, child)]
    if entry["type"] == "GRID":
        yield from children
        return
    meta = entry.get("meta") or {}
    node: Node = {"type": entry["type"].lower()}
    if "uuid" in meta:
        node["chart"] = meta["uuid"]
    node |= {key: value for key, value in sorted(meta.items()) if key not in _META_OUT}
    if node.get("background") == "BACKGROUND_TRANSPARENT":
        del node["background"]
    if children:
        node["children"] = children
    yield node


def chart_uuids(position: Mapping[str, Any]) -> dict[int, str]:
    """Uuid of every chart on the page by the number that this Superset, or the code, gave it."""
    return {
        node["meta"]["chartId"]: node["meta"]["uuid"]
        for node in position.values()
        if isinstance(node, dict) and node.get("type") == "CHART" and "uuid" in node["meta"]
    }


def lines_of(page: list[Node], names: Mapping[str, str], depth: int = 0) -> list[str]:
    """The page for a reader: one line per row, cells as `chart 6x40`."""
    lines: list[str] = []
    for node in page:
        children = node.get("children", [])
        indent = "  " * depth
        if node["type"] == "row":
            cells = [_cell(child, names) for child in children if not child.get("children")]
            look = " ".join(
                f"{key}={value}" for key, value in node.items() if key not in {"type", "children"}
            )
            lines.append(f"{indent}row: {' | '.join(cells)}{' ' + look if look else ''}".rstrip())
            nested = [child for child in children if child.get("children")]
            lines += lines_of(nested, names, depth + 1)
        else:
            lines.append(indent + _cell(node, names))
            lines += lines_of(children, names, depth + 1)
    return lines


def _cell(node: Node, names: Mapping[str, str]) -> str:
    size = (
        f" {node['width']}x{node['height'] * 8}px" if "height" in node and "width" in node else ""
    )
    settings = {
        key: value
        for key, value in node.items()
        if key not in {"type", "children", "chart", "width", "height", "code", "text"}
    }
    label = names.get(node["chart"], node["chart"]) if "chart" in node else node["type"]
    text = node.get("code") or node.get("text") or ""
    quote = f" {' '.join(str(text).split())!r}" if text else ""
    more = f" {settings}" if settings else ""
    return f"{label}{size}{quote}{more}"
