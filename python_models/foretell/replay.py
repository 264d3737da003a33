"""Builds a project as of several days, one after the other, in one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from foretell.dbt_command import dbt


def replay(
    project_dir: Path, days: Sequence[date], *, train: bool, say: Callable[[str], None]
) -> None:
    """Run `dbt build` on each day as if it were today, oldest first.

    Parameters
    ----------
    train
        Whether each build trains a challenger, as a project that retrains on schedule does.
    say
        Receives one line per build and one per prediction.

    Raises:
        ForetellError: a build failed; later days are not built.
    """
    dbt(project_dir, "deps")
    for day in sorted(days):
        said = {"FORETELL_TODAY": day.isoformat(), "FORETELL_TRAIN": str(train).lower()}
        started = time.perf_counter()
        nodes = dbt(project_dir, "build", environment=said)
        seconds = time.perf_counter() - started
        say(f"{day}  {len(nodes)} models and tests in {seconds:.0f} s")
        for node in nodes:
            if node.node.config.get("materialized") == "prediction":
                say(f"            {node.node.name}: {node.message}")
