"""The grid of a page: rows and cells become the tree of positions that Superset draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from foretell.dashboards.specs import CellSpec, DashboardSpec

# Superset counts heights in units of eight pixels.
_UNIT = 8


def positions(
    spec: DashboardSpec, *, uuid_of: Callable[[str], str], name_of: Callable[[str], str]
) -> dict[str, Any]:
    """Tree of positions; ``chartId`` is a placeholder that the import replaces."""
    tree: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": spec.title}},
    }
    rows = []
    chart_count = 0
    for row_number, row in enumerate(spec.rows, start=1):
        row_id = f"ROW-{row_number}"
        parents = ["ROOT_ID", "GRID_ID"]
        cells = []
        for cell_number, cell in enumerate(row.cells, start=1):
            node = _node(cell, row.height // _UNIT)
            if cell.chart is not None:
                chart_count += 1
                node["meta"] |= {
                    "chartId": chart_count,
                    "uuid": uuid_of(cell.chart),
                    "sliceName": name_of(cell.chart),
                }
            node["id"] = f"{node['type']}-{row_number}-{cell_number}"
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
        rows.append(row_id)
    tree["GRID_ID"] = {"type": "GRID", "id": "GRID_ID", "children": rows, "parents": ["ROOT_ID"]}
    return tree


def _node(cell: CellSpec, height: int) -> dict[str, Any]:
    meta: dict[str, Any] = {"width": cell.width, "height": height}
    if cell.markdown is not None:
        meta["code"] = cell.markdown
    return {"type": "CHART" if cell.chart is not None else "MARKDOWN", "children": [], "meta": meta}
