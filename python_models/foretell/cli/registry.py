"""``foretell history``, ``show``, ``promote``, ``rollback``: the versions of a prediction."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from foretell.cli.printed import plain_console

if TYPE_CHECKING:
    from foretell.client.versions import Registry

Prediction = Annotated[str, typer.Argument(help="The prediction.")]
ProjectDir = Annotated[Path, typer.Option(help="The dbt project.")]
Target = Annotated[str | None, typer.Option(help="dbt's target; the profile's default.")]
Reason = Annotated[str, typer.Option(help="Why, for the record.")]


def history_command(
    prediction: Annotated[str | None, typer.Argument(help="One prediction; default: all.")] = None,
    runs: Annotated[
        bool, typer.Option("--runs", help="List runs instead: how each ended, and what it cost.")
    ] = False,
    project_dir: ProjectDir = Path(),
    target: Target = None,
) -> None:
    """List what happened to each prediction, and why.

    It was trained, promoted, rejected, rolled back, and so on.

    With --runs, every run of it: how it ended, who started it, and what the night cost.
    """
    registry = _read(project_dir, target)
    if runs:
        _print_runs(registry, prediction)
        return
    if prediction is not None:
        registry.of(prediction)
    console = plain_console()
    table = Table(box=None, pad_edge=False)
    for name in ("As of", "Prediction", "Version", "Event"):
        table.add_column(name, no_wrap=True)
    table.add_column("Why", ratio=1)
    for event in registry.events():
        # Promoted, or waiting for approval: the same version with the same reason.
        if event["event"] != "trained" and prediction in (None, event["prediction"]):
            version = "" if event["model_version"] is None else f"v{event['model_version']:.0f}"
            table.add_row(
                str(event["happened_on"])[:10],
                event["prediction"],
                version,
                event["event"],
                event["message"],
            )
    console.print(table)


def _print_runs(registry: Registry, prediction: str | None) -> None:
    """Every run, newest first, its result beneath it; then what all of them cost together."""
    console = plain_console()
    runs = [row for row in registry.runs() if prediction in (None, row["prediction"])]
    for run in runs:
        day, starter = str(run["today"])[:10], run["started_by"] or "unknown"
        cost = f"{_figure(run['seconds'])} s"
        if run["cpu_seconds"] is not None:
            cost += f", {_figure(run['cpu_seconds'])} CPU-s"
        if run["peak_memory_mb"] is not None:
            cost += f", {run['peak_memory_mb']:,.0f} MB at most"
        title = Text.assemble(day, "  ", (run["prediction"], "bold"), f"  {run['status']}")
        console.print(title, soft_wrap=True)
        console.print(Padding(Text(f"by {starter}: {cost}"), (0, 0, 0, 12), expand=False))
        if run["message"]:
            console.print(Padding(Text(run["message"]), (0, 0, 0, 12), expand=False))
    seconds, cpu = (
        sum(float(run[name] or 0) for run in runs) for name in ("seconds", "cpu_seconds")
    )
    console.print(f"{len(runs)} runs: {seconds:,.0f} seconds, {cpu:,.0f} CPU-seconds")


def _figure(value: float) -> str:
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def show_command(
    prediction: Prediction,
    version: Annotated[
        str | None, typer.Argument(help="Such as v3; default: the champion.")
    ] = None,
    card: Annotated[
        bool, typer.Option("--card", help="Its model card, as Markdown: for a file, or a review.")
    ] = False,
    project_dir: ProjectDir = Path(),
    target: Target = None,
) -> None:
    """Show a model version: what it is made of, how good it was."""
    registry = _read(project_dir, target)
    version_row: Any = registry.champion(prediction) if version is None else None
    if version_row is None:
        number = (
            int(registry.of(prediction)[0]["model_version"])
            if version is None
            else version_number(version)
        )
        version_row = registry.version(prediction, number)
    if card:
        print(registry.card(prediction, int(version_row["model_version"])), end="")
        return
    recipe = json.loads(version_row["recipe"])
    metrics = json.loads(version_row["metrics"])
    console = plain_console()
    title = (f"{prediction} v{version_row['model_version']}", "bold")
    console.print(Text.assemble(title, f", {version_row['status']}"))
    console.print(version_row["verdict"], soft_wrap=True)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(ratio=1)
    since, until = (str(version_row[name])[:10] for name in ("trained_from", "trained_until"))
    rows = {
        "Trained": f"on {str(version_row['trained_on'])[:10]}, "
        f"{version_row['trained_rows']:,} rows as of {since} on, known until {until}",
        "Estimator": recipe["candidate"],
        "Last cut-off": ", ".join(f"{name} {value:.4f}" for name, value in metrics.items()),
        "Features": ", ".join(recipe["features"]) or "the rule alone",
        "Libraries": ", ".join(
            f"{name} {library_version}"
            for name, library_version in json.loads(version_row["libraries"]).items()
        ),
        "Seed, SHA-256": f"{version_row['seed']}, {version_row['sha256'][:16]}...",
    }
    for name, text in rows.items():
        table.add_row(name, text)
    console.print(table)


def promote_command(
    prediction: Prediction,
    version: Annotated[
        str | None, typer.Argument(help="Such as v3; default: the one that waits for approval.")
    ] = None,
    reason: Reason = "Approved by hand",
    project_dir: ProjectDir = Path(),
    target: Target = None,
) -> None:
    """Make a version champion from the next build on. It is on record."""
    registry = _read(project_dir, target)
    version_row = (
        registry.waiting(prediction)
        if version is None
        else registry.version(prediction, version_number(version))
    )
    _make_champion(registry, prediction, version_row, event="promoted", reason=reason)


def rollback_command(
    prediction: Prediction,
    to: Annotated[
        str | None, typer.Option(help="Such as v3; default: the champion before this one.")
    ] = None,
    reason: Reason = "Rolled back by hand",
    project_dir: ProjectDir = Path(),
    target: Target = None,
) -> None:
    """Make an earlier champion serve again from the next build on. It is on record."""
    registry = _read(project_dir, target)
    version_row = (
        registry.before_champion(prediction)
        if to is None
        else registry.version(prediction, version_number(to))
    )
    _make_champion(registry, prediction, version_row, event="rolled back", reason=reason)


def sign_command(
    prediction: Prediction,
    version: Annotated[
        str | None, typer.Argument(help="Such as v3; default: the champion.")
    ] = None,
    project_dir: ProjectDir = Path(),
    target: Target = None,
) -> None:
    """Sign a stored version with FORETELL_ARTIFACT_KEY.

    Where a key is set, only signed versions score.

    New versions are signed when they are stored; this is for older ones, and for a change of key.
    Nothing is signed that could run code.
    """
    from foretell.cli.asking import ask_one
    from foretell.questions.asked import AskSign
    from foretell.questions.sign import Signed

    number = None if version is None else version_number(version)
    signed = ask_one(project_dir, target, AskSign(version=number), Signed, prediction)
    state = "was signed with this key already" if signed.was_signed else "is signed"
    plain_console().print(
        f"{prediction} v{signed.version} {state}: {signed.candidate}, trained on {signed.made_on}, "
        f"SHA-256 {signed.sha256[:16]}...",
        soft_wrap=True,
    )


def _make_champion(
    registry: Registry, prediction: str, version_row: Any, *, event: str, reason: str
) -> None:
    before = registry.champion(prediction)
    replaced = f" instead of v{before['model_version']}" if before else ""
    with Console(stderr=True).status("Putting it on record"):
        registry.make_champion(version_row, event=event, message=f"{reason}{replaced}")
    plain_console().print(
        f"{prediction} v{version_row['model_version']} serves{replaced} from the next dbt build "
        "on. Rows that are scored already keep their scores; --full-refresh scores open ones "
        "again.",
        soft_wrap=True,
    )


def _read(project_dir: Path, target: str | None) -> Registry:
    from foretell.client.versions import Registry

    with Console(stderr=True).status("Asking the warehouse"):
        return Registry.read(project_dir.resolve(), target)


def version_number(version: str) -> int:
    """The number of a version that a person writes as v3 or 3."""
    if not re.fullmatch(r"v?\d+", version):
        raise typer.BadParameter(f"{version} is no version; write it as v3")
    return int(version.removeprefix("v"))
