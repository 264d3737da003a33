"""dbt, run in this process: builds for a replay, and questions to a project's own target."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

from foretell.errors import ForetellError

#: What the database says of a view of foretell that no build has made.
_NOT_BUILT = re.compile(
    r"(?:Table with name |relation \"[^\"]*)(foretell_(?!store_)\w+)\"? does not exist"
)
#: Nothing on the console; the log file has all.
_SILENT = ("--log-level", "none", "--log-level-file", "debug")


def dbt(
    project_dir: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> list[Any]:
    """Results of the nodes that a dbt command ran.

    Raises
    ------
    ForetellError
        It failed; says which nodes and why.
    """
    outcome = _invoke(project_dir, *arguments, environment=environment)
    nodes = getattr(outcome.result, "results", None) or []
    if not outcome.success:
        failed = [
            f"{node.node.name}: {' '.join(str(node.message).split())}"
            for node in nodes
            if node.status in ("error", "fail", "runtime error")
        ]
        why = "; ".join(failed[:3]) or " ".join(str(outcome.exception or "see its log").split())
        log = project_dir / "logs" / "dbt.log"
        raise ForetellError(f"dbt {arguments[0]} failed: {why}. Log: {log}")
    return list(nodes)


def ask(
    project_dir: Path,
    sql: str,
    *,
    options: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Rows of a query with dbt's `ref`, from the target that dbt would build.

    Parameters
    ----------
    options
        Further options of dbt, such as ``("--target", "prod")``.
    """
    arguments = ("show", "--inline", sql, "--limit", "-1", *options)
    try:
        (result,) = dbt(project_dir, *arguments, environment=environment)
    except ForetellError as error:
        missing = _NOT_BUILT.search(str(error))
        if missing is None:
            raise
        build = " ".join(["dbt build --select package:foretell", *options])
        raise ForetellError(
            f"The view {missing[1]}, which answers this, is not in this target: so far, models "
            f"were built there without those of foretell. Run `{build}` once, and ask again."
        ) from None
    table = result.agate_table
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
    _refuse_partial_builds(arguments[0])
    # A profile's relative paths are relative to where dbt runs.
    variables = {"DO_NOT_TRACK": "1", **(environment or {})}
    with chdir(project_dir), _environment(variables), _command_line(arguments):
        return dbtRunner().invoke([*_SILENT, *arguments])


def _refuse_partial_builds(command: str) -> None:
    """Refuse to run models while the environment has dbt give them no rows, or some.

    What was built would keep nothing, and what was answered would be about a part of the rows.
    """
    if command not in ("build", "run"):
        return
    off = ("", "0", "false", "f", "no", "n", "off")
    for name in ("DBT_SAMPLE", "DBT_EMPTY"):
        value = os.environ.get(name, "")
        if value.lower() not in off:
            raise ForetellError(
                f"{name} is set to `{value}` in the environment, so dbt would give models "
                f"{'a sample of their' if name == 'DBT_SAMPLE' else 'no'} rows, and predictions "
                f"would be checked only. This command needs all rows: run `unset {name}` and try "
                "again."
            )


@contextmanager
def _command_line(arguments: Sequence[str]) -> Iterator[None]:
    """dbt logs the command line of the process: let it be dbt's, not ours, which may name whom
    `foretell forget` is to forget.
    """
    before = sys.argv
    sys.argv = ["dbt", *arguments]
    try:
        yield
    finally:
        sys.argv = before


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
