"""The real dbt and foretell, in processes forked from one that has done the imports.

A command takes five seconds to import what it needs, and the tests run hundreds.
"""

from __future__ import annotations

import atexit
import importlib
import multiprocessing
import multiprocessing.forkserver
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Where each command begins, as its console script has it.
_PROGRAMS = {"dbt": "dbt.cli.main:cli", "foretell": "foretell.cli:app"}
#: What they import sooner or later. Nothing of it opens a file or starts a thread.
_IMPORTED_ONCE = [
    "babel.dates",
    "daff",
    "dbt.adapters.duckdb",
    "dbt.adapters.duckdb.__version__",
    "dbt.adapters.duckdb.environments.local",
    "dbt.adapters.postgres",
    "dbt.cli.main",
    "dbt.compilation",
    "dbt.parser.sql",
    "dbt.task.build",
    "dbt.task.show",
    "foretell.cli",
    "foretell.client.dbt_command",
    "foretell.dbt_node",
    "foretell.training.train",
    "foretell.validation.gx",
    "foretell.warehouse.dbt_plugin",
    "foretell.warehouse.postgres",
    "google.protobuf.descriptor_pb2",
    "great_expectations",
    "narwhals._pandas_like.namespace",
    "pandas",
    "pydantic.dataclasses",
    "rich.status",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "skops.io",
    "sqlglot.dialects.duckdb",
    "sqlglot.dialects.postgres",
    "sqlparse",
    "warmed",
]
_CONTEXT: Any = None


def run_warm(
    program: str,
    args: Sequence[str],
    *,
    folder: Path,
    environment: dict[str, str],
    timeout: float,
) -> subprocess.CompletedProcess[str]:
    """A command with its own folder and environment, to its end; one text comes back."""
    with tempfile.TemporaryDirectory() as scratch:
        said = Path(scratch) / "said"
        child = context().Process(target=_run, args=(program, [*args], folder, environment, said))
        child.start()
        child.join(timeout)
        if child.is_alive():
            child.kill()
            child.join()
            raise subprocess.TimeoutExpired([program, *args], timeout, said.read_text())
        return subprocess.CompletedProcess([program, *args], child.exitcode, said.read_text())


def context() -> Any:
    global _CONTEXT
    if _CONTEXT is None:
        # Read when the libraries are loaded, so it must be set before them.
        os.environ.setdefault("OMP_NUM_THREADS", "2")
        _CONTEXT = multiprocessing.get_context("forkserver")
        _CONTEXT.set_forkserver_preload(_IMPORTED_ONCE)
        with pytest.MonkeyPatch.context() as environment:
            # Where it finds `warmed`. It ignores what it cannot import.
            environment.setenv("PYTHONPATH", str(Path(__file__).parent))
            multiprocessing.forkserver.ensure_running()
    return _CONTEXT


def _run(
    program: str, args: list[str], folder: Path, environment: dict[str, str], said: Path
) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    output = os.open(said, os.O_WRONLY | os.O_CREAT, 0o600)
    for stream in (1, 2):
        os.dup2(output, stream)
    sys.argv = [program, *args]
    module, _, name = _PROGRAMS[program].partition(":")
    try:
        getattr(importlib.import_module(module), name)()
    finally:
        # A forked process ends without them, and DuckDB would leave its file unfinished.
        atexit._run_exitfuncs()
