"""Fitted linear models and boosted trees of each kind, and rows for them to score."""

from __future__ import annotations

from typing import Any

import numpy as np
from made import make_frame
from threadpoolctl import threadpool_limits

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
LINEAR = ("linear", "logistic")
BOOSTING, LARGE = "hist_gradient_boosting", "hist_gradient_boosting_large"


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
    # Boosting finds no thresholds in what is never known, and says so.
    kinds = {one: kind for one, kind in KINDS.items() if name in LINEAR or one != "never_known"}
    problem = Problem(task, how.pop("predicts", None), kinds, seed=1, counts=counts, rows=ROWS)
    pipeline = candidate(name).make(problem)
    with threadpool_limits(limits=1):
        pipeline.fit(frame_of({one: columns(1)[one] for one in kinds}), labels)
    return Model(pipeline, task=task, classes=tuple(f"c{at}" for at in range(classes)), **how)


def frame_of(values: dict[str, Any]) -> Any:
    return make_frame({name: list(one) for name, one in values.items()})


def outcome() -> Any:
    rows = columns(1)
    score = np.nan_to_num(rows["visits"], nan=10) + (rows["plan"] == "gold") * 4
    return score + np.random.default_rng(2).normal(0, 3, ROWS)


def models(number: str, yes_or_no: str) -> dict[str, Model]:
    """By two candidates: of numbers, and of classes."""
    labels = outcome()
    yes, three = labels > 11, np.digitize(labels, [9, 13])
    raw = np.clip((labels - labels.min()) / np.ptp(labels), 0.01, 0.99)
    curve = fit_calibration(yes, raw)
    assert curve is not None
    gap = np.where(three == 2, 3, three)
    return {
        "yes or no": fitted(yes_or_no, "binary", yes),
        "calibrated": fitted(yes_or_no, "binary", yes, calibration=curve),
        "classes": fitted(yes_or_no, "multiclass", three, classes=3),
        "a class that was not there": fitted(yes_or_no, "multiclass", gap, classes=4),
        "two of three classes": fitted(yes_or_no, "multiclass", yes * 2, classes=3),
        "mean": fitted(number, "regression", labels, predicts="mean"),
        "median": fitted(number, "regression", labels, predicts="median"),
        "count": fitted(number, "regression", np.maximum(0, labels).round(), predicts="count"),
    }


MODELS = models(*LINEAR)
TREES = {f"trees of {name}": model for name, model in models(BOOSTING, BOOSTING).items()} | {
    f"larger trees of {name}": fitted(LARGE, *of)
    for name, of in {
        "yes or no": ("binary", outcome() > 11),
        "mean": ("regression", outcome()),
    }.items()
}
ALL = MODELS | TREES
