"""Fitted linear models of each kind, and rows for them to score."""

from __future__ import annotations

from typing import Any

import numpy as np
from made import make_frame

from foretell.training.calibration import fit_calibration
from foretell.training.candidates import Problem, candidate
from foretell.training.model import Model
from foretell.training.rows import UNKNOWN

KINDS = {
    "visits": "number",
    "never_known": "number",
    "since": "date",
    "plan": "category",
    "town": "many_categories",
}
ROWS = 400


def columns(seed: int, *, beyond: bool = False) -> dict[str, Any]:
    """Rows with unknown values; beyond those learnt from, also new strings and farther numbers."""
    draw = np.random.default_rng(seed)
    visits = draw.normal(10, 4, ROWS) * (5 if beyond else 1)
    plans = ["basic", "gold", "gold", "basic", UNKNOWN, *(["new"] if beyond else [])]
    plan = draw.choice(plans, ROWS)
    plan[:3] = ["rare one", "rare two", "basic"]
    frame = make_frame(
        {
            "visits": np.where(draw.random(ROWS) < 0.1, np.nan, visits),
            "never_known": np.full(ROWS, np.nan),
            "since": draw.integers(0, 900, ROWS).astype(float),
            "plan": list(plan),
            "town": [f"town {one}" for one in draw.integers(0, 60 if beyond else 50, ROWS)],
        }
    )
    return {name: frame[name].to_numpy() for name in frame}


def fitted(name: str, task: Any, labels: Any, *, classes: int = 0, **how: Any) -> Model:
    counts = tuple(np.unique(labels, return_counts=True)[1]) if task != "regression" else ()
    problem = Problem(task, how.pop("predicts", None), KINDS, seed=1, counts=counts, rows=ROWS)
    pipeline = candidate(name).make(problem)
    pipeline.fit(frame_of(columns(1)), labels)
    return Model(pipeline, task=task, classes=tuple(f"c{at}" for at in range(classes)), **how)


def frame_of(values: dict[str, Any]) -> Any:
    return make_frame({name: list(one) for name, one in values.items()})


def outcome() -> Any:
    rows = columns(1)
    score = np.nan_to_num(rows["visits"], nan=10) + (rows["plan"] == "gold") * 4
    return score + np.random.default_rng(2).normal(0, 3, ROWS)


def models() -> dict[str, Model]:
    number = outcome()
    yes, three = number > 11, np.digitize(number, [9, 13])
    raw = np.clip((number - number.min()) / np.ptp(number), 0.01, 0.99)
    curve = fit_calibration(yes, raw)
    assert curve is not None
    gap = np.where(three == 2, 3, three)
    return {
        "yes or no": fitted("logistic", "binary", yes),
        "calibrated": fitted("logistic", "binary", yes, calibration=curve),
        "classes": fitted("logistic", "multiclass", three, classes=3),
        "a class that was not there": fitted("logistic", "multiclass", gap, classes=4),
        "two of three classes": fitted("logistic", "multiclass", yes * 2, classes=3),
        "mean": fitted("linear", "regression", number, predicts="mean"),
        "median": fitted("linear", "regression", number, predicts="median"),
    }


MODELS = models()
