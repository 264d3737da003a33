"""Builds a project as of several days, one after the other, in one process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from foretell.errors import ForetellError


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
    from dbt.cli.main import dbtRunner

    silent = ["--log-level", "none"]
    # A profile's relative paths are relative to where dbt runs.
    with chdir(project_dir), _environment({"DO_NOT_TRACK": "1"}):
        _check(dbtRunner().invoke([*silent, "deps"]), "dbt deps", project_dir)
        for day in sorted(days):
            said = {"FORETELL_TODAY": day.isoformat(), "FORETELL_TRAIN": str(train).lower()}
            started = time.perf_counter()
            with _environment(said):
                outcome = dbtRunner().invoke([*silent, "build"])
            _check(outcome, f"dbt build as of {day}", project_dir)
            nodes: list[Any] = list(outcome.result)  # type: ignore[arg-type]
            seconds = time.perf_counter() - started
            say(f"{day}  {len(nodes)} models and tests in {seconds:.0f} s")
            for node in nodes:
                if node.node.config.get("materialized") == "prediction":
                    say(f"            {node.node.name}: {node.message}")


def _check(outcome: Any, what: str, project_dir: Path) -> None:
    if outcome.success:
        return
    failed = [
        f"{node.node.name}: {' '.join(str(node.message).split())}"
        for node in (getattr(outcome.result, "results", None) or [])
        if node.status in ("error", "fail", "runtime error")
    ]
    reason = "; ".join(failed[:3]) or str(outcome.exception or "see its log")
    raise ForetellError(f"{what} failed: {reason}. Log: {project_dir / 'logs' / 'dbt.log'}")


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
