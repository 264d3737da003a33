"""Realised performance: live scores against the outcomes that have matured since."""

from __future__ import annotations

import numpy as np

from foretell.monitoring.words import capacity_sentence
from foretell.registry.record import Row, metric_rows
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.staging import RULE, Staged
from foretell.training.metrics import Bools, Floats, evaluate, named, rank_auc
from foretell.training.rows import MAX_ROWS
from foretell.warehouse.protocol import Warehouse
from foretell.warehouse.relation import quoted


def capacity_of(spec: PredictionSpec, rows: int) -> int:
    """How many rows are named: the declared capacity, else one in ten."""
    return min(rows, spec.value.capacity or max(1, rows // 10))


def quality(
    spec: PredictionSpec, labels: Bools, scores: Floats, rule: Floats | None
) -> tuple[dict[str, float], str]:
    """Metrics of scored rows with known outcomes, and the sentence for stakeholders."""
    values = evaluate(labels, scores)
    count, hits = named(labels, scores, capacity_of(spec, len(labels)))
    positives = int(labels.sum())
    values |= {"positives": float(positives), "named": float(count), "named_positives": float(hits)}
    auc_of_rule = rank_auc(labels, rule) if rule is not None else None
    if auc_of_rule is not None:
        values["rule_roc_auc"] = auc_of_rule
    sentence = capacity_sentence(
        entity=spec.entity,
        label=spec.label,
        rows=len(labels),
        positives=positives,
        named=count,
        hits=hits,
    )
    return values, sentence


def realised(request: Request, staged: Staged, warehouse: Warehouse, *, run_id: str) -> list[Row]:
    """Metric rows for each as-of date and version of which more outcomes are known than before."""
    if not warehouse.exists(request.history):
        return []
    spec = staged.spec
    same = " and ".join(f"made.{quoted(name)} = staged.{quoted(name)}" for name in staged.key)
    entity, as_of = (quoted(name) for name in staged.key)
    label = quoted(spec.label)
    joined = (
        f"select made.{entity}, cast(made.{as_of} as date) as as_of_date, made.model_version, "
        f"made.score, staged.{RULE}, cast(staged.{label} as boolean) as label, row_number() over "
        f"(partition by made.{entity}, made.{as_of}, made.model_version "
        "order by made.scored_at desc) as newest "
        f"from {request.history} as made join ({staged.labelled}) as staged on {same} "
        "where made.origin = 'live'"
    )
    groups = warehouse.rows(
        # Not as soon as the number differs: where entities were forgotten, fewer are known.
        "select found.* from (select as_of_date, model_version, count(*) as row_count "
        f"from ({joined}) as j where newest = 1 group by 1, 2) as found left join "
        "(select as_of_date, model_version, max(row_count) as row_count "
        f"from {request.store('metrics')} where prediction = ? and origin = 'live' group by 1, 2) "
        "as told on found.as_of_date = told.as_of_date "
        "and found.model_version = told.model_version "
        "where found.row_count > coalesce(told.row_count, 0) order by 1, 2",
        [request.prediction],
    )
    rows: list[Row] = []
    for day, version, count in groups:
        one = (
            f"select * from ({joined}) as j where newest = 1 "
            f"and as_of_date = cast('{day}' as date) and model_version = {int(version)}"
        )
        table = warehouse.sample(one, key=[spec.entity], limit=MAX_ROWS)
        labels = np.asarray(table.column("label").to_numpy(zero_copy_only=False), dtype=bool)
        scores = np.asarray(table.column("score").to_numpy(), dtype=np.float64)
        rule = table.column(RULE).to_numpy(zero_copy_only=False).astype(np.float64)
        values, sentence = quality(spec, labels, scores, rule if spec.baseline else None)
        rows += metric_rows(
            request,
            run_id=run_id,
            version=version,
            recipe=None,
            origin="live",
            as_of=day,
            values=values,
            row_count=int(count),
            note=sentence,
        )
    return rows
