"""The demo's history: months of builds, replayed so that outcomes have matured."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

from foretell.client.replay import LastBuild, replay_missing
from foretell.demo.postgres import is_chosen
from foretell.warehouse.serving import present_link

#: Every 28 days, as the spine; the data end with 2017.
DAYS = (
    date(2017, 8, 14),
    date(2017, 9, 11),
    date(2017, 10, 9),
    date(2017, 11, 6),
    date(2017, 12, 4),
    date(2018, 1, 1),
)


def database_of(project_dir: Path) -> Path:
    """The demo's warehouse file, as its profile says."""
    return project_dir / os.environ.get("FORETELL_DEMO_DATABASE", "data/grocery.duckdb")


def build_history(project_dir: Path, *, say: Callable[[str], None]) -> None:
    """Replay the days that were not built yet; the last one anew if the project has changed."""
    built = (
        LastBuild.of_warehouse(project_dir)
        if is_chosen()
        else LastBuild.of_copy(present_link(database_of(project_dir)))
    )
    replay_missing(project_dir, DAYS, built=built, train=True, say=say)
