"""The demo's history: months of builds, replayed so that outcomes have matured."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb

from foretell.replay import replay
from foretell.warehouse.serving import default_link

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
    serving = default_link(database_of(project_dir))
    reached = _reached(serving)
    days = [day for day in DAYS if reached is None or day > reached]
    if not days and not _changed_since(project_dir, serving):
        say(f"{DAYS[-1]}  built already, nothing has changed since")
        return
    replay(project_dir, days or [DAYS[-1]], train=bool(days), say=say)


def _reached(serving: Path) -> date | None:
    """The day of the newest build that published predictions."""
    if not serving.exists():
        return None
    with duckdb.connect(str(serving.resolve()), read_only=True) as connection:
        tables = {name for (name,) in connection.execute("show tables").fetchall()}
        if "foretell_runs" not in tables:
            return None
        found = connection.execute(
            "select max(today) from foretell_runs where status = 'success'"
        ).fetchone()
    day: date | None = found[0] if found else None
    return day


def _changed_since(project_dir: Path, serving: Path) -> bool:
    published = serving.stat().st_mtime
    sources = (
        path
        for folder in ("models", "macros", "packages", "../expectations")
        for path in (project_dir / folder).rglob("*")
    )
    return any(path.is_file() and path.stat().st_mtime > published for path in sources)
