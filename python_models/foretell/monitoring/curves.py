"""Curves as store rows: what acting on the highest scores finds, and what came true."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.stores.record import Row, now
from foretell.training.metrics import Floats, Labels
from foretell.training.value import calibration_bins, gains


def curve_rows(
    request: Request,
    spec: PredictionSpec,
    labels: Labels,
    scores: Floats,
    *,
    run_id: str,
    version: int | None,
    origin: str,
    as_of: date,
) -> dict[str, list[Row]]:
    """Rows for each store of an as-of date's curves; none but for a binary task.

    `gains`: the gains and profit curve. `calibration_bins`: promised and realised rates.
    """
    if spec.task != "binary":
        return {}
    about = {
        "run_id": run_id,
        "prediction": request.prediction,
        "model_version": version,
        "origin": origin,
        "as_of_date": as_of,
        "today": request.today,
        "measured_at": now(),
    }
    return {
        "gains": [
            about | {"share": point.named / len(labels), "row_count": len(labels), **asdict(point)}
            for point in gains(spec.value, labels, scores)
        ],
        "calibration_bins": [
            about
            | {
                "bin": number,
                "row_count": score_bin.rows,
                "mean_score": score_bin.mean_score,
                "positive_rate": score_bin.positive_rate,
            }
            for number, score_bin in enumerate(calibration_bins(labels, scores), start=1)
        ],
    }
