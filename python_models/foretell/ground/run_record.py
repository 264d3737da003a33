"""The record of a run: the row that shows all other rows of it to readers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

#: How a run ended. `published`: its rows are seen. `waiting`: nothing could score, and the version
#: that it trained waits for approval. `refused`: expected, for a reason in words. `crashed`: not.
Status = Literal["published", "waiting", "refused", "crashed"]
#: `build`: what `dbt build` does to a prediction. `monitoring`: what follows its publication.
#: `command`: something that a person put on record.
Step = Literal["build", "monitoring", "command"]

#: What the id of a run's monitoring has behind that of the run.
MONITORING = ".monitoring"


@dataclass(frozen=True)
class RunRecord:
    """One run of one prediction, as the store `runs` keeps it.

    Attributes
    ----------
    run_id
        Names the run in every store.
    started_at, finished_at
        Of the clock, in UTC.
    stands_at
        The instant at which the run stood, of which ``today`` is the date.
    known_until
        Where the data end, if they end before that.
    decision
        Why it trained, or did not.
    learnt_from
        What a training learnt from, as JSON.
    model_version
        The version that scored, or was champion.
    max_age_days, max_drop, max_miscalibration
        What its spec says about the trust light.
    started_by, git_commit
        Who or what started it, and the commit of the project's files.
    cpu_seconds, peak_memory_mb
        Of the process while it ran; with several of dbt's threads, of what ran beside it too.
    cost
        The same by step, as JSON.
    """

    run_id: str
    invocation_id: str
    prediction: str
    step: Step
    today: date
    started_at: datetime
    finished_at: datetime
    status: Status
    message: str
    stands_at: datetime | None = None
    known_until: datetime | None = None
    decision: str | None = None
    is_trained: bool = False
    learnt_from: str | None = None
    model_version: int | None = None
    scored: int = 0
    quarantined: int = 0
    input_gate: str | None = None
    output_gate: str | None = None
    warnings: int = 0
    max_age_days: float | None = None
    max_drop: float | None = None
    max_miscalibration: float | None = None
    seconds: float = 0.0
    started_by: str | None = None
    git_commit: str | None = None
    cpu_seconds: float | None = None
    peak_memory_mb: float | None = None
    cost: str | None = None
