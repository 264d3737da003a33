"""Which part may know which: the directions that keep the engine open to another warehouse."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import foretell

PACKAGE = Path(foretell.__file__).parent
#: Files that run inside Superset's own process, with Superset's modules.
INSIDE_SUPERSET = PACKAGE / "dashboards" / "superset" / "inside_superset"


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        if "_bundle" not in parts and INSIDE_SUPERSET not in path.parents:
            found[".".join(part for part in parts if part != "__init__")] = path
    return found


def imports(path: Path) -> set[str]:
    """Dotted names that a file imports anywhere, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


MODULES = modules()


def who_imports(name: str) -> set[str]:
    """Modules that import `name` or something inside it."""
    return {
        module
        for module, path in MODULES.items()
        if any(one == name or one.startswith(f"{name}.") for one in imports(path))
    }


def within(module: str, *allowed: str) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in allowed)


def test_the_package_is_read() -> None:
    assert {"foretell", "foretell.run", "foretell.warehouse.duckdb"} <= set(MODULES)
    assert "foretell.warehouse.dbt_plugin" in who_imports("duckdb")


#: What is imported, and who alone may import it.
ALLOWED = {
    "duckdb": (
        "foretell.warehouse",
        "foretell.demo",
        "foretell.dashboards.declared.served",
        "foretell.dashboards.written.columns",
    ),
    "duckdb_engine": ("foretell.validation.connection",),
    "sqlalchemy": ("foretell.validation",),
    "great_expectations": ("foretell.validation",),
    "dbt": ("foretell.warehouse.dbt_plugin", "foretell.dbt_node", "foretell.dbt_command"),
    "typer": ("foretell.cli",),
    "foretell.cli": ("foretell.cli",),
    "foretell.demo": ("foretell.demo", "foretell.cli"),
    "foretell.scaffold": ("foretell.scaffold", "foretell.cli"),
    "foretell.dbt_node": (),
    "foretell.warehouse.duckdb": ("foretell.warehouse",),
    "foretell.warehouse.dbt_plugin": (),
    "foretell.run": ("foretell.dbt_node", "foretell.questions"),
    "foretell.questions": ("foretell.questions", "foretell.dbt_node", "foretell.cli"),
    "foretell.dashboards": ("foretell.dashboards", "foretell.cli", "foretell.demo"),
    "skops": ("foretell.registry.artifact", "foretell.registry.trusted"),
    "pickle": (),
    "joblib": (),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_only_some_may_import(name: str) -> None:
    trespassers = {one for one in who_imports(name) if not within(one, *ALLOWED[name])}
    assert not trespassers


#: Parts, and what they must not reach even through others of the package.
FORBIDDEN = {
    "foretell.training": ["duckdb", "dbt", "foretell.warehouse.duckdb", "foretell.dashboards"],
    "foretell.scoring": ["duckdb", "dbt", "foretell.dashboards", "foretell.publish"],
    "foretell.monitoring": ["duckdb", "dbt", "foretell.dashboards", "foretell.publish"],
    "foretell.validation": ["foretell.training", "foretell.dashboards", "foretell.publish"],
    "foretell.warehouse.protocol": ["duckdb", "foretell.training", "foretell.validation"],
    "foretell.dashboards.declared": [
        f"foretell.dashboards.{one}" for one in ("written", "packed", "superset", "sync", "lineage")
    ],
    "foretell.dashboards.written": [
        f"foretell.dashboards.{one}" for one in ("packed", "superset", "sync", "lineage")
    ],
    "foretell.dashboards.packed": [
        f"foretell.dashboards.{one}" for one in ("superset", "sync", "lineage")
    ],
    "foretell.dashboards.superset": [
        f"foretell.dashboards.{one}" for one in ("written", "packed", "sync", "lineage")
    ],
    "foretell.spec": ["duckdb", "sklearn", "foretell.warehouse", "foretell.request"],
    "foretell.errors": ["foretell.warehouse", "foretell.spec", "pydantic"],
}


@pytest.mark.parametrize("part", FORBIDDEN)
def test_a_part_does_not_know(part: str) -> None:
    known = set().union(*(imports(path) for name, path in MODULES.items() if within(name, part)))
    assert not {one for one in known if within(one, *FORBIDDEN[part])}


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
