"""Artifacts: loaded only when they are what was stored, and cannot run code."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from importlib.metadata import version as installed
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from made import make_frame
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from threadpoolctl import threadpool_limits

from foretell.artifacts.artifact import check_libraries, dump, load
from foretell.errors import RegistryError
from foretell.ground.kinds import Kinds
from foretell.scorers.scorer import raw_scores
from foretell.spec import CANDIDATES, Task
from foretell.training.calibration import fit_calibration
from foretell.training.candidates import Problem, candidate
from foretell.training.intervals import fit_intervals
from foretell.training.model import Model
from foretell.training.rows import UNKNOWN


class Stranger(ClassifierMixin, BaseEstimator):
    """An estimator that foretell does not know."""


SIZE = 300


def hostile(*, is_new: bool = False) -> tuple[pd.DataFrame, Kinds]:
    """Numbers, dates, categories, many categories and text, with gaps and what is not known."""
    random = np.random.default_rng(2 if is_new else 1)
    words = ["late", "train", "good", "bad", "driver", "bus", "stop", "seat", "window", "price"]
    gaps = random.normal(size=SIZE)
    gaps[random.random(SIZE) < 0.5] = np.nan
    few = ["a", "b", "unseen" if is_new else "c", UNKNOWN]
    frame = make_frame(
        {
            "gaps": gaps,
            "constant": np.ones(SIZE),
            "days": random.integers(-30, 900, SIZE),
            "few": random.choice(few, SIZE),
            "nothing": np.full(SIZE, UNKNOWN),
            "many": np.array([f"{is_new} {one}" for one in random.integers(0, 80, SIZE)]),
            "text": np.array([" ".join(random.choice(words, 6)) for _ in range(SIZE)]),
        }
    )
    kinds: Kinds = {
        "gaps": "number", "constant": "number", "days": "date", "few": "category",
        "nothing": "category", "many": "many_categories", "text": "text",
    }  # fmt: skip
    return frame, kinds


def fitted(name: str, task: Task, predicts: Any = None) -> tuple[Model, pd.DataFrame]:
    """A model with all that serves beside its pipeline, and rows that it has not seen."""
    random = np.random.default_rng(3)
    (frame, kinds), (later, _) = hostile(), hostile(is_new=True)
    if name == "rule":
        kinds = {"few": "category"} if task == "multiclass" else {"gaps": "number"}
        frame, later = frame[list(kinds)], later[list(kinds)]
    labels = {
        "binary": random.random(SIZE) < 0.3,
        "multiclass": random.choice([0, 2, 3], SIZE),
        "regression": random.exponential(50, SIZE),
    }[task]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = candidate(name).make(Problem(task, predicts, kinds, 7)).fit(frame, labels)
    scores = random.random(SIZE)
    return Model(
        pipeline,
        task=task,
        classes=("a", "b", "c", "d") if task == "multiclass" else (),
        calibration=fit_calibration(random.random(SIZE) < scores, scores)
        if task == "binary"
        else None,
        intervals=fit_intervals(100 * scores, 80 * scores) if task == "regression" else None,
    ), later


EVERY = [
    (name, task, predicts)
    for task, names in CANDIDATES.items()
    for name in names
    for predicts in (("mean", "median") if task == "regression" else (None,))
]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Few rows: threads would wait for each other."""
    with threadpool_limits(limits=1):
        yield


@pytest.mark.parametrize(("name", "task", "predicts"), EVERY)
def test_every_candidate_survives_the_store(name: str, task: Task, predicts: Any) -> None:
    if name == "lightgbm":
        pytest.importorskip("lightgbm")
    model, frame = fitted(name, task, predicts)
    again = load(*dump(model), named="pred_x v1")
    scores = again.scores(frame)
    assert np.isfinite(scores).all()
    assert np.array_equal(scores, model.scores(frame))
    if task == "regression":
        for ours, theirs in zip(
            again.intervals.around(scores), model.intervals.around(scores), strict=True
        ):
            assert np.array_equal(ours, theirs)
    if task == "binary":
        assert again.calibration is not None
        assert not np.array_equal(scores, raw_scores(model.pipeline, frame, task=task))


def test_steps_of_a_calibration_survive_the_store() -> None:
    random = np.random.default_rng(1)
    scores = random.random(5_000)
    curve = fit_calibration(random.random(5_000) < scores, scores)
    assert curve is not None
    assert curve.kind == "isotonic"
    pipeline = (
        candidate("prior").make(Problem("binary", None, {}, 1)).fit(scores[:, None], scores > 0.5)
    )
    again = load(*dump(Model(pipeline, task="binary", calibration=curve)), named="pred_x v1")
    assert np.array_equal(again.calibration.apply(scores), curve.apply(scores))


def test_another_scikit_learn_is_refused() -> None:
    now = installed("scikit-learn")
    major, minor, *_ = now.split(".")
    check_libraries({"scikit-learn": now}, named="pred_x v1")
    check_libraries({"scikit-learn": f"{major}.{minor}.99"}, named="pred_x v1")
    check_libraries({}, named="pred_x v1")
    for other in (f"{major}.{int(minor) + 1}.0", f"{major}.{int(minor) - 1}.9", "0.24"):
        with pytest.raises(RegistryError, match=f"scikit-learn {other}, and {now} is installed"):
            check_libraries({"scikit-learn": other}, named="pred_x v1")


def test_classes_of_a_projects_own_file_are_trusted_by_their_whole_name() -> None:
    artifact = dump(Stranger())
    name = f"{Stranger.__module__}.Stranger"
    assert isinstance(load(*artifact, named="pred_x v1", own={name}), Stranger)
    for other in (None, set(), {Stranger.__module__}, {name[:-1]}, {f"{name}s"}):
        with pytest.raises(RegistryError, match="not on the trusted list"):
            load(*artifact, named="pred_x v1", own=other)


@pytest.mark.parametrize("position", [0, 100, -1])
def test_one_changed_byte_is_refused(position: int) -> None:
    artifact, sha256 = dump(DummyClassifier().fit([[0.0], [1.0]], [False, True]))
    tampered = bytearray(artifact)
    tampered[position] ^= 1
    with pytest.raises(RegistryError, match=r"artifact of pred_x v1 .* was changed") as refused:
        load(bytes(tampered), sha256, named="pred_x v1")
    assert "foretell_train: true" in str(refused.value)


def test_an_unknown_type_is_refused_even_with_the_right_digest() -> None:
    artifact = skops.io.dumps(Stranger())
    with pytest.raises(RegistryError, match=r"not on the trusted list: .*Stranger"):
        load(artifact, hashlib.sha256(artifact).hexdigest(), named="pred_x v1")
