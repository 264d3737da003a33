"""``foretell gates``, ``profile``, ``accept``: what guards a prediction, and what was learned."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from foretell.cli.printed import plain_console
from foretell.cli.registry import Prediction, ProjectDir, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from foretell.questions.gates import Learnt
    from foretell.validation.suite import Expectation

_STYLES = {"pass": "green", "fail": "red", "error": "red", "warn": "yellow"}
_LISTED = 12


def gates_command(
    prediction: Annotated[
        str | None, typer.Argument(help="One prediction or guarded relation; default: all.")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only what did not pass.")] = False,
    project_dir: ProjectDir = Path(),
    target: Target = None,
) -> None:
    """List what the gates found in the last run: each expectation, what was observed, where."""
    from foretell.client.dbt_command import ask
    from foretell.errors import ForetellError

    options = ("--target", target) if target else ()
    sql = (
        "select * from {{ ref('foretell_gate_results') }} where is_latest_run "
        "order by prediction, stage, status = 'pass', severity, column_name, expectation"
    )
    with Console(stderr=True).status("Asking the warehouse"):
        found = ask(project_dir.resolve(), sql, options=options)
    known = sorted({one["prediction"] for one in found})
    if prediction is not None and prediction not in known:
        raise ForetellError(
            f"No gate of {prediction} has run in this target; those of [{', '.join(known)}] have."
        )
    console = plain_console()
    for name in known:
        if prediction in (None, name):
            mine = [one for one in found if one["prediction"] == name]
            console.print(_summary(name, mine), soft_wrap=True)
            shown = [one for one in mine if one["status"] != "pass" or not failed]
            if shown:
                console.print(_table(shown))


def profile_command(
    prediction: Prediction,
    write: Annotated[
        bool, typer.Option("--write", help="Pin the learned lines in expectations/, to edit them.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    project_dir: ProjectDir = Path(),
    target: Target = None,
) -> None:
    """Show what the gates of a prediction have learned from its champion's training rows.

    Pinned lines win over what later champions learn; pinning again replaces them alone.
    """
    from foretell.cli.asking import ask_one
    from foretell.questions.asked import AskProfile
    from foretell.questions.gates import Learnt

    found = ask_one(project_dir, target, AskProfile(), Learnt, prediction)
    console = plain_console()
    if write:
        _write(console, found, yes=yes)
        return
    pinned = f"; {Path(found.file).name} pins learned lines, which win" if found.is_pinned else ""
    console.print(
        Text.assemble(
            (prediction, "bold"), f" v{found.version}: {len(found.lines)} learned lines{pinned}"
        ),
        soft_wrap=True,
    )
    table = Table(box=None, pad_edge=False)
    for name in ("Rows", "What", "Stops the run outside", "Warns outside"):
        table.add_column(name)
    for critical, warning in _by_severity(found.lines):
        table.add_row(
            critical.rows or "new",
            critical.description or critical.type,
            _limits(critical),
            _limits(warning) if warning else "",
        )
    console.print(table)


def accept_command(
    prediction: Prediction,
    reason: Annotated[str, typer.Option(help="Why the data are right, for the record.")],
    project_dir: ProjectDir = Path(),
    target: Target = None,
) -> None:
    """Let the gates of a prediction learn the newest rows as they are, after a legitimate change.

    It is on record. Upstream models are taken as they stand: build them first, if they are old.
    """
    from foretell.cli.asking import ask_one
    from foretell.questions.asked import AskAccept
    from foretell.questions.gates import Learnt

    found = ask_one(project_dir, target, AskAccept(why=reason), Learnt, prediction)
    console = plain_console()
    console.print(
        Text.assemble(
            (prediction, "bold"),
            f" v{found.version}: {len(found.lines)} lines learned anew; the next dbt build goes by "
            "them.",
        ),
        soft_wrap=True,
    )
    moved = list(_moved(found))
    for line in moved[:_LISTED]:
        console.print(f"  {line}", soft_wrap=True)
    if len(moved) > _LISTED:
        console.print(f"  and {len(moved) - _LISTED} more")
    if found.is_pinned:
        console.print(
            f"{found.file} pins learned lines, which win over these. Pin the new ones: "
            f"foretell profile {prediction} --write",
            soft_wrap=True,
        )


def _summary(name: str, results: Sequence[dict[str, Any]]) -> Text:
    day = str(results[0]["today"])[:10]
    parts = []
    for stage in dict.fromkeys(one["stage"] for one in results):
        mine = [one for one in results if one["stage"] == stage]
        passed = sum(1 for one in mine if one["status"] == "pass")
        parts.append(f"{stage} {passed} of {len(mine)} passed")
    return Text.assemble((name, "bold"), f", run of {day}: {', '.join(parts)}")


def _table(results: Iterable[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("", "Severity", "Gate", "Who"):
        table.add_column(name, no_wrap=True)
    table.add_column("Expectation", ratio=2)
    table.add_column("Observed", ratio=1)
    for one in results:
        style = _STYLES["warn" if one["severity"] != "critical" else one["status"]]
        style = "green" if one["status"] == "pass" else style
        keys = f" ({one['sample_keys']})" if one["sample_keys"] else ""
        what = one["description"] or f"{one['column_name']} {one['expectation']} {one['expected']}"
        table.add_row(
            Text(one["status"], style=style),
            one["severity"],
            one["stage"],
            one["said_by"],
            what,
            f"{one['observed']}{keys}",
        )
    return table


def _by_severity(
    lines: Sequence[Expectation],
) -> Iterable[tuple[Expectation, Expectation | None]]:
    """Each critical line with the warning about the same."""
    warnings = {_about(one): one for one in lines if one.severity == "warning"}
    for one in lines:
        if one.severity == "critical":
            yield one, warnings.get(_about(one))


def _about(one: Expectation) -> tuple[str, ...]:
    kwargs = one.kwargs
    return (one.type, str(kwargs.get("column")), str(one.rows), str(kwargs.get("quantile")))


def _limits(one: Expectation) -> str:
    kwargs = one.kwargs
    if "mostly" in kwargs:
        return f"{1 - kwargs['mostly']:.2%} of rows"
    if "days" in kwargs:
        return f"{kwargs['days']:g} days"
    return f"{kwargs.get('min_value', '')} to {kwargs.get('max_value', '')}"


def _moved(found: Learnt) -> Iterable[str]:
    """The critical limits that are others now."""
    before = {_about(one): one for one in found.before if one.severity == "critical"}
    for one in found.lines:
        then = before.get(_about(one))
        if one.severity == "critical" and then is not None and _limits(then) != _limits(one):
            what = one.kwargs.get("column") or one.type.removeprefix("expect_").replace("_", " ")
            quantile = f" {one.kwargs['quantile']:.0%} quantile" if "quantile" in one.kwargs else ""
            yield f"{what}{quantile}: stops outside {_limits(one)}, before {_limits(then)}"


def _write(console: Console, found: Learnt, *, yes: bool) -> None:
    from foretell.validation.pinned import pin

    path = Path(found.file)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    after = pin(before, found.lines, version=found.version, file=path.name)
    if after == before:
        console.print(f"{path} has these lines already; nothing was changed.", soft_wrap=True)
        return
    for line in difflib.unified_diff(
        before.splitlines(), after.splitlines(), path.name, path.name, lineterm="", n=1
    ):
        style = {"+": "green", "-": "red"}.get(line[0], "dim")
        console.print(line, style=style, soft_wrap=True)
    if yes or typer.confirm(f"Write {path}?"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(after, encoding="utf-8")
        console.print(f"Written. v{found.version}'s lines stand in {path}.", soft_wrap=True)
