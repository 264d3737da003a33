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
    """Explain the score of a row: what each feature does to it.

    The row is scored by the champion on what upstream models hold now. Nothing is changed.
    """
    from pydantic import TypeAdapter

    from foretell.cli.asking import ask_one
    from foretell.questions.asked import AskExplain
    from foretell.questions.explain import Explanation

    question = AskExplain(entity=entity, as_of=as_of)
    explanation = ask_one(project_dir, target, question, Explanation, prediction)
    if as_json:
        print(json.dumps(TypeAdapter(Explanation).dump_python(explanation, mode="json")))
        return
    console = plain_console()
    console.print(
        Text.assemble(
            (prediction, "bold"),
            f": {explanation.entity_column} {explanation.entity} as of {explanation.as_of}\n",
        )
    )
    console.print(_score(explanation))
    _print_contributions(console, explanation)


def _score(explanation: Explanation) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(ratio=1)
    of_class = ""
    if explanation.predicted is not None:
        table.add_row("Predicted", explanation.predicted)
        of_class = ", the probability of that"
    table.add_row(
        "Score",
        f"{explanation.score:.4f}{of_class}, by v{explanation.version} ({explanation.estimator})",
    )
    noun = "other" if explanation.ties == 1 else "others"
    ties = f", with {explanation.ties:,} {noun} of the same score" if explanation.ties else ""
    alike = "" if explanation.predicted is None else f" that are predicted {explanation.predicted}"
    table.add_row(
        "Rank", f"{explanation.rank:,} of {explanation.rows:,} rows of that as-of date{alike}{ties}"
    )
    table.add_row("Typical score", f"{explanation.typical_score:.4f}, their median")
    table.add_row("Published", _published(explanation))
    table.add_row("Outcome", _outcome(explanation))
    return table


def _published(explanation: Explanation) -> str:
    published = explanation.published
    if published is None:
        return "no: this row has no live score"
    of_class = "" if published.predicted is None else f"{published.predicted}, "
    sentence = f"{of_class}{published.score:.4f}, by v{published.version} on {published.on}"
    if (
        abs(published.score - explanation.score) < 5e-5
        and published.predicted == explanation.predicted
    ):
        return sentence
    if published.version != explanation.version:
        return f"{sentence}, a different version"
    return f"{sentence}: its features have changed since"


def _outcome(explanation: Explanation) -> str:
    if explanation.outcome is None:
        when = (
            ""
            if explanation.matures_at is None
            else f"; it matures on {explanation.matures_at:%Y-%m-%d}"
        )
        return f"{explanation.label} is not known{when}"
    learnt = (
        f"; v{explanation.version} has learnt from it: no forecast" if explanation.is_learnt else ""
    )
    if explanation.is_learnt is None:
        learnt = f"; v{explanation.version} may have learnt from it: then it is no forecast"
    return f"{explanation.label} is {explanation.outcome}{learnt}"


def _print_contributions(console: Console, explanation: Explanation) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("What it looks at", ratio=1, overflow="fold")
    for name in ("Value", "Typically", "Changes the score by"):
        table.add_column(name, justify="right", no_wrap=True)
    groups = {
        "Raises the score": [entry for entry in explanation.contributions if _moves(entry) > 0],
        "Lowers the score": [
            entry for entry in explanation.contributions[::-1] if _moves(entry) < 0
        ],
    }
    for title, contributions in groups.items():
        if contributions:
            if table.row_count:
                table.add_row()
            table.add_row(Text(title, style="bold"))
        for contribution in contributions:
            table.add_row(
                Padding(Text(contribution.label), (0, 0, 0, 2)),
                Text(contribution.said),
                Text(contribution.typically),
                Text(
                    f"{contribution.contribution:+.4f}",
                    style="red" if _moves(contribution) > 0 else "green",
                ),
            )
    console.print()
    if table.row_count:
        console.print(table)
        console.print()
    idle = [entry.label for entry in explanation.contributions if not _moves(entry)]
    if idle:
        console.print(f"Changes it by less than 0.0001: {', '.join(idle)}.")
    if table.row_count:
        console.print(
            "By how much the score is higher or lower than with the typical value, the median or "
            "the commonest string of the training rows, and all else as it is. These do not add "
            "up to the score.",
            style="dim",
        )


def _moves(contribution: Contribution) -> float:
    """The contribution as far as it is shown; adding 0 turns -0.0 into 0.0."""
    return round(contribution.contribution, 4) + 0
