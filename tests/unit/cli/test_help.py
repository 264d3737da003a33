"""Help says each command in one line, and is there at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import typer

import foretell
from foretell.cli import app

FORETELL = Path(sys.executable).parent / "foretell"
#: What only work needs: each takes longer to import than all that help is made of.
HEAVY = {
    *("adbc_driver_manager", "dbt", "duckdb", "great_expectations", "httpx", "importlib.metadata"),
    *("jinja2", "numpy", "pandas", "pydantic", "pyarrow", "rich.markdown", "sklearn", "sqlglot"),
}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "importtime", FORETELL, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True)


def groups() -> list[str]:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    return [name for name, command in commands.items() if hasattr(command, "commands")]


@pytest.mark.parametrize("group", ["", *groups()])
def test_each_command_is_said_in_one_line(group: str) -> None:
    printed = run(*filter(None, [group]), "--help").stdout
    *_, listed = printed.partition("Commands:")
    assert listed.strip()
    assert "..." not in listed


def test_help_imports_only_what_it_prints_with() -> None:
    imported = {line.rpartition("|")[2].strip() for line in run("--help").stderr.splitlines()}
    assert "foretell.cli" in imported
    assert imported & HEAVY == set()


def test_the_version_is_said() -> None:
    assert run("--version").stdout == f"foretell {foretell.__version__}\n"
