"""Delete from Superset what the code no longer has, unless somebody else uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from foretell.dashboards.sync.assets import ALL_KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from foretell.dashboards.sync.compare import Verdict
    from foretell.dashboards.sync.session import Choice, Compared


def remove_assets(
    state: Compared, left_over: Sequence[Verdict], choice: Choice
) -> tuple[tuple[Verdict, ...], dict[str, list[str]]]:
    """Delete dashboards, then roles, charts and datasets; never a database.

    Returns what was deleted, and by uuid who still uses what was not. What was edited in
    Superset is somebody's work now: it stays unless the code's side was chosen.
    """
    removed: list[Verdict] = []
    in_use: dict[str, list[str]] = {}
    for kind in reversed(ALL_KINDS):
        for verdict in left_over:
            if verdict.kind != kind or kind == "database" or (verdict.edits and not choice.ours):
                continue
            live = state.live.get(verdict.uuid)
            if live is None:  # what was just sent has taken its place
                state.records.forget([verdict.uuid])
                continue
            if users := _users(state, verdict, live.id):
                in_use[verdict.uuid] = users
                continue
            if kind == "role" and state.roles:
                state.roles.remove(verdict.name)
            else:
                state.client.delete(f"/api/v1/{kind}/{live.id}")
            state.records.forget([verdict.uuid])
            removed.append(verdict)
    return tuple(removed), in_use


def _users(state: Compared, verdict: Verdict, number: int) -> list[str]:
    """Titles of what refers to the object in this Superset."""
    if verdict.kind == "role" and state.roles:
        holders = state.roles.count_holders(verdict.name)
        own_ids = {asset.id for asset in state.live.values() if asset.kind == "dataset"}
        return [
            *([f"users or groups: {holders}"] if holders else []),
            *(
                f"database {database!r}"
                for database in state.roles.databases_of_others(verdict.name, own_ids)
            ),
        ]
    if verdict.kind == "chart":
        dashboards = state.client.get(f"/api/v1/chart/{number}")["result"]["dashboards"]
        return [f"dashboard {dashboard['dashboard_title']!r}" for dashboard in dashboards]
    if verdict.kind == "dataset":
        related = state.client.get(f"/api/v1/dataset/{number}/related_objects")
        return [f"chart {chart['slice_name']!r}" for chart in related["charts"]["result"]]
    return []
