"""``foretell demo``: the grocery demo, from raw data to dashboards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from foretell.cli.printed import plain_console

app = typer.Typer(no_args_is_help=True, help="The grocery demo: real data, four months of builds.")

ProjectDir = Annotated[Path, typer.Option(help="The demo's dbt project.")]
_DEFAULT = Path("dbt_project")


@app.callback()
def on_postgres_if_chosen() -> None:
    """The grocery demo: real data, four months of builds.

    On DuckDB, or on the Postgres database that FORETELL_DEMO_POSTGRES names:
    postgresql://user:password@host:5432/database.
    """
    from foretell.demo.postgres import read_variable

    read_variable()


@app.command("load")
def load_command(project_dir: ProjectDir = _DEFAULT) -> None:
    """Load the Complete Journey data into the schema `raw`."""
    from foretell.demo.build import database_of
    from foretell.demo.load import load_raw
    from foretell.demo.postgres import address, is_chosen

    if is_chosen():
        from foretell.demo.load_postgres import load_raw_into_postgres

        load_raw_into_postgres(address(), console=plain_console())
        return
    load_raw(database_of(project_dir), console=plain_console())


@app.command("build")
def build_command(project_dir: ProjectDir = _DEFAULT) -> None:
    """Replay dbt build as of six days, so that there is a history."""
    from foretell.demo.build import build_history

    console = plain_console()
    with console.status("dbt build, first day"):
        build_history(project_dir, say=lambda text: console.print(f"  {text}", soft_wrap=True))


@app.command("up")
def up_command(
    project_dir: ProjectDir = _DEFAULT,
    port: Annotated[int, typer.Option(help="Port of Superset.")] = 8088,
) -> None:
    """Do all of it: load, build, start Superset, bring dashboards in.

    It is safe to repeat.

    On DuckDB; FORETELL_DEMO_POSTGRES=postgresql://user:password@host:5432/database puts it there.
    """
    from foretell.cli.dashboards import push_command
    from foretell.cli.superset import up_command as superset_up

    console = plain_console()
    steps: list[tuple[str, Callable[[], None]]] = [
        ("Loading the data", lambda: load_command(project_dir)),
        ("Building as of six days of 2017", lambda: build_command(project_dir)),
        ("Starting Superset", lambda: superset_up(port=port)),
        ("Bringing the dashboards in", lambda: push_command(project_dir=project_dir)),
    ]
    for title, step in steps:
        console.print(f"==> {title}", style="bold")
        step()
