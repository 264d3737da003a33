"""``foretell diff``: how two versions differ, and what changes for whom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from foretell.cli.printed import plain_console
from foretell.cli.registry import Prediction, ProjectDir, Target, version_number

if TYPE_CHECKING:
    from foretell.questions.compared import Comparison, Mover, Named, Reclassed
    from foretell.questions.diff import Diff, Side

#: Pairs of classes that are listed.
_PAIRS = 5


def diff_command(
    prediction: Prediction,
    versions: Annotated[
        list[str] | None,
        typer.Argument(
            help="Two, such as v3 v4; one: the champion against that; none: the champion before "
            "against the champion."
        ),
    ] = None,
    project_dir: ProjectDir = Path(),
    target: Target = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Compare two versions, and say what changes for whom.

    Also what each looks at, and how good it was.

    Both score the same rows, those of the newest as-of date. Nothing is changed.
    """
    from pydantic import TypeAdapter

    from foretell.cli.asking import ask_one
    from foretell.questions.asked import AskDiff
    from foretell.questions.diff import Diff

    numbers = tuple(version_number(version) for version in versions or [])
    if len(numbers) > 2:
        raise typer.BadParameter("name two versions at most, such as v3 v4")
    diff = ask_one(project_dir, target, AskDiff(versions=numbers), Diff, prediction)
    if as_json:
        print(json.dumps(TypeAdapter(Diff).dump_python(diff, mode="json")))
        return
    console = plain_console()
    titles = [
        f"v{side.version}{' (champion)' if side.is_champion else ''}" for side in _sides(diff)
    ]
    console.print(Text.assemble((prediction, "bold"), f": {' -> '.join(titles)}\n"))
    console.print(_made_of(diff))
    console.print()
    _print_metrics(console, diff)
    console.print()
    _print_scores(console, diff)


def _sides(diff: Diff) -> tuple[Side, Side]:
    return diff.then, diff.now


def _names(diff: Diff) -> tuple[str, str]:
    return f"v{diff.then.version}", f"v{diff.now.version}"


def _plain() -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(style="dim", no_wrap=True)
    return table


def _made_of(diff: Diff) -> Table:
    table = _plain()
    for name in _names(diff):
        table.add_column(name, ratio=1, overflow="fold")
    sides = _sides(diff)
    table.add_row(
        "Trained",
        *(f"{side.trained_on}, {side.trained_rows:,} rows until {side.trained_until:%Y-%m-%d}"
          for side in sides),
    )  # fmt: skip
    table.add_row("Estimator", *_alike(*(side.estimator for side in sides)))
    table.add_row("Settings", *_alike(*(side.settings for side in sides)))
    table.add_row("Features", *(f"{len(side.features)}" if side.features else "the rule alone"
                                for side in sides))  # fmt: skip
    for word, names in (
        ("  in", diff.added),
        ("  out", diff.gone),
        ("  redefined", diff.redefined),
    ):
        if names:
            text = "\n".join(names)
            table.add_row(word, *((text, "") if word == "  out" else ("", text)))
    table.add_row("Spec", "", "the same" if diff.same_spec else "changed")
    table.add_row("Query", "", "the same" if diff.same_query else "changed")
    return table


def _alike(earlier: str, later: str) -> tuple[str, str]:
    return earlier, "the same" if earlier == later else later


def _print_metrics(console: Console, diff: Diff) -> None:
    table = _plain()
    for name in _names(diff):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    sides = _sides(diff)
    table.add_row("Last cut-off", *(str(side.cut_off or "unknown") for side in sides))
    table.add_row(
        "  rows", *("" if side.test_rows is None else f"{side.test_rows:,}" for side in sides)
    )
    earlier, later = (side.metrics for side in sides)
    for name in dict.fromkeys((*earlier, *later)):
        row = [f"{metrics[name]:.4f}" if name in metrics else "" for metrics in (earlier, later)]
        if diff.metrics_differ is None and name in earlier and name in later:
            row.append(f"{later[name] - earlier[name]:+.4f}")
        table.add_row(f"  {name}", *row)
    console.print(table)
    if diff.metrics_differ:
        warning = ("These metrics cannot be compared", "yellow")
        console.print(Text.assemble(warning, f": {diff.metrics_differ}."))
    elif not diff.same_spec:
        console.print("The spec has changed: so may have the outcome that they were judged by.")


def _print_scores(console: Console, diff: Diff) -> None:
    comparison = diff.compared
    if comparison is None:
        warning = ("Scores cannot be compared", "yellow")
        console.print(Text.assemble(warning, f": {diff.not_compared}"))
        return
    title = ("What changes for whom", "bold")
    console.print(Text.assemble(title, f": {comparison.rows:,} {comparison.what}, scored by both"))
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(ratio=1)
    if comparison.reclassed is None:
        table.add_row("Order", _order(comparison))
    else:
        table.add_row("Predicted", _reclassed(comparison.reclassed))
    if comparison.named is not None:
        table.add_row("Named", _named(comparison.named))
    table.add_row("Mean score", f"{comparison.mean_then:.4f} -> {comparison.mean_now:.4f}")
    console.print(table)
    if comparison.up or comparison.down:
        console.print()
        console.print(_moves(diff, comparison))


def _order(comparison: Comparison) -> str:
    if comparison.rank_correlation is None:
        return "no rank correlation: a version gives all rows the same score"
    return f"rank correlation {comparison.rank_correlation:.3f}"


def _reclassed(changes: tuple[Reclassed, ...]) -> str:
    if not changes:
        return "the same class for each row"
    pairs = [f"{change.was} -> {change.becomes} {change.rows:,}" for change in changes[:_PAIRS]]
    rest = sum(change.rows for change in changes[_PAIRS:])
    remainder = [f"{rest:,} others"] if rest else []
    total = sum(change.rows for change in changes)
    return f"a different class for {total:,}: {', '.join([*pairs, *remainder])}"


def _named(named: Named) -> str:
    count = f"{named.now:,}" if named.then == named.now else f"{named.then:,} -> {named.now:,}"
    moved = "the same rows"
    if named.entering or named.leaving:
        moved = f"{named.entering:,} enter, {named.leaving:,} leave"
    return f"{count} ({named.by}): {moved}"


def _moves(diff: Diff, comparison: Comparison) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Moves most", style="dim", no_wrap=True)
    table.add_column(diff.entity, overflow="fold")
    # The same for all where one date is compared.
    dates = {mover.as_of for mover in (*comparison.up, *comparison.down)}
    if len(dates) > 1:
        table.add_column("As of", no_wrap=True)
    for name in (*_names(diff), ""):
        table.add_column(name, justify="right", no_wrap=True)

    def add(word: str, movers: tuple[Mover, ...]) -> None:
        for place, mover in enumerate(movers):
            table.add_row(
                word if place == 0 else "",
                mover.entity,
                *([mover.as_of] if len(dates) > 1 else []),
                _scored(mover.then, mover.was),
                _scored(mover.now, mover.becomes),
                f"{mover.now - mover.then:+.4f}",
            )

    add("up", comparison.up)
    add("down", comparison.down)
    return table


def _scored(score: float, of_class: str | None) -> str:
    return f"{score:.4f}" if of_class is None else f"{of_class} {score:.4f}"
