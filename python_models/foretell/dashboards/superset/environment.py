"""Superset's own Python environment: pinned by hash, made by uv, completed if interrupted."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from typing import TYPE_CHECKING

from foretell.errors import SupersetError
from foretell.resources import resource_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_STAMP = "foretell-lock.sha256"


def lock_file() -> Path:
    """The shipped list of pinned packages."""
    return resource_dir("requirements") / "superset.txt"


def lock_hash() -> str:
    """SHA-256 of the lock: a changed lock means a new environment."""
    return hashlib.sha256(lock_file().read_bytes()).hexdigest()


def is_installed(venv: Path) -> bool:
    """Whether ``venv`` holds exactly what the lock says."""
    stamp = venv / _STAMP
    return stamp.exists() and stamp.read_text().strip() == lock_hash()


def install(venv: Path, log: Path, say: Callable[[str], None]) -> None:
    """Make ``venv`` from the lock, unless it is there already.

    The stamp is written last, so an interrupted installation is simply made again; what was
    downloaded stays in uv's cache.

    Raises
    ------
    SupersetError
        Uv is missing, the folder is something else, or uv failed.
    """
    if is_installed(venv):
        return
    if importlib.util.find_spec("uv") is None:
        raise SupersetError(
            "Superset is installed by uv, which this environment does not have. Install it "
            "with: pip install 'foretell[superset]'"
        )
    if venv.exists() and any(venv.iterdir()) and not (venv / "pyvenv.cfg").exists():
        raise SupersetError(
            f"{venv} is not a Python environment and is not empty, so nothing was installed "
            "there. Name another folder in FORETELL_SUPERSET_VENV, or empty it yourself."
        )
    venv.parent.mkdir(parents=True, exist_ok=True)
    # uv empties the folder itself, and a file beside it would lie among the user's own.
    with _locked(venv.parent):
        if is_installed(venv):  # by another home, while this one waited
            return
        say(f"Installing Superset into {venv} (700 MB, once)")
        # Superset supports no newer Python; uv then looks for one on this machine.
        python = sys.executable if sys.version_info < (3, 13) else ">=3.11,<3.13"
        _uv(["venv", "--clear", "--quiet", "--python", python, str(venv)], log)
        _uv(
            [
                *("pip", "install", "--python", str(venv / "bin" / "python")),
                *("--no-deps", "--require-hashes", "-r", str(lock_file())),
            ],
            log,
        )
        (venv / _STAMP).write_text(lock_hash() + "\n")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        flock(handle, LOCK_EX)
        yield
    finally:
        os.close(handle)


def _uv(arguments: list[str], log: Path) -> None:
    with log.open("ab") as output:
        process = subprocess.run(  # noqa: S603 - our own arguments, no shell
            [sys.executable, "-m", "uv", *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if process.returncode:
        raise SupersetError(
            f"`uv {' '.join(arguments[:2])}` failed while installing Superset:\n"
            f"{last_lines(log)}\nThe whole log is {log}. Nothing is half done: run the command "
            "again when the cause is gone."
        )


def last_lines(log: Path, count: int = 8) -> str:
    """End of a log, for an error message."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
