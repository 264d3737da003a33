"""The grid of a page: tabs, rows and cells become the tree of positions that Superset draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from foretell.dashboards.written.specs import CellSpec, ChartSpec, DashboardSpec, RowSpec

# Superset counts heights in units of eight pixels.
_UNIT = 8


def tab_id(number: int) -> str:
    """What the tree calls the tab that is first, second, and so on."""
    return f"TAB-{number}"


def positions(
    spec: DashboardSpec, charts: Mapping[str, ChartSpec], *, uuid_of: Callable[[str], str]
) -> dict[str, Any]:
    """Tree of positions; ``chartId`` is a placeholder that the import replaces."""
    tree: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": spec.title}},
    }

    def add_rows(rows: tuple[RowSpec, ...], parents: list[str], prefix: str) -> list[str]:
        row_ids = []
        for row_number, row in enumerate(rows, start=1):
            number = f"{prefix}{row_number}"
            row_id = f"ROW-{number}"
            cells = []
            for cell_number, cell in enumerate(row.cells, start=1):
                node = _node(cell, row.height // _UNIT)
                if cell.chart is not None:
                    node["meta"] |= {
                        "chartId": 1 + sum(element["type"] == "CHART" for element in _nodes(tree)),
                        "uuid": uuid_of(cell.chart),
                        "sliceName": charts[cell.chart].name,
                    }
                    if title := charts[cell.chart].title:
                        node["meta"]["sliceNameOverride"] = title
                node["id"] = f"{node['type']}-{number}-{cell_number}"
                node["parents"] = [*parents, row_id]
                tree[node["id"]] = node
                cells.append(node["id"])
            tree[row_id] = {
                "type": "ROW",
                "id": row_id,
                "children": cells,
                "parents": parents,
                "meta": {"background": "BACKGROUND_TRANSPARENT"},
            }
            row_ids.append(row_id)
        return row_ids

    in_grid = ["ROOT_ID", "GRID_ID"]
    children = add_rows(spec.rows, in_grid, "")
    if spec.tabs:
        tabs = [tab_id(number) for number in range(1, len(spec.tabs) + 1)]
        for number, (name, tab) in enumerate(zip(tabs, spec.tabs, strict=True), start=1):
            parents = [*in_grid, "TABS-1"]
            tree[name] = {
                "type": "TAB",
                "id": name,
                "children": add_rows(tab.rows, [*parents, name], f"{number}-"),
                "parents": parents,
                "meta": {"text": tab.title, "defaultText": "Tab title", "placeholder": "Tab title"},
            }
        tree["TABS-1"] = {
            "type": "TABS", "id": "TABS-1", "children": tabs, "parents": in_grid, "meta": {},
        }  # fmt: skip
        children.append("TABS-1")
    tree["GRID_ID"] = {
        "type": "GRID", "id": "GRID_ID", "children": children, "parents": ["ROOT_ID"],
    }  # fmt: skip
    return tree


def _nodes(tree: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in tree.values() if isinstance(node, dict)]


def _node(cell: CellSpec, height: int) -> dict[str, Any]:
    meta: dict[str, Any] = {"width": cell.width, "height": height}
    if cell.markdown is not None:
        meta["code"] = cell.markdown
    return {"type": "CHART" if cell.chart is not None else "MARKDOWN", "children": [], "meta": meta}
