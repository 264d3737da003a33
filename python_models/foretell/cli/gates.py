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
    """List what the gates found in the last run.

    That is each expectation, what was observed, and where it is written.
    """
    from foretell.client.dbt_command import ask
    from foretell.errors import ForetellError

    options = ("--target", target) if target else ()
    sql = (
        "select * from {{ ref('foretell_gate_results') }} where is_latest_run "
        "order by prediction, stage, status = 'pass', severity, column_name, expectation"
    )
    with Console(stderr=True).status("Asking the warehouse"):
        results = ask(project_dir.resolve(), sql, options=options)
    names = sorted({result["prediction"] for result in results})
    if prediction is not None and prediction not in names:
        raise ForetellError(
            f"No gate of {prediction} has run in this target; those of [{', '.join(names)}] have."
        )
    console = plain_console()
    for name in names:
        if prediction in (None, name):
            own_results = [result for result in results if result["prediction"] == name]
            console.print(_summary(name, own_results), soft_wrap=True)
            selection = [
                result for result in own_results if result["status"] != "pass" or not failed
            ]
            if selection:
                console.print(_table(selection))


def profile_command(
    prediction: Prediction,
    write: Annotated[
        bool, typer.Option("--write", help="Pin the learned lines in expectations/, to edit them.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    project_dir: ProjectDir = Path(),
    target: Target = None,
) -> None:
    """Show what gates have learned from the champion's rows.

    These are the rows that it was trained on.

    Pinned lines win over what later champions learn; pinning again replaces them alone.
    """
    from foretell.cli.asking import ask_one
    from foretell.questions.asked import AskProfile
    from foretell.questions.gates import Learnt

    learnt = ask_one(project_dir, target, AskProfile(), Learnt, prediction)
    console = plain_console()
    if write:
        _write(console, learnt, yes=yes)
        return
    pinned = f"; {Path(learnt.file).name} pins learned lines, which win" if learnt.is_pinned else ""
    console.print(
        Text.assemble(
            (prediction, "bold"), f" v{learnt.version}: {len(learnt.lines)} learned lines{pinned}"
        ),
        soft_wrap=True,
    )
    table = Table(box=None, pad_edge=False)
    for name in ("Rows", "What", "Stops the run outside", "Warns outside"):
        table.add_column(name)
    for critical, warning in _by_severity(learnt.lines):
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
    """Let gates learn the newest rows, after an honest change.

    It is on record. Upstream models are taken as they stand: build them first, if they are old.
    """
    from foretell.cli.asking import ask_one
    from foretell.questions.asked import AskAccept
    from foretell.questions.gates import Learnt

    learnt = ask_one(project_dir, target, AskAccept(why=reason), Learnt, prediction)
    console = plain_console()
    console.print(
        Text.assemble(
            (prediction, "bold"),
            f" v{learnt.version}: {len(learnt.lines)} lines learned anew; the next dbt build goes "
            "by them.",
        ),
        soft_wrap=True,
    )
    changes = list(_moved(learnt))
    for line in changes[:_LISTED]:
        console.print(f"  {line}", soft_wrap=True)
    if len(changes) > _LISTED:
        console.print(f"  and {len(changes) - _LISTED} more")
    if learnt.is_pinned:
        console.print(
            f"{learnt.file} pins learned lines, which win over these. Pin the new ones: "
            f"foretell profile {prediction} --write",
            soft_wrap=True,
        )


def _summary(name: str, results: Sequence[dict[str, Any]]) -> Text:
    day = str(results[0]["today"])[:10]
    parts = []
    for stage in dict.fromkeys(result["stage"] for result in results):
        stage_results = [result for result in results if result["stage"] == stage]
        passed = sum(1 for result in stage_results if result["status"] == "pass")
        parts.append(f"{stage} {passed} of {len(stage_results)} passed")
    return Text.assemble((name, "bold"), f", run of {day}: {', '.join(parts)}")


def _table(results: Iterable[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("", "Severity", "Gate", "Who"):
        table.add_column(name, no_wrap=True)
    table.add_column("Expectation", ratio=2)
    table.add_column("Observed", ratio=1)
    for result in results:
        style = _STYLES["warn" if result["severity"] != "critical" else result["status"]]
        style = "green" if result["status"] == "pass" else style
        keys = f" ({result['sample_keys']})" if result["sample_keys"] else ""
        expectation = (
            result["description"]
            or f"{result['column_name']} {result['expectation']} {result['expected']}"
        )
        table.add_row(
            Text(result["status"], style=style),
            result["severity"],
            result["stage"],
            result["said_by"],
            expectation,
            f"{result['observed']}{keys}",
        )
    return table


def _by_severity(
    lines: Sequence[Expectation],
) -> Iterable[tuple[Expectation, Expectation | None]]:
    """Each critical line with the warning about the same."""
    warnings = {_about(entry): entry for entry in lines if entry.severity == "warning"}
    for line in lines:
        if line.severity == "critical":
            yield line, warnings.get(_about(line))


def _about(line: Expectation) -> tuple[str, ...]:
    kwargs = line.kwargs
    return (line.type, str(kwargs.get("column")), str(line.rows), str(kwargs.get("quantile")))


def _limits(line: Expectation) -> str:
    kwargs = line.kwargs
    if "mostly" in kwargs:
        return f"{1 - kwargs['mostly']:.2%} of rows"
    if "days" in kwargs:
        return f"{kwargs['days']:g} days"
    return f"{kwargs.get('min_value', '')} to {kwargs.get('max_value', '')}"


def _moved(learnt: Learnt) -> Iterable[str]:
    """The critical limits that have changed."""
    before = {_about(entry): entry for entry in learnt.before if entry.severity == "critical"}
    for line in learnt.lines:
        earlier = before.get(_about(line))
        if (
            line.severity == "critical"
            and earlier is not None
            and _limits(earlier) != _limits(line)
        ):
            name = line.kwargs.get("column") or line.type.removeprefix("expect_").replace("_", " ")
            quantile = (
                f" {line.kwargs['quantile']:.0%} quantile" if "quantile" in line.kwargs else ""
            )
            yield f"{name}{quantile}: stops outside {_limits(line)}, before {_limits(earlier)}"


def _write(console: Console, learnt: Learnt, *, yes: bool) -> None:
    from foretell.validation.pinned import pin

    path = Path(learnt.file)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    after = pin(before, learnt.lines, version=learnt.version, file=path.name)
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
        console.print(f"Written. v{learnt.version}'s lines stand in {path}.", soft_wrap=True)
