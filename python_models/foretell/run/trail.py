"""What is known of a run on its way, for the record that it leaves in any case."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from foretell.decide import Decision
from foretell.features.findings import Finding, finding_rows, sentences
from foretell.ground.run_record import RunRecord, Status
from foretell.publishing.sweep import clean, remove_unseen
from foretell.registry.runs import Meaning
from foretell.registry.versions import Champion
from foretell.request import Request
from foretell.run.cost import Cost
from foretell.run.origin import git_commit, started_by
from foretell.scoring.fitted import Fitted
from foretell.staging.staged import Staged
from foretell.stores.record import event_row, now
from foretell.triggers import Triggers
from foretell.validation.gates import Gates
from foretell.validation.results import result_rows, worst_of_each
from foretell.validation.suite import Line
from foretell.warehouse.protocol import Warehouse

if TYPE_CHECKING:
    from foretell.training.train import Training

Progress = Callable[[str], None]


@dataclass
class Run:
    """A run that is being judged: each step adds what it finds."""

    request: Request
    warehouse: Warehouse
    progress: Progress
    started_at: datetime = field(default_factory=now)
    clock: float = field(default_factory=time.perf_counter)
    cost: Cost = field(default_factory=Cost)
    meaning: Meaning | None = None
    triggers: Triggers = field(default_factory=Triggers)
    decision: Decision | None = None
    staged: Staged | None = None
    champion: Champion | None = None
    training: Training | None = None
    new: Fitted | None = None
    waiting: int | None = None
    fitted: Fitted | None = None
    scored: int = 0
    gates: Gates | None = None
    learned_lines: tuple[Line, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    ties: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)

    @property
    def run_id(self) -> str:
        """Names this run in every store."""
        return f"{self.request.invocation_id}.{self.request.prediction}"

    @property
    def new_version(self) -> int | None:
        """The number of the version that it made."""
        return self.new.version if self.new is not None else None

    @property
    def version(self) -> int | None:
        """The version that scores, or is champion."""
        if self.fitted is not None:
            return self.fitted.version
        return self.champion.version if self.champion else None

    @property
    def warnings(self) -> list[str]:
        """Sentences about what a person should look at."""
        return [
            *(
                result.sentence()
                for result in worst_of_each(self.gates.results if self.gates else [])
            ),
            *sentences(self.findings),
            *self.ties,
            *self.beyond,
            *(self.staged.warnings if self.staged else ()),
            *((self.training.warnings) if self.training else ()),
            *([self.champion.unusable] if self.champion and self.champion.unusable else []),
        ]


def record_of(run: Run, *, status: Status, message: str) -> RunRecord:
    """The record of a run as far as it has come."""
    request, gates = run.request, run.gates
    trust = run.staged.spec.trust if run.staged else None
    return RunRecord(
        run_id=run.run_id,
        invocation_id=request.invocation_id,
        prediction=request.prediction,
        step="build",
        today=request.today,
        stands_at=request.instant,
        known_until=run.staged.data_end.known_until if run.staged and run.staged.data_end else None,
        started_at=run.started_at,
        finished_at=now(),
        status=status,
        message=message,
        decision=run.decision.why if run.decision else None,
        is_trained=run.training is not None,
        learnt_from=run.meaning.as_json() if run.training and run.meaning else None,
        model_version=run.version,
        scored=run.scored,
        quarantined=gates.quarantined.rows if gates else 0,
        input_gate=gates.status("input") if gates else None,
        output_gate=gates.status("output") if gates else None,
        warnings=len(run.warnings),
        max_age_days=trust.max_age.total_seconds() / 86400 if trust else None,
        max_drop=trust.max_drop if trust else None,
        max_miscalibration=trust.max_miscalibration if trust else None,
        seconds=time.perf_counter() - run.clock,
        started_by=started_by(request.target_user),
        git_commit=git_commit(request.modules.parent),
        **run.cost.as_columns(),  # type: ignore[arg-type]
    )


def write_findings(run: Run) -> None:
    """Write what gates and the look for leaks have found."""
    request, warehouse = run.request, run.warehouse
    results = run.gates.results if run.gates else []
    warehouse.append(
        request.store("validation_results"),
        result_rows(request, results, run_id=run.run_id, version=run.version),
    )
    warehouse.append(
        request.store("feature_findings"), finding_rows(request, run.findings, run_id=run.run_id)
    )


def end_unpublished(run: Run, *, status: Status, message: str) -> None:
    """End a run that publishes nothing: remove what it wrote, and leave the record of why.

    A run whose version waits for approval keeps what it trained.
    """
    request, warehouse = run.request, run.warehouse
    results = run.gates.results if run.gates else []
    if status != "waiting":
        remove_unseen(request, warehouse)
    with warehouse.together():
        write_findings(run)
        if any(result.blocks for result in results):
            gate_failed = event_row(
                request,
                run_id=run.run_id,
                version=run.version,
                event="gate failed",
                message=message,
            )
            warehouse.append(request.store("model_events"), [gate_failed])
        record = record_of(run, status=status, message=message)
        warehouse.append(request.store("runs"), [asdict(record)])
    clean(request, warehouse)
