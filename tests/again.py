"""`make test-again`: the tests that a busy machine could upset, many times, with all cores busy.

One demo and one Superset serve all rounds. Each round is a run of pytest of its own.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
#: Marks of the tests to run: they look at real pages, or have two processes at once.
CHOSEN = "(browser or two_processes) and not prove"


@contextmanager
def demo_in_superset(folder: Path) -> Iterator[dict[str, str]]:
    """What tests read to find a built demo and a Superset that shows it, both in a folder.

    Those that the environment names already are used as they are.
    """
    if {"FORETELL_TEST_DEMO", "FORETELL_TEST_SUPERSET_URL"} <= os.environ.keys():
        yield dict(os.environ)
        return
    for name in ("dbt_project", "expectations"):
        shutil.copytree(
            CHECKOUT / name,
            folder / name,
            symlinks=True,
            ignore=shutil.ignore_patterns("data", "target", "dbt_packages", "logs"),
        )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    venv = CHECKOUT / ".foretell" / "superset" / "venv"
    environment = {
        "FORETELL_SUPERSET_VENV": str(venv),
        **os.environ,
        "FORETELL_SUPERSET_HOME": str(folder / "superset"),
        "FORETELL_TEST_DEMO": str(folder),
        "FORETELL_TEST_SUPERSET_URL": f"http://127.0.0.1:{port}",
    }
    where = ("--project-dir", folder / "dbt_project", "--port", str(port))
    try:
        subprocess.run([BIN / "foretell", "demo", "up", *where], env=environment, check=True)
        yield environment
    finally:
        subprocess.run([BIN / "foretell", "superset", "down"], env=environment, check=True)


@contextmanager
def busy_cores() -> Iterator[None]:
    """Keep every core busy; the processes also end when this one is killed."""
    code = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: sum(range(10**6))"
    busy = [sys.executable, "-c", code]
    # Sessions of their own: Ctrl-C is for this process, which ends them.
    load = [subprocess.Popen(busy, start_new_session=True) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in load:
            process.kill()
            process.wait()


def main() -> int:
    """Run the rounds; stop at the first that fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="rounds (20)")
    times = parser.parse_args().times
    with (
        tempfile.TemporaryDirectory(prefix="foretell-again-") as folder,
        demo_in_superset(Path(folder)) as environment,
        busy_cores(),
    ):
        for number in range(1, times + 1):
            print(f"==> Round {number} of {times}", flush=True)
            started = time.monotonic()
            pytest = [BIN / "pytest", "-x", "-q", "-m", CHOSEN, "--ignore", "tests/prove"]
            done = subprocess.run(pytest, cwd=CHECKOUT, env=environment, check=False)
            if done.returncode != 0:
                print(f"==> Round {number} of {times} failed")
                return done.returncode
            print(f"==> Round {number} was green in {time.monotonic() - started:.0f} s")
    print(f"==> All {times} rounds were green")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
