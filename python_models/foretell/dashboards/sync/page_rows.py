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

    Raises
    ------
    ValueError
        The page has something for which there is no YAML, with the reason.
    """
    page = literals(page)
    rows = [node for node in page if node["type"] == "row"]
    tabs = [tab for node in page if node["type"] == "tabs" for tab in node.get("children", [])]
    if unknown_types := {node["type"] for node in page} - {"row", "tabs"}:
        raise ValueError(f"there is no YAML for {sorted(unknown_types)} outside a row")
    _write_rows(document, rows, charts)
    if tabs or "tabs" in document:
        _write_tabs(document, tabs, charts)
    return document


def _write_tabs(document: CommentedMap, tabs: list[Node], charts: Mapping[str, str]) -> None:
    by_title = {tab.get("title"): tab for tab in document.get("tabs", [])}
    in_place = list(document.get("tabs", []))
    new_tabs = []
    for number, tab in enumerate(tabs):
        title = tab.get("text", "")
        target = by_title.get(title)
        if target is None:  # renamed, or new
            target = (
                in_place[number] if len(in_place) == len(tabs) else as_written({"title": title})
            )
            target["title"] = title
        _write_rows(target, tab.get("children", []), charts)
        new_tabs.append(target)
    _replace(document, "tabs", new_tabs)


def _write_rows(owner: CommentedMap, rows: list[Node], charts: Mapping[str, str]) -> None:
    old_rows = list(owner.get("rows", []))
    cells = [[_cell(child, charts) for child in node.get("children", [])] for node in rows]
    # What shares a chart or a text is the same row; of the rest, what has as many cells.
    matches = [
        _taken(old_rows, [_shared(row, cells_of_row) for row in old_rows]) for cells_of_row in cells
    ]
    matches = [
        row
        or _taken(old_rows, [len(old_row["cells"]) == len(cells_of_row) for old_row in old_rows])
        for row, cells_of_row in zip(matches, cells, strict=True)
    ]
    new_rows = []
    for node, row, row_cells in zip(rows, matches, cells, strict=True):
        heights = {child.get("height") for child in node.get("children", [])}
        if node["type"] != "row" or len(heights) != 1:
            raise ValueError("the charts of one row have several heights; YAML has one for a row")
        target = row or as_written({"height": 0, "cells": []})
        _write_row(target, row_cells, heights.pop())
        new_rows.append(target)
    if new_rows or "rows" in owner:
        _replace(owner, "rows", new_rows)


def _taken(old_rows: list[CommentedMap], scores: Sequence[int]) -> CommentedMap | None:
    """The old row with the highest score above none; taken out of ``old_rows``."""
    best = max(scores, default=0)
    return old_rows.pop(scores.index(best)) if best else None


def _shared(row: CommentedMap, cells: list[dict[str, Any]]) -> int:
    return len({_name(cell) for cell in cells} & {_name(cell) for cell in row.get("cells", [])})


def _write_row(row: CommentedMap, cells: list[dict[str, Any]], height: int) -> None:
    if row["height"] // _UNIT != height:
        row["height"] = height * _UNIT
    by_name = {_name(cell): cell for cell in row["cells"]}
    new_cells = []
    for cell in cells:
        target = by_name.get(_name(cell))
        if target is None and "markdown" in cell:  # a different text in the same place
            texts = [old_cell for old_cell in row["cells"] if "markdown" in old_cell]
            target = texts[0] if len(texts) == 1 else None
        if target is None:
            target = as_written(cell, inner=True)
        for key, value in cell.items():
            if target.get(key) != value:
                target[key] = as_written(value, inner=True)
        new_cells.append(target)
    _replace(row, "cells", new_cells)


def _replace(owner: CommentedMap, key: str, entries: list[Any]) -> None:
    """Put the list there, unless it is the list that is there: its comments would go."""
    current = owner.get(key)
    if current is not None and [id(entry) for entry in current] == [id(entry) for entry in entries]:
        return
    if current is None:
        owner[key] = as_written(entries)
        owner[key][:] = entries
        return
    del current[:]
    current.extend(entries)


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
