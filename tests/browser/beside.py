"""A second project, shown in the Superset of the demo for as long as a test needs it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from foretell.dashboards.sync.push import push
from foretell.dashboards.sync.session import Target, compared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from project import Project


@contextmanager
def shown_beside(superset: Any, project: Project, serving: Path | None = None) -> Iterator[Target]:
    """Push a project's dashboards, and take them away at the end."""
    target = Target(
        dashboards=project.folder / "dashboards",
        project_dir=project.folder,
        url=superset.url,
        home=superset.home,
        serving=serving,
    )
    push(target)
    yield target
    with compared(target) as state:
        for kind in ("dashboard", "chart", "dataset", "database"):
            for one in state.live.values():
                if one.kind == kind:
                    state.client.delete(f"/api/v1/{kind}/{one.id}")
        state.records.forget(state.code)
