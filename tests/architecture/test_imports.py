"""Importing foretell reads no file, connects to nothing and costs little.

Which part may import which is held by the contracts in pyproject.toml, with `make lint`.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"great_expectations", "sklearn", "dbt", "pandas", "skops", "superset"}


@pytest.mark.parametrize(
    ("module", "heavy"),
    [("foretell", HEAVY | {"duckdb", "numpy", "httpx"}), ("foretell.cli", HEAVY)],
)
def test_importing_connects_to_nothing_and_is_light(module: str, heavy: set[str]) -> None:
    code = (
        "import sys\n"
        "def refuse(event, args):\n"
        "    assert not event.startswith(('socket.connect', 'sqlite3', 'subprocess')), event\n"
        "sys.addaudithook(refuse)\n"
        f"import {module}\n"
        "print(*sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "foretell" in loaded
    assert not loaded & heavy
