"""Publication: one row, the record of a run, shows all that the run has written."""

from __future__ import annotations

from dataclasses import asdict

from foretell.ground.run_record import RunRecord
from foretell.publishing.view import replace_view
from foretell.request import Request
from foretell.staging.staged import Staged
from foretell.warehouse.protocol import Warehouse


def publish(request: Request, staged: Staged, warehouse: Warehouse, record: RunRecord) -> None:
    """Show a judged run to readers: scores, champion, gate results and the run at once.

    The prediction's view comes first, where not all can be done together: columns that it has
    early are null.
    """
    with warehouse.together():
        if request.begins_anew:
            _take_place(request, warehouse)
        replace_view(request, staged, warehouse)
        warehouse.append(request.store("runs"), [asdict(record)])


def _take_place(request: Request, warehouse: Warehouse) -> None:
    """Forget the history: this run's own takes its place."""
    for relation, new_relation in (
        (request.history, request.new_history),
        (request.kept, request.new_kept),
    ):
        if warehouse.exists(new_relation):
            warehouse.replace_by(relation, new_relation)
        else:
            warehouse.drop(relation)
