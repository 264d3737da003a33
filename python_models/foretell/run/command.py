"""The record of a command that changed something: it shows the rows that the command wrote."""

from __future__ import annotations

from dataclasses import asdict

from foretell.ground.run_record import RunRecord
from foretell.request import Request
from foretell.run.origin import git_commit, started_by
from foretell.stores.record import now
from foretell.warehouse.protocol import Warehouse


def record_command(
    request: Request, warehouse: Warehouse, *, run_id: str, version: int, message: str
) -> None:
    """Put a command on record, after what it wrote under the same id."""
    record = RunRecord(
        run_id=run_id,
        invocation_id=request.invocation_id,
        prediction=request.prediction,
        step="command",
        today=request.today,
        stands_at=request.instant,
        started_at=now(),
        finished_at=now(),
        status="published",
        message=message,
        model_version=version,
        started_by=started_by(request.target_user),
        git_commit=git_commit(request.modules.parent),
    )
    warehouse.append(request.store("runs"), [asdict(record)])
