"""What a training leaves on record: version, events, backtest metrics, worth of features."""

from __future__ import annotations

import json
import platform
from datetime import datetime
from importlib.metadata import version as installed
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretell.artifacts.artifact import dump
from foretell.artifacts.signature import SignedContent, signature_rows
from foretell.forms.stored import text_of
from foretell.ground.names import SCORE
from foretell.ground.recipe import Recipe
from foretell.monitoring.curves import curve_rows
from foretell.monitoring.performance import Outcomes, quality
from foretell.monitoring.usual import beyond_chance
from foretell.publishing.card import card_of
from foretell.registry.fingerprint import features_fingerprint
from foretell.registry.runs import Meaning
from foretell.registry.versions import PROMOTED, WAITS
from foretell.request import Request
from foretell.scoring.fitted import Fitted
from foretell.staging.staged import Staged
from foretell.stores.record import Row, event_row, metric_rows, now
from foretell.training.backtest import Backtested
from foretell.training.drift import reference_of
from foretell.training.guards import slices_of
from foretell.training.train import SEED, Training
from foretell.warehouse.fingerprint import DAYS_APART
from foretell.warehouse.protocol import Warehouse

_LIBRARIES = ("foretell", "scikit-learn", "skops", "numpy")


def store_training(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    training: Training,
    fitted: Fitted | None,
    run_id: str,
    *,
    promoted: bool,
) -> None:
    """Append what was trained to the stores, under the run's id.

    Parameters
    ----------
    fitted
        The version that it made, or None if the champion stays.
    promoted
        Whether that version serves from now on, or waits for a person's approval.
    """
    version = fitted.version if fitted is not None else None
    events: list[Row] = []
    if training.rejected:
        events.append(
            event_row(
                request, run_id=run_id, version=None, event="rejected", message=training.rejected
            )
        )
    if fitted is not None:
        row = _version_row(request, staged, warehouse, training, fitted, run_id)
        warehouse.append(request.store("model_versions"), [row])
        signed = SignedContent(
            request.prediction,
            fitted.version,
            row["recipe"],
            row["libraries"],
            row["artifact"],
            row["serving_form"],
        )
        warehouse.append(
            request.store("model_signatures"),
            signature_rows(signed, run_id=run_id, today=request.today),
        )
        warehouse.append(
            request.store("model_cards"),
            _card_rows(request, staged, training, fitted.version, run_id),
        )
        for event in ("trained", PROMOTED if promoted else WAITS):
            events.append(
                event_row(
                    request, run_id=run_id, version=version, event=event, message=training.verdict
                )
            )
    else:
        events.append(
            event_row(
                request, run_id=run_id, version=None, event="rejected", message=training.verdict
            )
        )
    events += [
        event_row(request, run_id=run_id, version=version, event="noted", message=note)
        for note in (*training.notes, *training.warnings)
    ]
    warehouse.append(request.store("model_events"), events)
    warehouse.append(
        request.store("metrics"), _backtest_metrics(request, staged, training, version, run_id)
    )
    _store_curves(request, staged, warehouse, training, version, run_id)
    warehouse.append(
        request.store("feature_worth"), _worth_rows(request, staged, training, version, run_id)
    )


def _card_rows(
    request: Request, staged: Staged, training: Training, version: int, run_id: str
) -> list[Row]:
    sentences = [
        (section.title, sentence)
        for section in card_of(request, staged, training)
        for sentence in section.sentences
    ]
    return [
        {
            "run_id": run_id,
            "prediction": request.prediction,
            "version": version,
            "position": position,
            "section": title,
            "sentence": sentence,
            "today": request.today,
        }
        for position, (title, sentence) in enumerate(sentences, start=1)
    ]


def _store_curves(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    training: Training,
    version: int | None,
    run_id: str,
) -> None:
    """Gains and calibration of the winner at each cut-off."""
    if training.winner is None:
        return
    for cutoff, scores in zip(training.cutoffs, training.winner.scores, strict=True):
        labels = training.rows.labels[cutoff.test]
        about: dict[str, Any] = {
            "run_id": run_id, "version": version, "origin": "backtest", "as_of": cutoff.at,
        }  # fmt: skip
        if cutoff.fold is None:
            rows_by_store = curve_rows(request, staged.spec, labels, scores, **about)
            for store, rows in rows_by_store.items():
                warehouse.append(request.store(store), rows)


