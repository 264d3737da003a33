"""Tests run in a copy of the checkout, each job in a process forked from one that has the imports.

`python warm_copy.py` in a copy reads a job a line and answers each with a line. The process imports
other libraries only: what is mutated is imported by the forked process, after the mutation.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import shutil
import signal
import sys
import time
from multiprocessing import util
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[2]
#: Beside what the commands import.
_FOR_TESTS = (
    *("duckdb", "hypothesis", "numpy.testing", "pyarrow.compute", "pyarrow.parquet", "pytest"),
    *("scipy.stats", "sklearn.calibration", "sklearn.pipeline", "sqlglot", "xdist"),
)


def main() -> None:
    """Answer jobs until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    log = os.open(".mutants/log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    sys.path[:0] = [str(TESTS), str(TESTS / "prove")]
    import warm

    for name in (*warm._IMPORTED_ONCE, *_FOR_TESTS):
        if not name.startswith("foretell"):
            importlib.import_module(name)
    assert "foretell" not in sys.modules
    for line in sys.stdin:
        os.ftruncate(log, 0)
        os.lseek(log, 0, os.SEEK_SET)
        print(json.dumps(_in_fork(json.loads(line))), file=answers, flush=True)


def _in_fork(job: dict[str, Any]) -> dict[str, Any]:
    """What a job's process left: how it ended, and the first test that failed."""
    answer = Path(".mutants/answer")
    answer.unlink(missing_ok=True)
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            resource.setrlimit(resource.RLIMIT_CPU, (job["cpu"], job["cpu"] + 5))
            _run(job, answer)
        finally:
            os._exit(0)
    ended, status, usage = 0, 0, None
    while not ended and time.monotonic() - began < job["wall"]:
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        time.sleep(0.01)
    for _ in range(1 if ended else 2):
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            break
        if not ended:
            ended, status, usage = os.wait4(pid, 0)
    shutil.rmtree(".mutants/tmp", ignore_errors=True)
    found = json.loads(answer.read_text()) if answer.exists() else {"outcome": "ended", "by": ""}
    assert usage is not None
    cpu = usage.ru_utime + usage.ru_stime
    return found | {"status": status, "cpu": cpu, "wall": time.monotonic() - began}


def _start_commands(record: Path | None) -> None:
    """The process that `warm.py` forks commands from, forked from this one and not begun anew."""
    import warm

    def fork(_: bytes, args: list[str], kept: list[int]) -> int:
        pid = os.fork()
        if pid == 0:
            try:
                if record:
                    from mutants.by_test import InForks

                    in_forks = InForks(record)
                exec(args[-1], {})
                del in_forks
            finally:
                os._exit(0)
        return pid

    usual = util.spawnv_passfds
    util.spawnv_passfds = fork
    warm.context()
    util.spawnv_passfds = usual


def _run(job: dict[str, Any], answer: Path) -> None:
    import pytest

    failed: list[str] = []

    class First:
        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.failed:
                failed.append(report.nodeid)

        def pytest_collectreport(self, report: pytest.CollectReport) -> None:
            if report.failed:
                failed.append(report.nodeid)

    if job["commands"]:
        _start_commands(Path(job["record"]).resolve() if job["record"] else None)
    plugins: list[Any] = [First()]
    if job["record"]:
        from mutants.by_test import ByTest

        plugins.append(ByTest(Path(job["record"]).resolve()))
    else:
        job["tests"] = ["-x", *job["tests"]]
    options = ["-q", "--basetemp=.mutants/tmp", "-p", "no:cacheprovider", "-p", "no:xdist"]
    code = pytest.main([*options, *job["tests"]], plugins=plugins)
    outcomes = {0: "passed", 1: "failed", 2: "not importable"}
    outcome = outcomes.get(int(code), f"pytest ended with {int(code)}")
    answer.write_text(json.dumps({"outcome": outcome, "by": failed[0] if failed else ""}))


if __name__ == "__main__":
    main()
