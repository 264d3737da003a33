"""``foretell superset``: a Superset of one's own, started and ended."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from foretell.cli.printed import plain_console
from foretell.dashboards.superset.environment import is_installed
from foretell.dashboards.superset.home import HOME_VARIABLE, SupersetHome
from foretell.dashboards.superset.process import ServerProcess
from foretell.dashboards.superset.server import ADMIN, DEFAULT_PORT, down, is_own, up

app = typer.Typer(no_args_is_help=True, help="Start and end a Superset that shows predictions.")

Home = Annotated[
    Path | None,
    typer.Option(envvar=HOME_VARIABLE, help="Folder of its environment, secrets and logs."),
]


@app.command("up")
def up_command(
    home: Home = None,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = DEFAULT_PORT,
    host: Annotated[
        str, typer.Option(help="Address to listen on; the default admits this machine only.")
    ] = "127.0.0.1",
) -> None:
    """Start Superset; the first time also installs and prepares it."""
    console = plain_console()
    place = SupersetHome.locate(home)
    with console.status("Looking at what is there") as status:

        def say(text: str) -> None:
            console.print(f"  {text}", soft_wrap=True)
            status.update(Text(text))

        started = up(place, host=host, port=port, say=say)
    server = started.server
    verb = "runs already" if started.was_running else "runs"
    console.print(Text.assemble(f"Superset {verb} at ", (server.url, "bold")), soft_wrap=True)
    if started.password:
        login = ("Log in as ", (ADMIN, "bold"), ", password ", (started.password, "bold"))
        console.print(Text.assemble(*login), soft_wrap=True)
        _line(console, f"(shown once; kept in {place.password_file})")
    else:
        _line(console, f"Log in as {ADMIN}; the password is kept in {place.password_file}")


@app.command("down")
def down_command(home: Home = None) -> None:
    """End the Superset that `up` started here, and nothing else."""
    console = plain_console()
    place = SupersetHome.locate(home)
    with console.status("Ending Superset"):
        ended = down(place)
    _line(console, f"Superset at {ended.url} has ended" if ended else "Superset was not running")


@app.command("status")
def status_command(home: Home = None) -> None:
    """Say whether it runs, and where its password and logs are."""
    console = plain_console()
    place = SupersetHome.locate(home)
    server = ServerProcess.load(place.process_file)
    if server is None:
        state = "is installed but not running" if is_installed(place.venv) else "is not installed"
        _line(console, f"Superset {state}. Start it with: foretell superset up")
    else:
        state = "runs" if is_own(place, server) else "was started but does not answer"
        _line(console, f"Superset {state} at {server.url} (process {server.pid})")
    if place.password_file.exists():
        _line(console, f"User      {ADMIN}, password in {place.password_file}")
        _line(console, f"Logs      {place.log}")
        _line(console, f"Packages  {place.venv}")
    raise typer.Exit(0 if server else 3)


@app.command("add-user")
def add_user_command(
    name: Annotated[str, typer.Argument(help="Name to log in with.")],
    role: Annotated[str, typer.Option(help="stakeholder, analyst, Admin or another role.")],
    url: Annotated[
        str | None,
        typer.Option(help="Address of Superset; by default the one that `up` started."),
    ] = None,
    home: Home = None,
) -> None:
    """Make a user with a role.

    The password is asked for, or read from FORETELL_NEW_PASSWORD.
    """
    from foretell.dashboards.superset.access import address_of, credentials
    from foretell.dashboards.superset.client import SupersetClient
    from foretell.dashboards.sync.roles import add_user

    place = SupersetHome.locate(home)
    address = address_of(place, url)
    user, login_password = credentials(place, address)
    password = os.environ.get("FORETELL_NEW_PASSWORD") or typer.prompt(
        f"Password of {name}", hide_input=True, confirmation_prompt=True
    )
    with SupersetClient(address, user=user, password=login_password) as client:
        add_user(client, name, role=role, password=password)
    _line(plain_console(), f"User {name} may log in at {address} as {role}")


def _line(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True)
