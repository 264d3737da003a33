"""dbt's line about a run."""

from __future__ import annotations

from collections.abc import Mapping

from foretell.run.trail import Run
from foretell.spec import PredictionSpec
from foretell.training.metrics import HEADLINES, METRICS


def message_of(run: Run) -> str:
    """What a run has come to, in a line."""
    if run.fitted is None:
        return waits(run) or "nothing to score, nothing to learn from yet"
    parts = [f"v{run.fitted.version} champion"]
    waiting = waits(run)
    if run.request.champion_from is not None:
        parts[0] += f" of {run.request.champion_from.database}.{run.request.champion_from.schema}"
    if run.training is not None and run.training.winner is not None and waiting is None:
        winner = run.training.winner
        parts[0] += f" ({winner.contender.name})"
        metrics: Mapping[str, float] = winner.metrics[-1]
    else:
        metrics = run.champion.metrics if run.champion else {}
        rejected = run.training is not None and waiting is None
        scored = "scored only" if run.request.champion_from is not None else "spec unchanged"
        parts.append("challenger rejected" if rejected else waiting or scored)
    parts += _headline(run.staged.spec if run.staged else None, metrics)
    parts.append(f"scored {run.scored:,}" if run.scored else "nothing to score")
    if not run.request.gates:
        parts.append("gates off")
    if run.gates and run.gates.quarantined.rows:
        parts.append(f"{run.gates.quarantined.rows:,} set aside")
    if run.warnings:
        parts.append(f"{len(run.warnings)} warning{'s' if len(run.warnings) > 1 else ''}")
    return ", ".join(parts)


def waits(run: Run) -> str | None:
    """That a version waits for approval, if one does."""
    if run.waiting is None:
        return None
    return f"v{run.waiting} waits for approval (foretell promote {run.request.prediction})"


def why_it_cannot(run: Run, waiting: int) -> str:
    """Why the champion cannot score any more, where only a version that waits can."""
    if run.champion is not None and run.champion.unusable is not None:
        return f"cannot be loaded, and v{waiting}, fitted anew,"
    return f"has lost what it looks at, and v{waiting}, which does without,"


def _headline(spec: PredictionSpec | None, metrics: Mapping[str, float]) -> list[str]:
    """The one figure that people know of a task."""
    if spec is None:
        return []
    name = HEADLINES.get(spec.task, spec.metric)
    words = METRICS[spec.task][name].words
    value = metrics.get(name)
    return (
        [] if value is None else [f"{words} {value:.2f}" if value < 10 else f"{words} {value:,.0f}"]
    )
