"""``foretell replay``: builds as of past days."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foretell.cli.printed import plain_console
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from foretell.client.replay import LastBuild


def _instant(text: str) -> datetime:
    """A day or a time of a day that was typed.

    Raises
    ------
    BadParameter
        There is no such day or time.
    """
    for pattern in ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"):
        with suppress(ValueError):
            return datetime.strptime(text, pattern)
    raise typer.BadParameter(
        f"{text} is no date; write one such as 2017-10-09. A time in UTC is allowed, too, such as "
        "2017-10-09T14:00."
    )


def replay_command(
    days: Annotated[
        list[datetime],
        typer.Argument(parser=_instant, help="Days, such as 2017-10-09, or times in UTC."),
    ],
    project_dir: Annotated[Path, typer.Option(help="The dbt project.")] = Path(),
    train: Annotated[bool, typer.Option(help="Train a challenger on each day.")] = False,
    missing: Annotated[
        bool,
        typer.Option(
            "--missing",
            help="Skip the days up to the last that was built; build that one anew if a file of "
            "the project is newer.",
        ),
    ] = False,
) -> None:
    """Run dbt build as of past days, as if each were today.

    The oldest comes first.
    """
    from foretell.client.replay import replay, replay_missing

    console = plain_console()
    project = project_dir.resolve()

    def say(text: str) -> None:
        console.print(text, soft_wrap=True)

    with console.status("dbt build, first day"):
        if missing:
            replay_missing(project, days, built=_last_build(project), train=train, say=say)
        else:
            replay(project, days, train=train, say=say)


def _last_build(project: Path) -> LastBuild | None:
    from foretell.client.replay import LastBuild
    from foretell.dashboards.declared.manifest import (
        WAREHOUSE,
        read_manifest,
        served_in,
        serving_file_of,
    )

    try:
        manifest = read_manifest(project)
        if served_in(manifest) == WAREHOUSE:
            return LastBuild.of_warehouse(project)
        return LastBuild.of_copy(serving_file_of(manifest, project))
    except SupersetError:
        return None
