"""The real dbt, in a process forked from one that has done the imports: they take seconds."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What a build imports sooner or later. Nothing of it opens a file or starts a thread.
_IMPORTED_ONCE = [
    "dbt.adapters.duckdb",
    "dbt.cli.main",
    "foretell.dbt_node",
    "foretell.validation.gx",
    "foretell.warehouse.dbt_plugin",
    "great_expectations",
    "pandas",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "skops.io",
]
_CONTEXT: Any = None


def run_dbt(
    args: Sequence[str], *, folder: Path, environment: dict[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """``dbt`` with its own working directory and environment, to its end; one text comes back."""
    with tempfile.TemporaryDirectory() as scratch:
        said = Path(scratch) / "said"
        child = _context().Process(target=_run, args=(list(args), folder, environment, said))
        child.start()
        child.join(timeout)
        if child.is_alive():
            child.kill()
            child.join()
            raise subprocess.TimeoutExpired(["dbt", *args], timeout, said.read_text())
        return subprocess.CompletedProcess(["dbt", *args], child.exitcode or 0, said.read_text())


def _context() -> Any:
    global _CONTEXT
    if _CONTEXT is None:
        # Read when the libraries are loaded, so it must be set before them.
        os.environ.setdefault("OMP_NUM_THREADS", "2")
        _CONTEXT = multiprocessing.get_context("forkserver")
        _CONTEXT.set_forkserver_preload(_IMPORTED_ONCE)
    return _CONTEXT


def _run(args: list[str], folder: Path, environment: dict[str, str], said: Path) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    output = os.open(said, os.O_WRONLY | os.O_CREAT, 0o600)
    for stream in (1, 2):
        os.dup2(output, stream)
    sys.argv = ["dbt", *args]
    from dbt.cli.main import cli

    cli()
