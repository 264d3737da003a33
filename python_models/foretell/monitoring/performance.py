"""Realised performance: live scores against the outcomes that have matured since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from foretell.ground.names import RULE
from foretell.ground.relation import quoted
from foretell.monitoring.chance import drop_by_chance, miscalibration
from foretell.monitoring.curves import curve_rows
from foretell.monitoring.words import capacity_sentence, classes_sentence, error_sentence
from foretell.published import class_columns_in
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.staging.staged import Staged
from foretell.stores.record import Row, metric_rows
from foretell.training.guards import slices_of
from foretell.training.intervals import judge_intervals
from foretell.training.metrics import HEADLINES, Floats, Labels, evaluate, named, rank_auc
from foretell.training.rows import MAX_ROWS, UNKNOWN
from foretell.training.value import named_rows, worth
from foretell.warehouse.protocol import Warehouse


@dataclass(frozen=True)
class Outcomes:
    """Scores with their outcomes, of one as-of date and version.

    Attributes
    ----------
    labels, scores
        As a task has them: see :class:`foretell.training.rows.Rows` and ``Model.scores``.
    rule
        Values of the simple rule; None where there is none.
    bounds
        Lower and upper ends of intervals; None where there are none.
    classes
        Of a multiclass task.
    """

    labels: Labels
    scores: Floats
    rule: NDArray[Any] | None = None
    bounds: tuple[Floats, Floats] | None = None
    classes: tuple[str, ...] = ()


def quality(spec: PredictionSpec, outcomes: Outcomes) -> tuple[dict[str, float], str]:
    """Metrics of scored rows with known outcomes, and the sentence for stakeholders."""
    values = evaluate(spec.task, outcomes.labels, outcomes.scores)
    judge = {"binary": _binary, "multiclass": _multiclass, "regression": _regression}[spec.task]
    more, sentence = judge(spec, outcomes, values)
    return values | more | _chance(spec, outcomes, values), sentence


def _chance(spec: PredictionSpec, outcomes: Outcomes, values: dict[str, float]) -> dict[str, float]:
    """What the trust light needs besides: calibration, and how much of all that is chance."""
    headline = HEADLINES.get(spec.task, spec.metric)
    more: dict[str, float] = {}
    if headline in values:
        by_chance = drop_by_chance(headline, values[headline], outcomes.labels, outcomes.scores)
        more |= {} if by_chance is None else {"drop_by_chance": by_chance}
    off = miscalibration(spec.task, outcomes.labels, outcomes.scores, outcomes.bounds)
    if off is not None:
        more |= {"miscalibration": off[0], "miscalibration_by_chance": off[1]}
    return more


def _binary(
    spec: PredictionSpec, outcomes: Outcomes, values: dict[str, float]
) -> tuple[dict[str, float], str]:
    labels, rows = outcomes.labels, len(outcomes.labels)
    count, hits = named(labels, outcomes.scores, named_rows(spec.value, outcomes.scores))
    positives = int(labels.sum())
    more: dict[str, float] = {"positives": positives, "named": count, "named_positives": hits}
    if count and positives:
        more["lift"] = hits / count / (positives / rows)
    brought = worth(spec.value, named=count, hits=hits)
    if brought is not None:
        more["value"] = brought
    auc_of_rule = None if outcomes.rule is None else rank_auc(labels, outcomes.rule)
    if auc_of_rule is not None:
        more["rule_roc_auc"] = auc_of_rule
    sentence = capacity_sentence(
        entity=spec.entity,
        label=spec.label,
        rows=rows,
        positives=positives,
        named=count,
        hits=hits,
    )
    return {name: float(value) for name, value in more.items()}, sentence


def _multiclass(
    spec: PredictionSpec, outcomes: Outcomes, values: dict[str, float]
) -> tuple[dict[str, float], str]:
    labels, rows = outcomes.labels, len(outcomes.labels)
    more = {}
    if outcomes.rule is not None:
        right = np.asarray(outcomes.classes)[labels] == outcomes.rule
        more["rule_accuracy"] = float(right.mean())
    sentence = classes_sentence(
        entity=spec.entity,
        rows=rows,
        hits=round(values["accuracy"] * rows),
        commonest=int(np.bincount(labels).max()) if rows else 0,
    )
    return more, sentence


def _regression(
    spec: PredictionSpec, outcomes: Outcomes, values: dict[str, float]
) -> tuple[dict[str, float], str]:
    more: dict[str, float] = {}
    if outcomes.rule is not None and not np.isnan(outcomes.rule).all():
        guess = np.nan_to_num(outcomes.rule, nan=float(np.nanmedian(outcomes.rule)))
        of_rule = evaluate("regression", outcomes.labels, guess)
        more |= {f"rule_{name}": of_rule[name] for name in ("mae", "rmse")}
    if outcomes.bounds is not None and not np.isnan(outcomes.bounds[0]).any():
        more |= judge_intervals(outcomes.labels, *outcomes.bounds)
    sentence = error_sentence(
        label=spec.label,
        predicts=str(spec.predicts),
        error=values[spec.metric],
        rule=more.get(f"rule_{spec.metric}"),
        inside=more.get("coverage_90"),
    )
    return more, sentence


def realised(
    request: Request, staged: Staged, warehouse: Warehouse, *, run_id: str
) -> dict[str, list[Row]]:
    """Rows for `metrics`, `gains` and `calibration_bins` about outcomes that have matured.

    Of each as-of date and version of which more outcomes are known than before.
    """
    rows_by_store: dict[str, list[Row]] = {"metrics": []}
    if not warehouse.exists(request.history):
        return rows_by_store
    spec = staged.spec
    joined = _scores_with_outcomes(request, staged, warehouse)
    more = _known_more(request, joined)
    groups = warehouse.rows(f"{more} order by 1, 2")
    for day, version, count, table in _tables(staged, warehouse, joined, more, groups):
        outcomes = _outcomes(spec, table)
        values, sentence = quality(spec, outcomes)
        about: dict[str, Any] = {
            "run_id": run_id, "version": version, "origin": "live", "as_of": day,
        }  # fmt: skip
        rows_by_store["metrics"].extend(
            metric_rows(
                request, recipe=None, values=values, row_count=int(count), note=sentence, **about
            )
        )
        for name, rows, inside in _by_slice(spec, table, outcomes):
            rows_by_store["metrics"].extend(
                metric_rows(
                    request, recipe=None, values=inside, row_count=rows, slice_name=name, **about
                )
            )
        curves = curve_rows(request, spec, outcomes.labels, outcomes.scores, **about)
        for store, rows_of in curves.items():
            rows_by_store.setdefault(store, []).extend(rows_of)
    return rows_by_store


def _known_more(request: Request, joined: str) -> str:
    """Query for each as-of date and version of which more outcomes are known than before."""
    name = request.prediction.replace("'", "''")
    # Not as soon as the number differs: where entities were forgotten, fewer are known.
    return (
        "select found.* from (select as_of_date, model_version, count(*) as row_count "
        f"from ({joined}) as j where newest = 1 group by 1, 2) as found left join "
        "(select as_of_date, model_version, max(row_count) as row_count "
        f"from {request.seen('metrics')} as metrics where prediction = '{name}' "
        "and origin = 'live' and slice = 'all' group by 1, 2) "
        "as told on found.as_of_date = told.as_of_date "
        "and found.model_version = told.model_version "
        "where found.row_count > coalesce(told.row_count, 0)"
    )


def _tables(
    staged: Staged,
    warehouse: Warehouse,
    joined: str,
    more: str,
    groups: Sequence[tuple[Any, ...]],
) -> Iterator[tuple[date, int, int, pa.Table]]:
    """Each as-of date and version with its number of rows, and its rows, a sample of very many.

    Dates with few rows are read together: each statement joins all that was ever scored.
    """
    for batch in _batches(groups):
        (first, version, _), (last, *_) = batch[0], batch[-1]
        if len(batch) == 1:
            rows = (
                f"select * from ({joined}) as j where newest = 1 "
                f"and as_of_date = {staged.dialect.day(first)} and model_version = {int(version)}"
            )
        else:
            rows = (
                f"select j.* from ({joined}) as j inner join ({more}) as more on "
                "j.as_of_date = more.as_of_date and j.model_version = more.model_version "
                f"where newest = 1 and j.as_of_date >= {staged.dialect.day(first)} "
                f"and j.as_of_date <= {staged.dialect.day(last)}"
            )
        # Among equal scores, those are named that come first by entity.
        table = warehouse.sample(rows, key=[staged.spec.entity], limit=MAX_ROWS)
        if len(batch) == 1:
            yield *batch[0], table
            continue
        of_group = [
            np.asarray(table.column(name).to_numpy(zero_copy_only=False))
            for name in ("model_version", "as_of_date")
        ]
        table, start = table.take(pa.array(np.lexsort(of_group))), 0
        for day, of_version, count in batch:
            yield day, of_version, count, table.slice(start, count)
            start += count


def _batches(groups: Sequence[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """Groups of as many dates as fit in a sample together; of a date that does not, one by one."""
    batch: list[tuple[Any, ...]] = []
    row_count = 0
    for _, same in groupby(groups, key=lambda group: group[0]):
        of_day = list(same)
        size = sum(count for *_, count in of_day)
        if batch and row_count + size > MAX_ROWS:
            yield batch
            batch, row_count = [], 0
        if size > MAX_ROWS:
            yield from ([group] for group in of_day)
        else:
            batch += of_day
            row_count += size
    if batch:
        yield batch


def _by_slice(
    spec: PredictionSpec, table: pa.Table, outcomes: Outcomes
) -> Iterator[tuple[str, int, dict[str, float]]]:
    columns = {
        name: np.asarray(
            table.column(f"foretell_slice_{number}")
            .fill_null(UNKNOWN)
            .to_numpy(zero_copy_only=False),
            dtype=object,
        )
        for number, name in enumerate(spec.slices)
    }
    return slices_of(columns, outcomes.labels, outcomes.scores, task=spec.task)


def _scores_with_outcomes(request: Request, staged: Staged, warehouse: Warehouse) -> str:
    """Query for live scores whose outcome is known; `newest` tells one that was made again."""
    spec, dialect = staged.spec, staged.dialect
    entity, as_of = (quoted(name) for name in staged.key)
    # The rows of a flat table are read on a different day when their outcome is known.
    keys = staged.key[:1] if spec.is_flat else staged.key
    same = " and ".join(f"made.{quoted(name)} = staged.{quoted(name)}" for name in keys)
    have = warehouse.columns(request.history)
    scores = [
        f"made.{quoted(name)}"
        for name in have
        if name in ("score", "predicted") or name.startswith("score_")
    ]
    slices = [
        f"{dialect.as_text(f'staged.{quoted(name)}')} as foretell_slice_{number}"
        for number, name in enumerate(spec.slices)
    ]
    day = dialect.as_day(f"made.{as_of}")
    return (
        f"select made.{entity}, {day} as as_of_date, made.model_version, "
        f"{', '.join([*scores, *slices])}, staged.{RULE}, "
        f"{staged.label_of('staged')} as foretell_label, "
        f"row_number() over (partition by made.{entity}, made.{as_of}, made.model_version "
        "order by made.scored_at desc) as newest "
        f"from {request.published} as made join ({staged.labelled}) as staged on {same} "
        "where made.origin = 'live'"
    )


def _outcomes(spec: PredictionSpec, table: pa.Table) -> Outcomes:
    """Arrow rows of one as-of date and version as their task has them."""
    values = table.column("foretell_label").to_numpy(zero_copy_only=False)
    rule = table.column(RULE).to_numpy(zero_copy_only=False) if spec.baseline else None
    if spec.task == "multiclass":
        return _outcomes_of_classes(table, values, rule)
    scores = _doubles(table, "score")
    numbers = None if rule is None else np.asarray(rule, dtype=np.float64)
    if spec.task == "binary":
        return Outcomes(np.asarray(values, dtype=bool), scores, numbers)
    bounds = None
    if "score_lower" in table.column_names:
        bounds = (_doubles(table, "score_lower"), _doubles(table, "score_upper"))
    return Outcomes(np.asarray(values, dtype=np.float64), scores, numbers, bounds)


def _outcomes_of_classes(table: pa.Table, values: Any, rule: Any) -> Outcomes:
    """Outcomes may be of classes that the version did not know: those have no probability."""
    score_columns = [
        name
        for name in table.column_names
        # The history has columns of other versions' classes too.
        if name.startswith("score_") and table.column(name).null_count < table.num_rows
    ]
    classes = tuple(sorted({str(value) for value in values} | set(table["predicted"].to_pylist())))
    names = class_columns_in(classes, score_columns)
    scores = np.zeros((table.num_rows, len(classes)))
    for at, name in enumerate(names):
        if name is not None:
            scores[:, at] = np.nan_to_num(_doubles(table, name))
    # What is left belongs to classes that neither came true nor were predicted.
    other_classes = len(score_columns) - sum(name is not None for name in names)
    if other_classes > 0:
        rest = np.clip(1 - scores.sum(axis=1), 0, 1) / other_classes
        scores = np.column_stack([scores, *[rest] * other_classes])
    labels = np.searchsorted(np.asarray(classes), np.asarray(values, dtype=str))
    guesses = None if rule is None else np.asarray(rule, dtype=object)
    return Outcomes(labels, scores, guesses, classes=classes)


def _doubles(table: pa.Table, name: str) -> Floats:
    column = table.column(name).cast(pa.float64())
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)
