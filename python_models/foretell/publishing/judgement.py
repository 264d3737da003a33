"""What the first step of a run found, staged in the warehouse for the second one to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
from pydantic import TypeAdapter

from foretell.ground.kinds import ColumnKind
from foretell.ground.run_record import RunRecord
from foretell.request import Request
from foretell.warehouse.protocol import Warehouse


@dataclass(frozen=True)
class Judgement:
    """A run that may be published: its rows are written, and nobody sees them.

    Attributes
    ----------
    record
        What is left of the run if it is never heard of again: it crashed.
    message
        dbt's line about it, once it is published.
    has_scores
        Whether there was a version that could score.
    kinds
        The features of the staged rows.
    """

    record: RunRecord
    message: str
    has_scores: bool
    kinds: Mapping[str, ColumnKind]


_AS_JSON = TypeAdapter(Judgement)


def begin(request: Request, warehouse: Warehouse, record: RunRecord) -> None:
    """Note that a run is on its way: what the next build records, should this one be killed."""
    _write(request, warehouse, Judgement(record, message="", has_scores=False, kinds={}))


def stage_judgement(request: Request, warehouse: Warehouse, judged: Judgement) -> None:
    """Leave what was judged for the second step."""
    _write(request, warehouse, judged)


def read_judgement(request: Request, warehouse: Warehouse) -> Judgement | None:
    """What a run of this prediction left that has not ended; None if all have."""
    if not warehouse.exists(request.running):
        return None
    ((text,),) = warehouse.rows(f"select judgement from {request.running}")
    return _AS_JSON.validate_json(text)


def _write(request: Request, warehouse: Warehouse, judged: Judgement) -> None:
    text = _AS_JSON.dump_json(judged).decode()
    warehouse.stage_arrow(request.running, pa.table({"judgement": [text]}))
