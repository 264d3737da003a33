"""foretell's query, compiled by dbt from the project in benchmarks/shop."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from foretell.resources import dbt_package_dir

SHOP = Path(__file__).parent / "shop"


def compile_joined(folder: Path) -> Path:
    """The file with the compiled query of the model `joined`; it reads shop.main.

    Raises
    ------
    RuntimeError
        Dbt failed; the message holds what it printed.
    """
    project = folder / "shop"
    shutil.copytree(SHOP, project)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DBT_")}
    for command in (["deps"], ["compile", "--select", "joined"]):
        done = subprocess.run(  # noqa: S603
            [Path(sys.executable).with_name("dbt"), *command],
            cwd=project,
            env=kept | {"FORETELL_DBT_PACKAGE": str(dbt_package_dir()), "DO_NOT_TRACK": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"dbt {' '.join(command)} failed:\n{done.stdout}")
    return project / "target" / "compiled" / "shop" / "models" / "joined.sql"
