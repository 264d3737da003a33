"""`make test-again`: the tests that a busy machine could upset, many times, with all cores busy.

Rounds run side by side, one more than there are cores, so that what keeps a core busy is another
round. One built demo serves all; each place for rounds has a Superset of its own, and each round
is a run of pytest of its own.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
#: Marks of the tests to run: they look at real pages, or have two processes at once.
CHOSEN = "(browser or two_processes) and not prove"
#: A round waits for pages and servers now and then, so that one core would idle without one more.
SIDE_BY_SIDE = (os.cpu_count() or 1) + 1


def build_demo(folder: Path) -> None:
    """Load and build the demo in a folder; tests read it or copy it."""
    for name in ("dbt_project", "expectations"):
        shutil.copytree(
            CHECKOUT / name,
            folder / name,
            symlinks=True,
            ignore=shutil.ignore_patterns("data", "target", "dbt_packages", "logs"),
        )
    for step in ("load", "build"):
        where = ("--project-dir", folder / "dbt_project")
        subprocess.run([BIN / "foretell", "demo", step, *where], check=True)


@contextmanager
def superset_for(demo: Path, home: Path) -> Iterator[dict[str, str]]:
    """A running Superset; yields the environment by which tests find it and the demo."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "FORETELL_SUPERSET_VENV": str(CHECKOUT / ".foretell" / "superset" / "venv"),
        **os.environ,
        "FORETELL_SUPERSET_HOME": str(home),
        "FORETELL_TEST_DEMO": str(demo),
        "FORETELL_TEST_SUPERSET_URL": f"http://127.0.0.1:{port}",
    }
    command = [BIN / "foretell", "superset"]
    try:
        subprocess.run([*command, "up", "--port", str(port)], env=environment, check=True)
        yield environment
    finally:
        subprocess.run([*command, "down"], env=environment, check=True)


class Rounds:
    """Rounds of the chosen tests; the first that fails ends all."""

    def __init__(self, times: int, folder: Path) -> None:
        self.times = times
        self.folder = folder
        self.begun = 0
        self.failed = False
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()

    def run_in(self, environment: dict[str, str]) -> None:
        """Run one round after the other with a Superset, until all are begun or one failed."""
        pytest = [BIN / "pytest", "-x", "-q", "-m", CHOSEN, "--ignore", "tests/prove"]
        while True:
            with self._lock:
                if self.failed or self.begun == self.times:
                    return
                self.begun += 1
                number = self.begun
                print(f"==> Round {number} of {self.times} begins", flush=True)
                started = time.monotonic()
                scratch = self.folder / f"round_{number}"
                # A session of its own, which ends with all that it started.
                tests = subprocess.Popen(
                    [*pytest, "--basetemp", scratch],
                    cwd=CHECKOUT,
                    env=environment,
                    text=True,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                self._running.add(tests)
            printed, _ = tests.communicate()
            shutil.rmtree(scratch, ignore_errors=True)
            with self._lock:
                self._running.discard(tests)
                if tests.returncode == 0:
                    last = printed.strip().splitlines()[-1]
                    took = time.monotonic() - started
                    print(f"==> Round {number} was green in {took:.0f} s: {last}", flush=True)
                elif not self.failed:
                    self.failed = True
                    print(f"{printed}\n==> Round {number} of {self.times} failed", flush=True)
                    self._end_others()

    def end(self) -> None:
        """End all rounds, as after Ctrl-C."""
        with self._lock:
            self.failed = True
            self._end_others()

    def _end_others(self) -> None:
        for tests in self._running:
            os.killpg(tests.pid, signal.SIGINT)


def main() -> int:
    """Run the rounds; stop at the first that fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="rounds (20)")
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory(prefix="foretell-again-") as name, ExitStack() as homes:
        folder = Path(name)
        build_demo(folder / "demo")
        rounds = Rounds(times, folder)
        places = [
            homes.enter_context(superset_for(folder / "demo", folder / f"superset_{number}"))
            for number in range(1, min(times, SIDE_BY_SIDE) + 1)
        ]
        with ThreadPoolExecutor(len(places)) as pool:
            try:
                # What a round raised is raised here.
                list(pool.map(rounds.run_in, places))
            except KeyboardInterrupt:
                rounds.end()
                raise
    if rounds.failed:
        return 1
    print(f"==> All {times} rounds were green")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
