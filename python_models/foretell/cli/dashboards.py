"""``foretell dashboards``: dashboards written as YAML, kept in step with Superset, both ways."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from foretell.cli.printed import plain_console
from foretell.dashboards.superset.home import HOME_VARIABLE, SupersetHome

if TYPE_CHECKING:
    from foretell.dashboards.sync.session import Target

app = typer.Typer(
    no_args_is_help=True, help="Keep dashboards written as YAML and Superset in step."
)

Names = Annotated[
    list[str] | None,
    typer.Argument(help="Only these, for example business_overview/sales_by_day."),
]
ProjectDir = Annotated[Path, typer.Option(help="The dbt project.")]
Dashboards = Annotated[
    Path | None,
    typer.Option(help="The folder of dashboards; default: the var foretell_dashboards."),
]
Url = Annotated[
    str | None,
    typer.Option(help="Address of Superset; by default the one that `superset up` started."),
]
Serving = Annotated[
    Path | None,
    typer.Option(
        envvar="FORETELL_SERVING", help="Serving file; by default what database.yaml says."
    ),
]
Home = Annotated[Path | None, typer.Option(envvar=HOME_VARIABLE, help="Superset's home.")]
_PROJECT_DIR = Path()


@app.command("push")
def push_command(
    names: Names = None,
    project_dir: ProjectDir = _PROJECT_DIR,
    dashboards: Dashboards = None,
    url: Url = None,
    serving: Serving = None,
    home: Home = None,
    ours: Annotated[
        bool, typer.Option("--ours", help="Overwrite what was edited in Superset.")
    ] = False,
    theirs: Annotated[
        bool, typer.Option("--theirs", help="Keep what was edited in Superset, and ask no more.")
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Delete from Superset what the code no longer has.")
    ] = False,
) -> None:
    """Send what changed; edits made in Superset are reported.

    They are never overwritten unasked.
    """
    from foretell.cli.dashboards_report import say_pushed
    from foretell.dashboards.sync.push import push
    from foretell.dashboards.sync.session import Choice

    if ours and theirs:
        raise typer.BadParameter("--ours and --theirs are opposites: choose one.")
    console = plain_console()
    choice = Choice(ours=ours, theirs=theirs, remove=remove, names=tuple(names or ()))
    with console.status("Checking, comparing and sending dashboards"):
        pushed = push(_target(project_dir, dashboards, url, serving, home), choice)
    say_pushed(console, pushed)
    _say_stale(console, project_dir)


@app.command("diff")
def diff_command(
    names: Names = None,
    project_dir: ProjectDir = _PROJECT_DIR,
    dashboards: Dashboards = None,
    url: Url = None,
    serving: Serving = None,
    home: Home = None,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 when something differs.")
    ] = False,
) -> None:
    """Show what a push would send, and what was edited in Superset.

    Nothing is changed.
    """
    from foretell.cli.dashboards_report import say_diff
    from foretell.dashboards.sync.session import diff

    console = plain_console()
    with console.status("Comparing dashboards"):
        differences = diff(_target(project_dir, dashboards, url, serving, home), tuple(names or ()))
    say_diff(console, differences)
    raise typer.Exit(1 if check and differences.verdicts else 0)


@app.command("pull")
def pull_command(
    names: Names = None,
    project_dir: ProjectDir = _PROJECT_DIR,
    dashboards: Dashboards = None,
    url: Url = None,
    serving: Serving = None,
    home: Home = None,
) -> None:
    """Write what was edited in Superset into the YAML files.

    Nothing is changed in Superset.
    """
    from foretell.cli.dashboards_report import say_pulled
    from foretell.dashboards.sync.pull import pull

    console = plain_console()
    with console.status("Reading what was edited"):
        pulled = pull(_target(project_dir, dashboards, url, serving, home), tuple(names or ()))
    say_pulled(console, pulled)


@app.command("exposures")
def exposures_command(
    project_dir: ProjectDir = _PROJECT_DIR,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 when the file is stale.")
    ] = False,
) -> None:
    """Write the dashboards as dbt exposures.

    They are put in models/exposures/_foretell_dashboards.yml.

    Then `dbt ls --select +exposure:business_overview` lists all that the dashboard is made of.
    Parses the project first, without the old file, so that a model that is gone is no obstacle.
    """
    from foretell.client.dbt_command import dbt
    from foretell.dashboards.declared.manifest import read_manifest
    from foretell.dashboards.lineage.exposures import exposures_file, exposures_text
    from foretell.project_file import read_project_file

    console = plain_console()
    project = read_project_file(project_dir.resolve())
    file = exposures_file(project)
    before = file.read_text(encoding="utf-8") if file.exists() else None
    text = before
    try:
        with console.status("Parsing the dbt project"):
            file.unlink(missing_ok=True)
            dbt(project.folder, "parse")
        text = exposures_text(read_manifest(project.folder), project)
    finally:
        content = before if check else text
        if content is not None:
            file.parent.mkdir(exist_ok=True)
            file.write_text(content, encoding="utf-8")
    path = file.relative_to(project.folder)
    if text == before:
        console.print(f"{path} is up to date")
        return
    if check:
        console.print(f"{path} is out of date: foretell dashboards exposures")
        raise typer.Exit(1)
    console.print(f"Wrote {path}")


def _say_stale(console: Console, project_dir: Path) -> None:
    from foretell.dashboards.declared.manifest import read_manifest
    from foretell.dashboards.lineage.exposures import exposures_file, is_stale
    from foretell.project_file import read_project_file

    project = read_project_file(project_dir)
    if is_stale(read_manifest(project_dir), project):
        console.print(
            f"{exposures_file(project)} no longer says what these dashboards read. To write it "
            "anew: foretell dashboards exposures",
            soft_wrap=True,
        )


def _target(
    project_dir: Path,
    dashboards: Path | None,
    url: str | None,
    serving: Path | None,
    home: Path | None,
) -> Target:
    from foretell.dashboards.sync.session import Target
    from foretell.project_file import read_project_file

    place = SupersetHome.locate(home)
    folder = dashboards or read_project_file(project_dir).dashboards
    return Target(folder, project_dir, url, place, serving)
