"""Signs of a leak that can be seen when a model is trained: alone, by name, by time, no history."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from scipy.stats import spearmanr

from foretell.features.findings import Finding
from foretell.ground.relation import quoted
from foretell.ground.views import FeatureView
from foretell.request import Request
from foretell.staging.staged import Staged
from foretell.training.metrics import Bools, Floats, rank_auc
from foretell.training.rows import Rows
from foretell.warehouse.protocol import Warehouse

#: AUC from which one feature alone is too good. Honest recency features reach .75 to .9.
TOO_GOOD = 0.98
#: Rank correlation from which a feature is the label itself. An earlier value may come near to it.
SAME = 0.999
#: Share of a view's rows that may be dated after their own time, as slips of the source.
FEW = 0.01
_MEASURE = {"binary": "AUC", "multiclass": "AUC", "regression": "rank correlation"}
_BINS = 32
_AFTER = re.compile(r"(^|_)(future|next|upcoming|outcome|label)(_|$)")


def suspicious(request: Request, staged: Staged, rows: Rows, warehouse: Warehouse) -> list[Finding]:
    """Everything about the features of a training query that a careful reader would question."""
    findings = [*_too_good(request, staged, rows), *_named_after(request, staged)]
    for view in request.views:
        if view.kind == "static":
            findings.append(
                Finding(
                    "no history", "info", view.name, None, None,
                    f"{view.name} is static: what it says of past as-of times may have been "
                    "learnt after them.",
                )
            )  # fmt: skip
        elif view.relation is not None:
            findings += _dated_after(view, warehouse)
    return findings


def _too_good(request: Request, staged: Staged, rows: Rows) -> Iterator[Finding]:
    for name in rows.names:
        auc = _alone(rows, name)
        if auc is not None and auc >= (SAME if rows.task == "regression" else TOO_GOOD):
            view = request.view_of(name)
            place = f"{name} of {view.name}" if view else f"{name} of the training query"
            yield Finding(
                "predicts alone", "warning", view.name if view else None, name, auc,
                f"{place} alone tells {staged.spec.label} almost without error "
                f"({_MEASURE[rows.task]} {auc:.3f}): "
                "is it known before the as-of time?",
            )  # fmt: skip


def _alone(rows: Rows, name: str) -> float | None:
    """How well one feature alone tells the outcome: its AUC, or the order that it shares with it.

    Of several classes the one that it tells best counts; of numbers the rank correlation.
    """
    if rows.kinds[name] == "text":
        return None
    values = np.asarray(rows.frame[name])
    if values.dtype == object:
        values = np.unique(values.astype(str), return_inverse=True)[1].astype(np.float64)
        if len(np.unique(values)) > _BINS:
            return None
    if rows.task == "regression":
        known = ~np.isnan(values)
        if known.sum() < len(values) / 2 or np.ptp(values[known]) == 0:
            return None
        return abs(float(spearmanr(values[known], rows.labels[known]).statistic))
    if rows.task == "binary":
        return auc_alone(rows.labels, values)
    aucs = [auc_alone(rows.labels == at, values) for at in range(len(rows.classes))]
    return max((auc for auc in aucs if auc is not None), default=None)


def auc_alone(labels: Bools, values: Floats) -> float | None:
    """AUC of one feature whatever the shape of its relation: rates per bin, judged on other rows.

    Nulls are a bin of their own, since a missing value may be what tells the outcome. Every
    second row learns the rates, the others judge them, and the other way round.
    """
    known = values[~np.isnan(values)]
    quantiles = np.linspace(0, 1, _BINS + 1)[1:-1]
    edges = np.unique(np.quantile(known, quantiles)) if len(known) else np.empty(0)
    bins = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values))
    aucs = []
    for half in (0, 1):
        is_learnt = np.arange(len(values)) % 2 == half
        count = np.bincount(bins[is_learnt], minlength=len(edges) + 2)
        positive = np.bincount(bins[is_learnt], labels[is_learnt], minlength=len(edges) + 2)
        overall = labels[is_learnt].mean() if is_learnt.any() else 0.0
        rates = (positive + overall) / (count + 1)
        aucs.append(rank_auc(labels[~is_learnt], rates[bins[~is_learnt]]))
    known_aucs = [auc for auc in aucs if auc is not None]
    return float(np.mean(known_aucs)) if known_aucs else None


def _named_after(request: Request, staged: Staged) -> Iterator[Finding]:
    label = staged.spec.label.lower()
    for name in staged.features:
        if _AFTER.search(name.lower()) or name.lower().endswith(f"_{label}"):
            view = request.view_of(name)
            yield Finding(
                "named after", "warning", view.name if view else None, name, None,
                f"{name} is named like something that is known after the as-of time.",
            )  # fmt: skip


def _dated_after(view: FeatureView, warehouse: Warehouse) -> Iterator[Finding]:
    """Times in a view's rows, beside those it declares, that lie after the rows' own."""
    assert view.relation is not None  # noqa: S101
    assert view.at is not None  # noqa: S101
    times = [
        name
        for name, kind in warehouse.columns(view.relation).items()
        if kind.startswith(("DATE", "TIMESTAMP")) and name not in view.keys
    ]
    if not times:
        return
    # A row of a spine must be known before its day begins, an event within its day.
    after = ">=" if view.kind == "spine" else ">"
    day = warehouse.dialect.as_day
    own = day(quoted(view.at))
    ((rows, *late),) = warehouse.rows(
        "select count(*), "
        + ", ".join(
            f"sum(case when {day(quoted(name))} {after} {own} then 1 else 0 end)" for name in times
        )
        + f" from {view.relation}"
    )
    for name, count in zip(times, late, strict=True):
        share = float(count or 0) / max(int(rows), 1)
        if share > FEW:
            yield Finding(
                "dated after", "warning", view.name, None, share,
                f"{view.name} has {name} after {view.at} in {share:.0%} of its rows: if a row is "
                f"known only from {name} on, declare `known_at: {name}`; if {name} plays no part, "
                "leave it out of the view.",
            )  # fmt: skip
