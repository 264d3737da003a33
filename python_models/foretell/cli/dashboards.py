"""``foretell dashboards``: dashboards written as YAML, brought into Superset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from foretell.dashboards.home import HOME_VARIABLE, SupersetHome
from foretell.dashboards.process import ServerProcess
from foretell.dashboards.server import DEFAULT_PORT

app = typer.Typer(no_args_is_help=True, help="Bring dashboards written as YAML into Superset.")


@app.callback()
def main() -> None:
    """Keep `push` a subcommand while it is the only one."""


@app.command("push")
def push_command(
    project_dir: Annotated[Path, typer.Option(help="The dbt project.")] = Path("dbt_project"),
    dashboards: Annotated[Path, typer.Option(help="The folder of dashboards.")] = Path(
        "dashboards"
    ),
    url: Annotated[
        str | None,
        typer.Option(help="Address of Superset; by default the one that `superset up` started."),
    ] = None,
    serving: Annotated[
        Path | None,
        typer.Option(
            envvar="FORETELL_SERVING", help="Serving file; by default what database.yaml says."
        ),
    ] = None,
    home: Annotated[
        Path | None, typer.Option(envvar=HOME_VARIABLE, help="Superset's home.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Import even what is unchanged.")] = False,
) -> None:
    """Import all dashboards; edits made in Superset are overwritten when something changed."""
    from foretell.dashboards.push import push

    console = Console()
    place = SupersetHome.locate(home)
    if url is None:
        server = ServerProcess.load(place.process_file)
        url = server.url if server else f"http://127.0.0.1:{DEFAULT_PORT}"
    with console.status("Checking and importing dashboards"):
        done = push(
            dashboards=dashboards,
            project_dir=project_dir,
            url=url,
            home=place,
            serving=serving,
            force=force,
        )
    state = f"imported with {done.charts} charts" if done.changed else "unchanged"
    for address in done.addresses:
        console.print(f"{address}  {state}", highlight=False, soft_wrap=True)
