"""dbt and foretell as commands, with nothing of the caller's own dbt settings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from foretell.resources import dbt_package_dir


class BuildError(RuntimeError):
    """dbt or foretell stopped; the message holds what it printed."""


def dbt(folder: Path, *said: str, today: str | None = None, threads: int = 2) -> None:
    """Run dbt to its end.

    Raises
    ------
    BuildError
        It failed.
    """
    _run(folder, "dbt", said, today, threads)


def foretell(folder: Path, *said: str) -> None:
    """Run the command `foretell` to its end.

    Raises
    ------
    BuildError
        It failed.
    """
    _run(folder, "foretell", said, None, 2)


def _run(
    folder: Path, program: str, said: tuple[str, ...], today: str | None, threads: int
) -> None:
    ours = ("DBT_", "FORETELL_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    kept |= {
        "FORETELL_DBT_PACKAGE": str(dbt_package_dir()),
        "DO_NOT_TRACK": "1",
        "DBT_USE_COLORS": "false",
        "DBT_PRINTER_WIDTH": "200",
        "OMP_NUM_THREADS": str(threads),
        # On a busy machine threads that wait by spinning make a fit take minutes.
        "OMP_WAIT_POLICY": "passive",
    }
    done = subprocess.run(  # noqa: S603
        [Path(sys.executable).with_name(program), *said],
        cwd=folder,
        env=kept | ({"FORETELL_TODAY": today} if today else {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BuildError(f"{program} {' '.join(said)} failed:\n{done.stdout}")
