"""The checkout, and copies of it in which code may be changed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def copy_checkout(folder: Path) -> None:
    """Copy what git would commit, as it is now, and install it there.

    What imports foretell follows the editable install, children of tests and dbt among them: a copy
    has an environment of its own.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (source := CHECKOUT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    # Tests ask git which files it would stage.
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    subprocess.run(["make", "install"], cwd=folder, check=True, capture_output=True)
