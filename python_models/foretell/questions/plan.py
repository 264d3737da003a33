"""What the next build will do with a prediction, and why, without doing it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from foretell.errors import ForetellError
from foretell.questions.stored import has_stores
from foretell.request import Request
from foretell.run.judge import decide_whether, look
from foretell.run.trail import Progress, Run
from foretell.scoring.score import to_score
from foretell.spec import read_spec
from foretell.warehouse.protocol import Warehouse


@dataclass(frozen=True)
class Plan:
    """The next build of one prediction, were it now.

    Attributes
    ----------
    train, why
        Whether it trains a challenger, and the reason.
    champion, waiting
        Versions: the one that serves, and the one that a person is to approve.
    rows, labelled, to_score
        Of the training query: all rows, those with a known outcome, those that get a score. All
        0 where nothing was built that could be counted.
    features
        How many.
    triggers
        Where each retrain trigger stands, in words.
    cools_for
        Days for which the cooldown holds the triggers back yet.
    seconds
        What such runs of this prediction have taken, the median of the last three.
    warnings
        What a person should look at before it.
    refused
        Why the build would be refused before it decides; all else is then unknown.
    """

    prediction: str
    train: bool = False
    why: str = ""
    champion: int | None = None
    waiting: int | None = None
    rows: int = 0
    labelled: int = 0
    to_score: int = 0
    features: int = 0
    triggers: tuple[str, ...] = ()
    cools_for: float = 0.0
    seconds: float | None = None
    warnings: tuple[str, ...] = ()
    refused: str | None = None


def plan(request: Request, warehouse: Warehouse, progress: Progress) -> Plan:
    """Stage, look and decide as a build does."""
    if not has_stores(request, warehouse):
        return Plan(request.prediction, train=True, why="nothing was built in this target yet")
    run = Run(request, warehouse, progress)
    try:
        spec = read_spec(
            request.declared,
            prediction=request.prediction,
            file=request.file,
            folder=request.folder,
        )
        staged = look(run, spec)
        decide_whether(run, spec, staged)
        counts = [
            int(warehouse.rows(f"select count(*) from ({query}) as counted")[0][0])
            for query in (
                f"select * from {staged.relation}",
                staged.labelled,
                to_score(request, staged, warehouse),
            )
        ]
    except ForetellError as refusal:
        return Plan(request.prediction, refused=str(refusal))
    assert run.decision is not None  # noqa: S101
    return Plan(
        request.prediction,
        train=run.decision.train and counts[0] > 0,
        why=run.decision.why if counts[0] else "the training query returned no rows",
        champion=run.champion.version if run.champion else None,
        waiting=run.waiting,
        rows=counts[0],
        labelled=counts[1],
        to_score=counts[2],
        features=len(staged.features),
        triggers=tuple(str(trigger) for trigger in run.triggers.all),
        cools_for=max(0.0, run.triggers.cools_for),
        warnings=staged.warnings,
        seconds=_usual_seconds(run, trains=run.decision.train),
    )


def _usual_seconds(run: Run, *, trains: bool) -> float | None:
    rows = run.warehouse.rows(
        f"select seconds from {run.request.store('runs')} where prediction = ? "
        "and step = 'build' and status = 'published' and is_trained = ? "
        "order by finished_at desc limit 3",
        [run.request.prediction, trains],
    )
    return statistics.median(seconds for (seconds,) in rows) if rows else None
