"""Curves as store rows: what acting on the highest scores finds, and what came true."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime

from foretell.registry.record import Row, now
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.training.metrics import Floats, Labels
from foretell.training.value import calibration_bins, gains


def gain_rows(
    request: Request,
    spec: PredictionSpec,
    labels: Labels,
    scores: Floats,
    *,
    run_id: str,
    version: int | None,
    origin: str,
    as_of: date,
) -> list[Row]:
    """Rows of `gains`: the gains and profit curve of an as-of date, of a binary task."""
    if spec.task != "binary":
        return []
    about = _about(request, now(), run_id=run_id, version=version, origin=origin, as_of=as_of)
    return [
        about | {"share": one.named / len(labels), "row_count": len(labels), **asdict(one)}
        for one in gains(spec.value, labels, scores)
    ]


def bin_rows(
    request: Request,
    spec: PredictionSpec,
    labels: Labels,
    scores: Floats,
    *,
    run_id: str,
    version: int | None,
    origin: str,
    as_of: date,
) -> list[Row]:
    """Rows of `calibration_bins`: promised and realised rates of an as-of date (task binary)."""
    if spec.task != "binary":
        return []
    about = _about(request, now(), run_id=run_id, version=version, origin=origin, as_of=as_of)
    return [
        about
        | {
            "bin": number,
            "row_count": one.rows,
            "mean_score": one.mean_score,
            "positive_rate": one.positive_rate,
        }
        for number, one in enumerate(calibration_bins(labels, scores), start=1)
    ]


def _about(
    request: Request,
    measured_at: datetime,
    *,
    run_id: str,
    version: int | None,
    origin: str,
    as_of: date,
) -> dict[str, object]:
    return {
        "run_id": run_id,
        "prediction": request.prediction,
        "model_version": version,
        "origin": origin,
        "as_of_date": as_of,
        "today": request.today,
        "measured_at": measured_at,
    }
