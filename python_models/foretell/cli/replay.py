"""``foretell replay``: builds as of past days."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def replay_command(
    days: Annotated[
        list[datetime], typer.Argument(formats=["%Y-%m-%d"], help="Days, such as 2017-10-09.")
    ],
    project_dir: Annotated[Path, typer.Option(help="The dbt project.")] = Path(),
    train: Annotated[bool, typer.Option(help="Train a challenger on each day.")] = False,
) -> None:
    """Run dbt build as of past days, oldest first, as if each were today."""
    from foretell.replay import replay

    console = Console(highlight=False)
    with console.status("dbt build, first day"):
        replay(
            project_dir.resolve(),
            [day.date() for day in days],
            train=train,
            say=lambda text: console.print(text, soft_wrap=True),
        )
