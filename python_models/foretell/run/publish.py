"""The second step of a run: publication, and monitoring as a step of its own."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace

from foretell.errors import ForetellError
from foretell.ground.run_record import RunRecord
from foretell.monitoring.watch import watch
from foretell.publishing.judgement import Judgement, read_judgement
from foretell.publishing.publish import publish
from foretell.publishing.sweep import clean, monitoring_of, remove_unseen
from foretell.request import Request
from foretell.run.cost import Cost
from foretell.spec import read_spec
from foretell.staging.staged import Staged
from foretell.stores.record import now
from foretell.warehouse.protocol import Warehouse


@dataclass(frozen=True)
class Published:
    """What a run has published, and what became of its monitoring.

    Attributes
    ----------
    message
        dbt's line.
    unwatched
        Why predictions could not be compared with what happened; None if they were.
    """

    message: str
    unwatched: Exception | None


def publish_judged(request: Request, warehouse: Warehouse) -> Published:
    """Publish what the first step left, and monitor it.

    What fails before anybody sees anything is raised; what fails afterwards comes back.

    Raises
    ------
    ForetellError
        Nothing was left: another build has swept it.
    """
    judged = read_judgement(request, warehouse)
    if judged is None or judged.record.invocation_id != request.invocation_id:
        raise ForetellError(
            f"What was judged of {request.prediction} is gone from {request.running}: another "
            "build of it has begun since. Nothing was published; run again."
        )
    spec = read_spec(
        request.declared, prediction=request.prediction, file=request.file, folder=request.folder
    )
    types = warehouse.columns(request.staged)
    staged = Staged(request.staged, spec, judged.kinds, warehouse.dialect, types)
    record = replace(
        judged.record,
        status="published",
        message=judged.message,
        finished_at=now(),
        seconds=(now() - judged.record.started_at).total_seconds(),
    )
    publish(request, staged, warehouse, record)
    try:
        unwatched = _watch(request, staged, warehouse, judged) if judged.has_scores else None
        clean(request, warehouse)
    except Exception as error:
        unwatched = error
    return Published(judged.message, unwatched)


def end_judged(request: Request, warehouse: Warehouse, *, message: str) -> None:
    """Put a judged run on record that could not be published, and remove what it wrote."""
    judged = read_judgement(request, warehouse)
    if judged is not None:
        remove_unseen(request, warehouse)
        record = replace(judged.record, message=message, finished_at=now())
        warehouse.append(request.store("runs"), [asdict(record)])
        clean(request, warehouse)


def _watch(
    request: Request, staged: Staged, warehouse: Warehouse, judged: Judgement
) -> Exception | None:
    """Monitor, and put on record how that ended: what has failed, the next run makes up for."""
    began, clock, cost = now(), time.perf_counter(), Cost()
    of_build = judged.record
    run_id = monitoring_of(of_build.run_id)
    failure: Exception | None = None
    try:
        with cost.of("monitor"):
            watch(request, staged, warehouse, of_run=of_build.run_id, run_id=run_id)
    except Exception as error:
        failure = error
        remove_unseen(request, warehouse)
    record = RunRecord(
        run_id=run_id,
        invocation_id=request.invocation_id,
        prediction=request.prediction,
        step="monitoring",
        today=request.today,
        stands_at=request.instant,
        started_at=began,
        finished_at=now(),
        status="crashed" if failure else "published",
        message=f"{type(failure).__name__}: {failure}" if failure else "monitored",
        model_version=of_build.model_version,
        seconds=time.perf_counter() - clock,
        started_by=of_build.started_by,
        git_commit=of_build.git_commit,
        **cost.as_columns(),  # type: ignore[arg-type]
    )
    warehouse.append(request.store("runs"), [asdict(record)])
    return failure
