"""``foretell plan``: what the next build will do, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foretell.cli.printed import plain_console

if TYPE_CHECKING:
    from foretell.questions.plan import Plan


def plan_command(
    prediction: Annotated[str | None, typer.Argument(help="One prediction; default: all.")] = None,
    project_dir: Annotated[Path, typer.Option(help="The dbt project.")] = Path(),
    target: Annotated[str | None, typer.Option(help="dbt's target; the profile's default.")] = None,
) -> None:
    """Say what the next build will do, and why, without doing it.

    The training query runs on what upstream models hold now: build them first if they are old.
    """
    from foretell.cli.asking import ask_all
    from foretell.questions.asked import AskPlan
    from foretell.questions.plan import Plan

    plans = ask_all(project_dir, target, AskPlan(), Plan, prediction=prediction)
    console = plain_console()
    for plan in sorted(plans, key=lambda answer: answer.prediction):
        console.print(_text(plan), soft_wrap=True)
    raise typer.Exit(1 if any(answer.refused for answer in plans) else 0)


def _text(plan: Plan) -> str:
    if plan.refused:
        return f"{plan.prediction}\n  will be refused: {plan.refused}"
    serves = f"v{plan.champion}" if plan.champion else "no champion"
    does = "trains a challenger and scores" if plan.train else "scores only"
    lines = [
        f"{plan.prediction} ({serves})",
        f"  {does}: {plan.why.removeprefix('scored only: ')}",
    ]
    if plan.features:
        lines.append(
            f"  {plan.rows:,} rows with {plan.features} features, {plan.labelled:,} with a known "
            f"outcome, {plan.to_score:,} to score"
        )
    lines += [f"  warning: {warning}" for warning in plan.warnings]
    if plan.triggers:
        cools = f"; the cooldown holds for {plan.cools_for:.0f} days" if plan.cools_for else ""
        lines.append(f"  retrain triggers: {', '.join(plan.triggers)}{cools}")
    if plan.waiting:
        lines.append(f"  v{plan.waiting} waits for approval: foretell promote {plan.prediction}")
    if plan.seconds is not None:
        lines.append(f"  takes about {max(1, plan.seconds):.0f} s, as before")
    return "\n".join(lines)
