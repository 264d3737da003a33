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
    """Compare two versions: what each looks at, how good it was, and what changes for whom.

    Both score the same rows, those of the newest as-of date. Nothing is changed.
    """
    from pydantic import TypeAdapter

    from foretell.cli.asking import ask_one
    from foretell.questions.asked import AskDiff
    from foretell.questions.diff import Diff

    numbers = tuple(version_number(one) for one in versions or [])
    if len(numbers) > 2:
        raise typer.BadParameter("name two versions at most, such as v3 v4")
    found = ask_one(project_dir, target, AskDiff(versions=numbers), Diff, prediction)
    if as_json:
        print(json.dumps(TypeAdapter(Diff).dump_python(found, mode="json")))
        return
    console = plain_console()
    titles = [f"v{one.version}{' (champion)' if one.is_champion else ''}" for one in _sides(found)]
    console.print(Text.assemble((prediction, "bold"), f": {' -> '.join(titles)}\n"))
    console.print(_made_of(found))
    console.print()
    _print_metrics(console, found)
    console.print()
    _print_scores(console, found)


def _sides(found: Diff) -> tuple[Side, Side]:
    return found.then, found.now


def _names(found: Diff) -> tuple[str, str]:
    return f"v{found.then.version}", f"v{found.now.version}"


def _plain() -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(style="dim", no_wrap=True)
    return table


def _made_of(found: Diff) -> Table:
    table = _plain()
    for name in _names(found):
        table.add_column(name, ratio=1, overflow="fold")
    sides = _sides(found)
    table.add_row(
        "Trained",
        *(f"{one.trained_on}, {one.trained_rows:,} rows until {one.trained_until:%Y-%m-%d}"
          for one in sides),
    )  # fmt: skip
    table.add_row("Estimator", *_alike(*(one.estimator for one in sides)))
    table.add_row("Settings", *_alike(*(one.settings for one in sides)))
    table.add_row("Features", *(f"{len(one.features)}" if one.features else "the rule alone"
                                for one in sides))  # fmt: skip
    for word, names in (
        ("  in", found.added),
        ("  out", found.gone),
        ("  redefined", found.redefined),
    ):
        if names:
            said = "\n".join(names)
            table.add_row(word, *((said, "") if word == "  out" else ("", said)))
    table.add_row("Spec", "", "the same" if found.same_spec else "changed")
    table.add_row("Query", "", "the same" if found.same_query else "changed")
    return table


def _alike(then: str, now: str) -> tuple[str, str]:
    return then, "the same" if then == now else now


def _print_metrics(console: Console, found: Diff) -> None:
    table = _plain()
    for name in _names(found):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    sides = _sides(found)
    table.add_row("Last cut-off", *(str(one.cut_off or "unknown") for one in sides))
    table.add_row(
        "  rows", *("" if one.test_rows is None else f"{one.test_rows:,}" for one in sides)
    )
    then, now = (one.metrics for one in sides)
    for name in dict.fromkeys((*then, *now)):
        row = [f"{one[name]:.4f}" if name in one else "" for one in (then, now)]
        if found.metrics_differ is None and name in then and name in now:
            row.append(f"{now[name] - then[name]:+.4f}")
        table.add_row(f"  {name}", *row)
    console.print(table)
    if found.metrics_differ:
        warning = ("These metrics cannot be compared", "yellow")
        console.print(Text.assemble(warning, f": {found.metrics_differ}."))
    elif not found.same_spec:
        console.print("The spec has changed: so may have the outcome that they were judged by.")


def _print_scores(console: Console, found: Diff) -> None:
    one = found.compared
    if one is None:
        warning = ("Scores cannot be compared", "yellow")
        console.print(Text.assemble(warning, f": {found.not_compared}"))
        return
    title = ("What changes for whom", "bold")
    console.print(Text.assemble(title, f": {one.rows:,} {one.what}, scored by both"))
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(ratio=1)
    if one.reclassed is None:
        table.add_row("Order", _order(one))
    else:
        table.add_row("Predicted", _reclassed(one.reclassed))
    if one.named is not None:
        table.add_row("Named", _named(one.named))
    table.add_row("Mean score", f"{one.mean_then:.4f} -> {one.mean_now:.4f}")
    console.print(table)
    if one.up or one.down:
        console.print()
        console.print(_moves(found, one))


def _order(one: Comparison) -> str:
    if one.rank_correlation is None:
        return "no rank correlation: a version gives all rows the same score"
    return f"rank correlation {one.rank_correlation:.3f}"


def _reclassed(found: tuple[Reclassed, ...]) -> str:
    if not found:
        return "the same class for each row"
    pairs = [f"{one.was} -> {one.becomes} {one.rows:,}" for one in found[:_PAIRS]]
    rest = sum(one.rows for one in found[_PAIRS:])
    others = [f"{rest:,} others"] if rest else []
    total = sum(one.rows for one in found)
    return f"a different class for {total:,}: {', '.join([*pairs, *others])}"


def _named(one: Named) -> str:
    count = f"{one.now:,}" if one.then == one.now else f"{one.then:,} -> {one.now:,}"
    moved = "the same rows"
    if one.entering or one.leaving:
        moved = f"{one.entering:,} enter, {one.leaving:,} leave"
    return f"{count} ({one.by}): {moved}"


def _moves(found: Diff, one: Comparison) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Moves most", style="dim", no_wrap=True)
    table.add_column(found.entity, overflow="fold")
    # The same for all where one date is compared.
    dates = {mover.as_of for mover in (*one.up, *one.down)}
    if len(dates) > 1:
        table.add_column("As of", no_wrap=True)
    for name in (*_names(found), ""):
        table.add_column(name, justify="right", no_wrap=True)

    def add(word: str, movers: tuple[Mover, ...]) -> None:
        for at, mover in enumerate(movers):
            table.add_row(
                word if at == 0 else "",
                mover.entity,
                *([mover.as_of] if len(dates) > 1 else []),
                _scored(mover.then, mover.was),
                _scored(mover.now, mover.becomes),
                f"{mover.now - mover.then:+.4f}",
            )

    add("up", one.up)
    add("down", one.down)
    return table


def _scored(score: float, of_class: str | None) -> str:
    return f"{score:.4f}" if of_class is None else f"{of_class} {score:.4f}"
