"""The command ``foretell``: one file per group of commands."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

import foretell
from foretell.errors import ForetellError


class _Commands(typer.core.TyperGroup):
    """Prints an expected refusal as one paragraph and exits with 1."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except ForetellError as error:
            message = Text.assemble(("foretell:", "bold red"), f" {error}")
            Console(stderr=True).print(message, soft_wrap=True)
            sys.exit(1)


app = typer.Typer(
    cls=_Commands,
    name="foretell",
    no_args_is_help=True,
    # Plain, since Rich's panels would take longer to import than all else that help needs.
    rich_markup_mode=None,
    pretty_exceptions_show_locals=False,
)


def _say_version(is_asked: bool) -> None:
    if is_asked:
        print(f"foretell {foretell.__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Predictions as dbt models. `dbt build` makes them; this command answers questions."""


def dbt_package_command() -> None:
    """Print the folder of the dbt package, for packages.yml."""
    from foretell.resources import dbt_package_dir

    print(dbt_package_dir())


def _register() -> None:
    from foretell.cli import dashboards, demo, new, registry, superset
    from foretell.cli.diff import diff_command
    from foretell.cli.explain import explain_command
    from foretell.cli.features import features_command
    from foretell.cli.forget import forget_command
    from foretell.cli.gates import accept_command, gates_command, profile_command
    from foretell.cli.impact import impact_command
    from foretell.cli.plan import plan_command
    from foretell.cli.replay import replay_command

    app.command("plan")(plan_command)
    app.command("features")(features_command)
    app.command("gates")(gates_command)
    app.command("explain")(explain_command)
    app.command("history")(registry.history_command)
    app.command("show")(registry.show_command)
    app.command("diff")(diff_command)
    app.command("impact")(impact_command)
    app.command("profile")(profile_command)
    app.command("accept")(accept_command)
    app.command("promote")(registry.promote_command)
    app.command("rollback")(registry.rollback_command)
    app.command("sign")(registry.sign_command)
    app.command("replay")(replay_command)
    app.command("forget")(forget_command)
    app.command("dbt-package")(dbt_package_command)
    app.add_typer(new.app, name="new")
    app.add_typer(demo.app, name="demo")
    app.add_typer(superset.app, name="superset")
    app.add_typer(dashboards.app, name="dashboards")


_register()
