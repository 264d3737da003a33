"""A page as Superset has it, written as rows and cells; what did not move keeps its comments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from foretell.dashboards.written.yaml_text import as_written
from foretell.literal_text import literals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ruamel.yaml.comments import CommentedMap

    from foretell.dashboards.sync.page_tree import Node

_UNIT = 8


def write_page(document: CommentedMap, page: list[Node], charts: Mapping[str, str]) -> CommentedMap:
    """``document`` with the rows and tabs of ``page``, whose texts become literals.

    Raises:
        ValueError: the page has something for which there is no YAML, with the reason.

    """
    page = literals(page)
    rows = [node for node in page if node["type"] == "row"]
    tabs = [tab for node in page if node["type"] == "tabs" for tab in node.get("children", [])]
    if other := {node["type"] for node in page} - {"row", "tabs"}:
        raise ValueError(f"there is no YAML for {sorted(other)} outside a row")
    _write_rows(document, rows, charts)
    if tabs or "tabs" in document:
        _write_tabs(document, tabs, charts)
    return document


def _write_tabs(document: CommentedMap, tabs: list[Node], charts: Mapping[str, str]) -> None:
    known = {tab.get("title"): tab for tab in document.get("tabs", [])}
    in_place = list(document.get("tabs", []))
    written = []
    for number, tab in enumerate(tabs):
        title = tab.get("text", "")
        kept = known.get(title)
        if kept is None:  # renamed, or new
            kept = in_place[number] if len(in_place) == len(tabs) else as_written({"title": title})
            kept["title"] = title
        _write_rows(kept, tab.get("children", []), charts)
        written.append(kept)
    _replace(document, "tabs", written)


def _write_rows(owner: CommentedMap, rows: list[Node], charts: Mapping[str, str]) -> None:
    old = list(owner.get("rows", []))
    cells = [[_cell(child, charts) for child in node.get("children", [])] for node in rows]
    # What shares a chart or a text is the same row; of the rest, what has as many cells.
    kept = [_taken(old, [_shared(row, one) for row in old]) for one in cells]
    kept = [
        row or _taken(old, [len(other["cells"]) == len(one) for other in old])
        for row, one in zip(kept, cells, strict=True)
    ]
    written = []
    for node, row, row_cells in zip(rows, kept, cells, strict=True):
        heights = {child.get("height") for child in node.get("children", [])}
        if node["type"] != "row" or len(heights) != 1:
            raise ValueError("the charts of one row have several heights; YAML has one for a row")
        target = row or as_written({"height": 0, "cells": []})
        _write_row(target, row_cells, heights.pop())
        written.append(target)
    if written or "rows" in owner:
        _replace(owner, "rows", written)


def _taken(old: list[CommentedMap], scores: Sequence[int]) -> CommentedMap | None:
    """The old row with the highest score above none; taken out of ``old``."""
    best = max(scores, default=0)
    return old.pop(scores.index(best)) if best else None


def _shared(row: CommentedMap, cells: list[dict[str, Any]]) -> int:
    return len({_name(cell) for cell in cells} & {_name(cell) for cell in row.get("cells", [])})


def _write_row(row: CommentedMap, cells: list[dict[str, Any]], height: int) -> None:
    if row["height"] // _UNIT != height:
        row["height"] = height * _UNIT
    known = {_name(cell): cell for cell in row["cells"]}
    written = []
    for cell in cells:
        kept = known.get(_name(cell))
        if kept is None and "markdown" in cell:  # another text in the same place
            texts = [one for one in row["cells"] if "markdown" in one]
            kept = texts[0] if len(texts) == 1 else None
        if kept is None:
            kept = as_written(cell, inner=True)
        for key, value in cell.items():
            if kept.get(key) != value:
                kept[key] = as_written(value, inner=True)
        written.append(kept)
    _replace(row, "cells", written)


def _replace(owner: CommentedMap, key: str, written: list[Any]) -> None:
    """Put the list there, unless it is the list that is there: its comments would go."""
    old = owner.get(key)
    if old is not None and [id(one) for one in old] == [id(one) for one in written]:
        return
    if old is None:
        owner[key] = as_written(written)
        owner[key][:] = written
        return
    del old[:]
    old.extend(written)


def _cell(node: Node, charts: Mapping[str, str]) -> dict[str, Any]:
    if "width" not in node or node["type"] not in {"chart", "markdown"}:
        raise ValueError(f"there is no YAML for a {node['type']} in a row")
    if node["type"] == "markdown":
        return {"markdown": node.get("code", ""), "width": node["width"]}
    if node.get("chart") not in charts:
        raise ValueError(
            "it shows a chart that was made in Superset; write that chart in YAML first"
        )
    return {"chart": charts[node["chart"]], "width": node["width"]}


def _name(cell: Mapping[str, Any]) -> str:
    return str(cell.get("chart") or cell.get("markdown"))
