"""``foretell new``: the files of something new, written so that they pass as they are."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from foretell.cli.printed import plain_console
from foretell.errors import ScaffoldError
from foretell.scaffold import names
from foretell.scaffold.feature import (
    KINDS,
    as_of_column,
    doubts,
    kind_of,
    missing_flags,
    new_feature,
)
from foretell.scaffold.project import DbtProject, Model
from foretell.scaffold.write import next_steps, write_feature

app = typer.Typer(no_args_is_help=True, help="Write the files of a new feature.")


@app.callback()
def main() -> None:
    """Keep `feature` a subcommand while it is the only one."""


_HELP = (
    "Write a feature view: SQL, YAML and tests that pass as they are."
    "\n\nWhat is not said is asked for. Nothing is overwritten. Example:"
    "\n\nforetell new feature --entity household_id --topic coffee --kind events --source "
    "fct_baskets --time basket_at --column sales_usd"
    "\n\nThat writes feat_household__coffee.sql and .yml into models/features/household/, with the "
    "features coffee_count_28d, coffee_days_since_last, coffee_total_sales_usd_28d and more."
)


@app.command("feature", help=_HELP)
def feature_command(
    entity: Annotated[
        str | None, typer.Option(help="Key column that it is about, such as household_id.")
    ] = None,
    topic: Annotated[
        str | None, typer.Option(help="What it tells, such as coffee; part of its name.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help="events: things that happened, counted in windows. states: values that hold until "
            "the next. spine: your own SQL as of each time. static: values without a history."
        ),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Model to select from, such as fct_baskets.")
    ] = None,
    time: Annotated[
        str | None, typer.Option(help="Its column that says when; not for kind static.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="Its column to make a feature of: summed (events, spine) or taken as it is "
            "(states, static). Repeat it for more."
        ),
    ] = None,
    spine: Annotated[
        str | None,
        typer.Option(help="For kind spine: model with the rows to describe, as as_of_household."),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="For kind spine: its as-of column.", show_default="found")
    ] = None,
    owner: Annotated[str | None, typer.Option(help="Who answers for it.")] = None,
    project_dir: Annotated[Path, typer.Option(help="The dbt project.")] = Path(),
) -> None:
    """Ask for what is missing, write the files, say what comes next."""
    project = DbtProject.read(project_dir)
    columns = list(column or [])
    missing = missing_flags(
        kind=kind,
        entity=entity,
        topic=topic,
        source=source,
        time=time,
        spine=spine,
        columns=columns,
    )
    console = plain_console()
    if missing and not sys.stdin.isatty():
        raise ScaffoldError(
            f"Missing {', '.join(missing)}, and no terminal to ask on. Say it, as in: foretell new "
            "feature --entity household_id --topic coffee --kind events --source fct_baskets "
            "--time basket_at"
        )
    if missing:
        entity = entity or _ask("Key column that it is about", names.entity, _entity(project))
        topic = topic or _ask("Topic, such as coffee", names.topic)
        kind = kind or _ask(f"Kind ({', '.join(KINDS)})", kind_of, "events")
        source = source or _ask(
            "Model to select from", lambda text: project.require(text, flag="--source").name
        )
        model = project.require(source, flag="--source")
        _show_columns(console, model)
        if kind != "static":
            time = time or _ask("Column that says when", _column("--time"), _time(model))
        if kind == "spine":
            spine = spine or _ask(
                "Model with the rows to describe",
                lambda text: project.require(text, flag="--spine").name,
                _spine(project, entity),
            )
            default = as_of_column(project.require(spine, flag="--spine"))
            as_of = as_of or _ask("Its as-of column", _column("--as-of"), default)
        columns = columns or _ask_columns(kind)
        owner = owner if owner is not None else _ask("Who answers for it", str, "")
    feature = new_feature(
        project,
        kind=kind or "",
        entity=entity or "",
        topic=topic or "",
        source=source or "",
        time=time,
        columns=tuple(columns),
        spine=spine,
        as_of=as_of,
        owner=owner,
    )
    paths = write_feature(project, feature)
    for path in paths:
        console.print(Text.assemble("Wrote ", (str(path), "bold")), soft_wrap=True)
    for doubt in doubts(feature):
        console.print(doubt, style="yellow", soft_wrap=True)
    _print(console, "\nNext:")
    for number, step in enumerate(next_steps(project, feature), start=1):
        _print(console, f"{number}. " + step.replace("\n", "\n   "))


def _ask(question: str, check: Callable[[str], Any], default: str | None = None) -> str:
    """Ask until the answer can be used."""

    def checked(text: str) -> str:
        try:
            check(text.strip())
        except ScaffoldError as error:
            raise typer.BadParameter(str(error)) from None
        return text.strip()

    answer: str = typer.prompt(
        question, default=default, value_proc=checked, show_default=bool(default)
    )
    return answer


def _ask_columns(kind: str | None) -> list[str]:
    is_needed = kind in ("states", "static")

    def check(text: str) -> None:
        for name in _split(text):
            names.column(name, flag="--column")
        if is_needed and not _split(text):
            raise ScaffoldError(f"Kind {kind} needs at least one column.")

    use = "take as features" if is_needed else "sum; none to count only"
    return _split(_ask(f"Columns to {use} (with commas)", check, None if is_needed else ""))


def _split(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _column(flag: str) -> Callable[[str], str]:
    return lambda text: names.column(text, flag=flag)


def _show_columns(console: Console, model: Model) -> None:
    if model.columns:
        listed = ", ".join(column.name for column in model.columns)
        console.print(f"{model.name} has {listed}", style="dim", soft_wrap=True)


def _entity(project: DbtProject) -> str | None:
    """The entity of the project's first spine."""
    return next((f"{spine.removeprefix('as_of_')}_id" for spine in project.spines()), None)


def _spine(project: DbtProject, entity: str) -> str | None:
    name = f"as_of_{entity.removesuffix('_id')}"
    return name if name in project.models else next(iter(project.spines()), None)


def _time(model: Model) -> str | None:
    for suffix in ("_at", "_date"):
        for column in model.columns:
            if column.name.endswith(suffix):
                return column.name
    return None


def _print(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True)
