"""Rows for the stores: what happened, as plain tables keep it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from foretell.request import Request

Row = Mapping[str, object]


def now() -> datetime:
    """The clock's time in UTC, without a zone: for audit columns only, never for logic."""
    return datetime.now(UTC).replace(tzinfo=None)


def metric_rows(
    request: Request,
    *,
    run_id: str,
    version: int | None,
    recipe: str | None,
    origin: str,
    as_of: date,
    values: Mapping[str, float],
    row_count: int,
    note: str | None = None,
    slice_name: str = "all",
) -> list[Row]:
    """One row of `metrics` per value; the sentence about them stands with the first."""
    return [
        {
            "run_id": run_id,
            "prediction": request.prediction,
            "model_version": version,
            "recipe": recipe,
            "origin": origin,
            "as_of_date": as_of,
            "slice": slice_name,
            "metric": name,
            "value": value,
            "row_count": row_count,
            "note": note if number == 0 else None,
            "today": request.today,
        }
        for number, (name, value) in enumerate(values.items())
    ]


def event_row(
    request: Request, *, run_id: str, version: int | None, event: str, message: str
) -> Row:
    """One row of `model_events`, the audit trail."""
    return {
        "run_id": run_id,
        "prediction": request.prediction,
        "version": version,
        "event": event,
        "happened_at": now(),
        "today": request.today,
        "message": message,
    }
