"""The model card of a version: what it predicts, on what data, how good it is, and its limits.

The sections follow Mitchell et al. (2019), in words for those who use the scores.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from foretell.ground.definitions import listed
from foretell.monitoring.performance import Outcomes, quality
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.staging.staged import Staged
from foretell.training.choose import figure, words_of
from foretell.training.guards import slices_of
from foretell.training.metrics import METRICS
from foretell.training.train import Training

_LISTED = 40


@dataclass(frozen=True)
class Section:
    """A heading and its sentences."""

    title: str
    sentences: tuple[str, ...]


def card_of(request: Request, staged: Staged, training: Training) -> list[Section]:
    """The card of the version that a training made."""
    spec = staged.spec
    return [
        Section("What it predicts", tuple(_predicts(request, spec))),
        Section("For whom", tuple(_for_whom(spec))),
        Section("On what data", tuple(_data(request, staged, training))),
        Section("How good it is", tuple(_how_good(spec, training))),
        Section("Where it is worst", tuple(_worst(spec, training))),
        Section("Its limits", tuple(_limits(spec, training))),
    ]


def _predicts(request: Request, spec: PredictionSpec) -> Iterator[str]:
    if request.description:
        yield " ".join(request.description.split())
    score = {
        "binary": f"`score` is the probability that `{spec.label}` is true",
        "multiclass": f"`predicted` is the likeliest `{spec.label}`, `score` its probability",
        "regression": f"`score` is the {spec.predicts} to expect of `{spec.label}`",
    }[spec.task]
    if spec.horizon:
        score += f", as it will be known {spec.horizon.days or spec.horizon} days later"
    elif spec.matures_at:
        score += f", as it will be known at `{spec.matures_at}`"
    yield score + "."
    if spec.predicts == "median":
        yield "A median may not be summed over rows; for totals declare `predicts: mean`."


def _for_whom(spec: PredictionSpec) -> Iterator[str]:
    when = f"as of each `{spec.as_of}`" if spec.as_of else "as the table is on the day it is read"
    yield f"One row per `{spec.entity}`, {when}, for those that the training query selects."
    if spec.value.capacity:
        yield f"{spec.value.capacity:,} of a run can be acted on."


def _data(request: Request, staged: Staged, training: Training) -> Iterator[str]:
    rows = training.rows
    first = rows.as_of.min().astype(datetime)
    last = rows.matures_at.max().astype(datetime)
    yield (
        f"{len(rows):,} rows with a known outcome, as of {first:%Y-%m-%d} and later, known until "
        f"{last:%Y-%m-%d}."
    )
    if rows.task == "binary":
        yield f"{rows.labels.mean():.1%} of them are positive."
    if rows.task == "multiclass":
        yield f"Classes: {listed(rows.classes, most=_LISTED)}."
    features = training.recipe.features if training.recipe else ()
    views = dict.fromkeys(view.name for view in request.views)
    source = f" from {listed(list(views))}" if views else ""
    if features:
        yield f"{len(features)} features{source}: {listed(features, most=_LISTED)}."
    elif staged.spec.baseline:
        yield f"It looks at the rule alone: `{staged.spec.baseline.sql}`."
    never = staged.spec.never_use
    left_out = dict.fromkeys((*never.columns, *request.tagged(never.tags)))
    if left_out:
        yield f"Never used: {listed(list(left_out))}."


def _how_good(spec: PredictionSpec, training: Training) -> Iterator[str]:
    winner = training.winner
    assert winner is not None  # noqa: S101
    cutoff = training.cutoffs[-1]
    test = training.rows.take(cutoff.test)
    rule = test.rule if spec.baseline else None
    outcomes = Outcomes(test.labels, winner.scores[-1], rule, classes=test.classes)
    values, sentence = quality(spec, outcomes)
    yield f"{training.verdict}."
    yield f"On the {len(test):,} rows of the last cut-off ({cutoff.at}), {sentence}."
    values |= training.interval_metrics
    sentence_metrics = {"positives", "named", "named_positives"}
    figures = [
        f"{name} {figure(value)}" for name, value in values.items() if name not in sentence_metrics
    ]
    yield ", ".join(figures) + "."
    if training.model is not None and training.model.calibration is not None:
        yield (
            f"Its probabilities are calibrated ({training.model.calibration.kind}) on earlier "
            "cut-offs, which helped on a later one."
        )


def _worst(spec: PredictionSpec, training: Training) -> Iterator[str]:
    winner = training.winner
    assert winner is not None  # noqa: S101
    cutoff = training.cutoffs[-1]
    here = {name: values[cutoff.test] for name, values in training.rows.slices.items()}
    labels = training.rows.labels[cutoff.test]
    slice_values = [
        (name, rows, values[spec.metric])
        for name, rows, values in slices_of(here, labels, winner.scores[-1], task=spec.task)
        if spec.metric in values
    ]
    if not slice_values:
        yield (
            "No slice was judged: declare `slices` in the spec, or wait for more rows."
            if not spec.slices
            else "No slice had 50 rows in the last cut-off."
        )
        return
    sign = 1 if METRICS[spec.task][spec.metric].lower_is_better else -1
    overall = winner.metrics[-1][spec.metric]
    yield f"Over all rows its {words_of(spec)} is {figure(overall)}."
    for name, rows, value in sorted(slice_values, key=lambda entry: -sign * entry[2])[:3]:
        yield f"Where {name}: {figure(value)} ({rows:,} rows)."


def _limits(spec: PredictionSpec, training: Training) -> Iterator[str]:
    if not spec.is_flat:
        yield (
            "It was judged on rows after those that it learnt from. What hits a whole date at "
            "once, such as a holiday or a strike, is not in its intervals of confidence."
        )
    for note in (*training.notes, *training.warnings):
        yield note.rstrip(".") + "."
    if training.winner is not None and training.winner.contender.recipe.candidate == "rule":
        yield "It is the simple rule: no model was surely better."
    useless = [worth.name for worth in training.worths if worth.verdict == "worthless"]
    if useless:
        yield f"Worth nothing to it, as far as the backtest shows: {listed(useless)}."
    yield "It tells what to expect, not what acting would change."
