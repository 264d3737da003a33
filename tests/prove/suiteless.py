"""The demo without a suite: only what gates learn and make of the specs can stop it."""

from __future__ import annotations

import shutil
from pathlib import Path

from project import Project

_CHECKOUT = Path(__file__).parents[2]


def suiteless_demo(folder: Path) -> Project:
    """A copy of the demo's dbt project with its data loaded and nothing built."""
    unwanted = ("data", "target", "dbt_packages", "logs")
    shutil.copytree(
        _CHECKOUT / "dbt_project", folder, symlinks=True, ignore=shutil.ignore_patterns(*unwanted)
    )
    project = Project(folder, folder / "data/grocery.duckdb")
    loaded = project.foretell("demo", "load", "--project-dir", str(folder), today=None, timeout=900)
    assert loaded.returncode == 0, loaded.stdout
    ready = project.dbt("deps")
    assert ready.returncode == 0, ready.stdout
    return project
