"""Builds a project as of several days, one after the other, in one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from foretell.client.dbt_command import ask, dbt
from foretell.project_file import ProjectFile, read_project_file
from foretell.warehouse.serving import newest_day


@dataclass(frozen=True)
class LastBuild:
    """The day of the newest build that published predictions, and when it did, in Unix time."""

    day: date | None
    published: float

    @classmethod
    def of_copy(cls, serving: Path) -> LastBuild | None:
        """By the link that builds swing; None before the first."""
        return cls(newest_day(serving), serving.stat().st_mtime) if serving.exists() else None

    @classmethod
    def of_warehouse(cls, project_dir: Path) -> LastBuild | None:
        """By the target that dbt would build, which has no serving copy; None before the first."""
        dbt(project_dir, "deps")
        (row,) = ask(project_dir, "{{ foretell.last_published() }}")
        if row["day"] is None:
            return None
        published = datetime.fromisoformat(row["published"]).replace(tzinfo=UTC)
        return cls(date.fromisoformat(row["day"]), published.timestamp())


def replay(
    project_dir: Path, days: Sequence[date], *, train: bool, say: Callable[[str], None]
) -> None:
    """Run `dbt build` on each day as if it were today, oldest first.

    Parameters
    ----------
    days
        Dates, or instants in UTC.
    train
        Whether each build trains a challenger, as a project that retrains on schedule does.
    say
        Receives one line per build and one per prediction.

    Raises
    ------
    ForetellError
        A build failed; later days are not built.
    """
    dbt(project_dir, "deps")
    for day in sorted(days):
        instant = f"{day:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
        environment = {"FORETELL_TODAY": instant, "FORETELL_TRAIN": str(train).lower()}
        started = time.perf_counter()
        nodes = dbt(project_dir, "build", environment=environment)
        seconds = time.perf_counter() - started
        say(f"{instant}  {len(nodes)} models and tests in {seconds:.0f} s")
        for node in nodes:
            if node.node.config.get("materialized") == "prediction":
                say(f"            {node.node.name}: {node.message}")


def replay_missing(
    project_dir: Path,
    days: Sequence[date],
    *,
    built: LastBuild | None,
    train: bool,
    say: Callable[[str], None],
) -> None:
    """Replay the days after the last that was built; if none is left, the last one anew where a
    file of the project is newer than its build.

    Parameters
    ----------
    built
        The last build; None before the first.
    """
    newest = built.day if built else None
    missing = [day for day in days if newest is None or f"{day:%Y-%m-%d}" > f"{newest}"]
    if missing:
        replay(project_dir, missing, train=train, say=say)
    elif built and _changed_since(built, read_project_file(project_dir)):
        replay(project_dir, [max(days)], train=False, say=say)
    else:
        say(f"{max(days):%Y-%m-%d}  built already, nothing has changed since")


def _changed_since(built: LastBuild, project: ProjectFile) -> bool:
    files = (path for folder in project.sources for path in folder.rglob("*"))
    return any(path.is_file() and path.stat().st_mtime > built.published for path in files)