def _worth_rows(
    request: Request, staged: Staged, training: Training, version: int | None, run_id: str
) -> list[Row]:
    if training.measured is None:
        return []
    about = {
        "run_id": run_id,
        "prediction": request.prediction,
        "model_version": version if _is_winners(training, training.measured) else None,
        "recipe": training.measured.contender.name,
        "today": request.today,
        "measured_at": now(),
        "metric": staged.spec.metric,
    }
    return [
        {
            **about,
            "scope": worth.scope,
            "name": worth.name,
            "feature_view": worth.view,
            "cluster": ", ".join(worth.cluster),
            "importance": worth.importance,
            "worth": worth.worth,
            "worth_lower": worth.lower,
            "worth_upper": worth.upper,
            "verdict": worth.verdict,
            "row_count": worth.rows,
        }
        for worth in training.worths
    ]


def _version_row(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    training: Training,
    fitted: Fitted,
    run_id: str,
) -> dict[str, Any]:
    assert training.winner is not None  # noqa: S101
    artifact, sha256 = dump(training.model)
    meaning = Meaning.of(request, staged.spec, staged)
    rows = training.rows
    inputs = training.winner.contender.inputs(rows)
    reference = {name: _reference(np.asarray(inputs[name]), rows.as_of) for name in inputs.columns}
    scores = np.concatenate(training.unseen_scores)
    reference[SCORE] = _reference(
        scores if scores.ndim == 1 else scores.max(axis=1),
        np.concatenate([rows.as_of[cutoff.test] for cutoff in training.cutoffs]),
    )
    return {
        "run_id": run_id,
        "prediction": request.prediction,
        "version": fitted.version,
        "created_at": now(),
        "today": request.today,
        "recipe": fitted.recipe.as_json(),
        "spec_fingerprint": meaning.spec,
        "query_fingerprint": meaning.query,
        "features_fingerprint": features_fingerprint(meaning.features),
        "definitions": json.dumps(meaning.features),
        "data_fingerprint": str(
            warehouse.fingerprint(
                staged.labelled, by=staged.key[1], since=request.today - DAYS_APART
            )
        ),
        "trained_from": rows.as_of.min().astype(datetime),
        "trained_until": rows.matures_at.max().astype(datetime),
        "trained_rows": len(rows),
        "seed": SEED,
        "metrics": json.dumps(training.winner.metrics[-1] | training.interval_metrics),
        "reference": json.dumps(reference),
        "libraries": json.dumps(
            {name: installed(name) for name in _used_libraries(fitted.recipe)}
            | {"python": platform.python_version(), **dict([warehouse.engine])}
        ),
        "sha256": sha256,
        "artifact": artifact,
        "serving_form": text_of(fitted.form),
        "task": staged.spec.task,
        "candidate": fitted.recipe.candidate,
        "metric": staged.spec.metric,
        # Means may be summed over rows, medians may not.
        "score_is": staged.spec.predicts or "probability",
    }


def _reference(values: NDArray[Any], as_of: NDArray[np.datetime64]) -> dict[str, Any]:
    reference = reference_of(values)
    return {**reference, "beyond_chance": beyond_chance(reference, values, as_of)}


def _used_libraries(recipe: Recipe) -> tuple[str, ...]:
    return (*_LIBRARIES, "lightgbm") if recipe.candidate == "lightgbm" else _LIBRARIES


def _is_winners(training: Training, backtested: Backtested) -> bool:
    return training.winner is not None and training.winner.contender == backtested.contender


def _backtest_metrics(
    request: Request, staged: Staged, training: Training, version: int | None, run_id: str
) -> list[Row]:
    metrics: list[Row] = []
    for tried in training.all_tried:
        chosen = _is_winners(training, tried)
        for cutoff, scores in zip(training.cutoffs, tried.scores, strict=True):
            test = training.rows.take(cutoff.test)
            rule = test.rule if staged.spec.baseline else None
            outcomes = Outcomes(test.labels, scores, rule, classes=test.classes)
            values, sentence = quality(staged.spec, outcomes)
            if chosen and cutoff is training.cutoffs[-1]:
                values |= training.interval_metrics
            about: dict[str, Any] = {
                "run_id": run_id,
                "version": version if chosen else None,
                "recipe": tried.contender.name,
                "origin": "backtest",
                "as_of": cutoff.at,
            }
            # A flat table has one as-of date for all parts: only the last one is its quality.
            part = "all" if cutoff.fold is None else f"fold {cutoff.fold}"
            metrics += metric_rows(
                request, values=values, row_count=len(test), note=sentence, slice_name=part, **about
            )
            if chosen and cutoff.fold is None:
                for name, rows, inside in slices_of(
                    test.slices, test.labels, scores, task=test.task
                ):
                    metrics += metric_rows(
                        request, values=inside, row_count=rows, slice_name=name, **about
                    )
    return metrics
