"""``foretell forget``: remove a person from everything that foretell keeps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from foretell.cli.printed import plain_console

if TYPE_CHECKING:
    from foretell.client.forget import Entity, Forgetting


def forget_command(
    entity: Annotated[
        list[str], typer.Option(help="Whom: column=key, such as household_id=123. Repeatable.")
    ],
    prediction: Annotated[
        str | None, typer.Option(help="One prediction; default: all that keep such a key.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    project_dir: Annotated[Path, typer.Option(help="The dbt project.")] = Path(),
    target: Annotated[str | None, typer.Option(help="dbt's target; the profile's default.")] = None,
) -> None:
    """Remove entities from all that foretell keeps.

    That is scores, kept feature values, stores and the serving copy.

    Says first what would be removed, and what of them is still in the sources. It is on record,
    without the key.
    """
    from foretell.client.forget import Forgetting

    entities = [_read(text) for text in entity]
    with Console(stderr=True).status("Looking"):
        forgetting = Forgetting.find(
            project_dir.resolve(), entities, prediction=prediction, target=target
        )
    console = plain_console()
    _show(console, forgetting)
    _warn(console, forgetting)
    if forgetting.kept:
        if not yes:
            typer.confirm("Remove it? This cannot be undone.", abort=True)
        with Console(stderr=True).status("Removing"):
            forgetting.forget()
        console.print("Removed, and on record in model_events without the key.", soft_wrap=True)
    if not forgetting.is_copied:
        console.print(
            "Dashboards read the target itself, so what is removed is gone there, too.",
            soft_wrap=True,
        )
        return
    with Console(stderr=True).status("Publishing the serving copy"):
        forgetting.publish()
    console.print(
        "The serving copy is published anew without it, and the older files are removed.",
        soft_wrap=True,
    )


def _show(console: Console, forgetting: Forgetting) -> None:
    if not forgetting.kept:
        console.print("foretell keeps nothing of it in this target.", soft_wrap=True)
    for kept in forgetting.kept:
        noun = "rows" if kept.what == "rows" else "rows with a text that names it"
        console.print(f"{kept.relation}: {kept.rows:,} {noun}", soft_wrap=True)


def _warn(console: Console, forgetting: Forgetting) -> None:
    for upstream in forgetting.upstream:
        if upstream.unknown:
            console.print(
                f"Whether it is still in the training query of {upstream.prediction} could not be "
                f"asked: {upstream.unknown}",
                soft_wrap=True,
            )
        elif upstream.rows:
            console.print(
                f"Still in the training query of {upstream.prediction} ({upstream.rows:,} rows): "
                "delete them upstream, else the next build scores them again.",
                soft_wrap=True,
            )
    for model in forgetting.served:
        until = (
            "the next build publishes what it holds then"
            if forgetting.is_copied
            else "it stays there until you delete it upstream and build"
        )
        console.print(
            f"Still in {model.relation} ({model.rows:,} rows), a model of your own that "
            f"dashboards see: {until}.",
            soft_wrap=True,
        )


def _read(text: str) -> Entity:
    from foretell.client.forget import Entity

    column, equals, key = text.partition("=")
    if not (column.strip() and equals and key):
        raise typer.BadParameter(f"{text} names nobody; write column=key: household_id=123")
    return Entity(column.strip(), key)
