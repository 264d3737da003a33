"""dbt, run in this process: builds for a replay, and questions to a project's own target."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

from foretell.errors import ForetellError

#: Nothing on the console; the log file has all.
_SILENT = ("--log-level", "none", "--log-level-file", "debug")


def dbt(
    project_dir: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> list[Any]:
    """Results of the nodes that a dbt command ran.

    Raises:
        ForetellError: it failed; says which nodes and why.
    """
    outcome = _invoke(project_dir, *arguments, environment=environment)
    nodes = getattr(outcome.result, "results", None) or []
    if not outcome.success:
        failed = [
            f"{one.node.name}: {' '.join(str(one.message).split())}"
            for one in nodes
            if one.status in ("error", "fail", "runtime error")
        ]
        why = "; ".join(failed[:3]) or " ".join(str(outcome.exception or "see its log").split())
        log = project_dir / "logs" / "dbt.log"
        raise ForetellError(f"dbt {arguments[0]} failed: {why}. Log: {log}")
    return list(nodes)


def ask(project_dir: Path, sql: str, *, options: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Rows of a query with dbt's `ref`, from the target that dbt would build.

    Parameters
    ----------
    options
        Further options of dbt, such as ``("--target", "prod")``.
    """
    (shown,) = dbt(project_dir, "show", "--inline", sql, "--limit", "-1", *options)
    table = shown.agate_table
    return [dict(zip(table.column_names, row.values(), strict=True)) for row in table.rows]


def names(project_dir: Path, selected: str, *, options: tuple[str, ...] = ()) -> list[str]:
    """Names of the models that a selection of dbt's picks."""
    command = ("ls", "--resource-type", "model", "--output", "name", "--select", selected)
    return sorted(_invoke(project_dir, *command, *options).result or [])


def _invoke(
    project_dir: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> Any:
    from dbt.cli.main import dbtRunner

    if not (project_dir / "dbt_project.yml").is_file():
        raise ForetellError(
            f"{project_dir} is no dbt project: it has no dbt_project.yml. Go to the project's "
            "folder, or name it with --project-dir."
        )
    # A profile's relative paths are relative to where dbt runs.
    with chdir(project_dir), _environment({"DO_NOT_TRACK": "1", **(environment or {})}):
        return dbtRunner().invoke([*_SILENT, *arguments])


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
