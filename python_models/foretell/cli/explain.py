"""``foretell explain``: why a row scores as it does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from foretell.cli.printed import plain_console
from foretell.cli.registry import Prediction, ProjectDir, Target

if TYPE_CHECKING:
    from foretell.questions.explain import Contribution, Explanation


def explain_command(
    prediction: Prediction,
    entity: Annotated[str, typer.Argument(help="Whom or what it is about: the entity's key.")],
    as_of: Annotated[
        str | None,
        typer.Option(help="As of when, such as 2025-07-29; default: the entity's newest row."),
    ] = None,
    project_dir: ProjectDir = Path(),
    target: Target = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Explain the score of any row: its rank, and what each feature does to it.

    The row is scored by the champion on what upstream models hold now. Nothing is changed.
    """
    from pydantic import TypeAdapter

    from foretell.cli.asking import ask_one
    from foretell.questions.asked import AskExplain
    from foretell.questions.explain import Explanation

    question = AskExplain(entity=entity, as_of=as_of)
    found = ask_one(project_dir, target, question, Explanation, prediction)
    if as_json:
        print(json.dumps(TypeAdapter(Explanation).dump_python(found, mode="json")))
        return
    console = plain_console()
    console.print(
        Text.assemble(
            (prediction, "bold"), f": {found.entity_column} {found.entity} as of {found.as_of}\n"
        )
    )
    console.print(_score(found))
    _print_contributions(console, found)


def _score(found: Explanation) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(ratio=1)
    of_class = ""
    if found.predicted is not None:
        table.add_row("Predicted", found.predicted)
        of_class = ", the probability of that"
    table.add_row("Score", f"{found.score:.4f}{of_class}, by v{found.version} ({found.estimator})")
    others = "other" if found.ties == 1 else "others"
    ties = f", with {found.ties:,} {others} of the same score" if found.ties else ""
    alike = "" if found.predicted is None else f" that are predicted {found.predicted}"
    table.add_row("Rank", f"{found.rank:,} of {found.rows:,} rows of that as-of date{alike}{ties}")
    table.add_row("Typical score", f"{found.typical_score:.4f}, their median")
    table.add_row("Published", _published(found))
    table.add_row("Outcome", _outcome(found))
    return table


def _published(found: Explanation) -> str:
    one = found.published
    if one is None:
        return "no: this row has no live score"
    of_class = "" if one.predicted is None else f"{one.predicted}, "
    said = f"{of_class}{one.score:.4f}, by v{one.version} on {one.on}"
    if abs(one.score - found.score) < 5e-5 and one.predicted == found.predicted:
        return said
    if one.version != found.version:
        return f"{said}, a different version"
    return f"{said}: its features have changed since"


def _outcome(found: Explanation) -> str:
    if found.outcome is None:
        when = "" if found.matures_at is None else f"; it matures on {found.matures_at:%Y-%m-%d}"
        return f"{found.label} is not known{when}"
    learnt = f"; v{found.version} has learnt from it: no forecast" if found.is_learnt else ""
    if found.is_learnt is None:
        learnt = f"; v{found.version} may have learnt from it: then it is no forecast"
    return f"{found.label} is {found.outcome}{learnt}"


def _print_contributions(console: Console, found: Explanation) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("What it looks at", ratio=1, overflow="fold")
    for name in ("Value", "Typically", "Changes the score by"):
        table.add_column(name, justify="right", no_wrap=True)
    shown = {
        "Raises the score": [one for one in found.contributions if _moves(one) > 0],
        "Lowers the score": [one for one in found.contributions[::-1] if _moves(one) < 0],
    }
    for title, some in shown.items():
        if some:
            if table.row_count:
                table.add_row()
            table.add_row(Text(title, style="bold"))
        for one in some:
            table.add_row(
                Padding(Text(one.label), (0, 0, 0, 2)),
                Text(one.said),
                Text(one.typically),
                Text(f"{one.contribution:+.4f}", style="red" if _moves(one) > 0 else "green"),
            )
    console.print()
    if table.row_count:
        console.print(table)
        console.print()
    idle = [one.label for one in found.contributions if not _moves(one)]
    if idle:
        console.print(f"Changes it by less than 0.0001: {', '.join(idle)}.")
    if table.row_count:
        console.print(
            "By how much the score is higher or lower than with the typical value, the median or "
            "the commonest string of the training rows, and all else as it is. These do not add "
            "up to the score.",
            style="dim",
        )


def _moves(one: Contribution) -> float:
    """The contribution as far as it is shown; adding 0 turns -0.0 into 0.0."""
    return round(one.contribution, 4) + 0
