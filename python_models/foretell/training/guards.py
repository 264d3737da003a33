"""What a challenger may not cost, however much better it is on the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from foretell.spec import PredictionSpec, Task
from foretell.training.cutoffs import Cutoff
from foretell.training.metrics import Floats, Labels, evaluate, gain
from foretell.training.rows import Rows

if TYPE_CHECKING:
    from foretell.training.backtest import Backtested

#: Rows from which a slice is judged.
ENOUGH = 50


def slices_of(
    slices: Mapping[str, NDArray[Any]], labels: Labels, scores: Floats, *, task: Task
) -> Iterator[tuple[str, int, dict[str, float]]]:
    """Name, rows and metrics of each slice that has enough rows.

    Parameters
    ----------
    slices
        ``(rows,)`` strings for each column that rows are broken down by.
    """
    for name, values in slices.items():
        texts, codes, counts = np.unique(
            values.astype(str), return_inverse=True, return_counts=True
        )
        # Sorted once: looking for each of many values among all rows takes minutes.
        of_values = np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])
        for value, inside in zip(texts, of_values, strict=True):
            if len(inside) >= ENOUGH:
                metrics = evaluate(task, labels[inside], scores[inside])
                yield f"{name} = {value}", len(inside), metrics


def _at(backtested: Backtested, rows: Rows, cutoff: Cutoff) -> dict[str, dict[str, float]]:
    slices = {name: values[cutoff.test] for name, values in rows.slices.items()}
    sliced = slices_of(slices, rows.labels[cutoff.test], backtested.scores[-1], task=rows.task)
    return {name: metrics for name, _, metrics in sliced}


def broken_guard(
    challenger: Backtested, incumbent: Backtested, rows: Rows, cutoff: Cutoff, spec: PredictionSpec
) -> str | None:
    """Which guard of the spec a challenger breaks at the last cut-off, in words."""
    guards = spec.promote.guards
    error = challenger.metrics[-1].get("calibration_error", 0.0)
    if guards.calibration_error is not None and error > guards.calibration_error:
        return (
            f"its probabilities are off by {error:.3f} on average, and "
            f"{guards.calibration_error:g} is allowed (guards.calibration_error)"
        )
    if guards.worst_slice is None:
        return None
    challenger_slices, incumbent_slices = (
        _at(backtested, rows, cutoff) for backtested in (challenger, incumbent)
    )
    losses = {
        name: -gain(
            spec.task, spec.metric, challenger_slices[name][spec.metric], metrics[spec.metric]
        )
        / max(abs(metrics[spec.metric]), 1e-12)
        for name, metrics in incumbent_slices.items()
        if spec.metric in metrics
    }
    worst = max(losses, key=lambda name: losses[name], default=None)
    if worst is None or losses[worst] <= guards.worst_slice:
        return None
    return (
        f"where {worst} it is worse by {losses[worst]:.1%} ({spec.metric}), and "
        f"{guards.worst_slice:.1%} is allowed (guards.worst_slice)"
    )
