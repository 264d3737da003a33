"""Probabilities that mean what they say: a curve from raw scores to what came true.

Fitted on the scores of earlier cut-offs, never on rows that the model has learnt from, and kept
only if it helps at a later one (Platt, 1999; Zadrozny and Elkan, 2002).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from foretell.training.metrics import Bools, Floats, evaluate

#: Positives below which a curve of two numbers is all that can be learnt.
POSITIVES_FOR_STEPS = 1_000
#: How much of the raw score is left in an isotonic curve: enough to break ties, no more.
TIES = 1e-6
#: How near to 0 and 1 a raw score may come on the scale of log odds.
EDGE = 1e-6


class Calibration:
    """A rising curve from raw to calibrated probability.

    Attributes
    ----------
    kind
        ``sigmoid``: two numbers, on the log odds. ``isotonic``: steps, ties broken by the raw
        score so that the order of rows is kept.
    at, to
        The curve's corners: slope and offset of a sigmoid, or raw and calibrated scores.
    """

    def __init__(
        self, kind: Literal["sigmoid", "isotonic"], at: NDArray[np.float64], to: NDArray[np.float64]
    ) -> None:
        self.kind, self.at, self.to = kind, at, to

    def apply(self, scores: Floats) -> Floats:
        """Calibrated probabilities, in the order of the raw ones."""
        if self.kind == "sigmoid":
            return np.asarray(expit(self.at[0] * _log_odds(scores) + self.to[0]))
        steps = np.interp(scores, self.at, self.to)
        return np.asarray((1 - TIES) * steps + TIES * scores)


def fit_calibration(labels: Bools, scores: Floats) -> Calibration | None:
    """A curve for these scores: a sigmoid below 1,000 positives, else isotonic.

    None where one cannot be fitted: one outcome only, or a curve that would turn the order around.
    """
    from sklearn.isotonic import isotonic_regression
    from sklearn.linear_model import LogisticRegression

    positives = int(min(labels.sum(), (~labels).sum()))
    if not positives:
        return None
    if positives < POSITIVES_FOR_STEPS:
        fitted = LogisticRegression(C=1e6).fit(_log_odds(scores)[:, None], labels)
        slope, offset = fitted.coef_[0], fitted.intercept_
        return Calibration("sigmoid", slope, offset) if slope[0] > 0 else None
    order = np.argsort(scores, kind="stable")
    at, starts = np.unique(scores[order], return_index=True)
    sizes = np.diff(np.append(starts, len(scores))).astype(np.float64)
    hits = np.add.reduceat(labels[order].astype(np.float64), starts)
    # One more row of the overall rate at either end: no step promises 0 or 1.
    sizes[[0, -1]] += 1
    hits[[0, -1]] += labels.mean()
    steps = isotonic_regression(hits / sizes, sample_weight=sizes)
    if steps[0] == steps[-1]:
        return None
    # Only the ends of a step matter.
    corner = np.ones(len(steps), dtype=bool)
    corner[1:-1] = (np.diff(steps[:-1]) != 0) | (np.diff(steps[1:]) != 0)
    return Calibration("isotonic", at[corner], steps[corner])


def calibrated(
    labels: Sequence[Bools], scores: Sequence[Floats]
) -> tuple[Calibration | None, list[Floats]]:
    """The curve to serve with, and the scores of each cut-off by curves of those before it.

    Learnt on all cut-offs before the last but one and judged there; where there are only two, on
    the first and judged on the last. Kept if the log loss is lower there.

    Parameters
    ----------
    labels, scores
        Of each cut-off's test rows, oldest first.

    Returns
    -------
    The curve fitted on all cut-offs, or None where it does not help, and the scores as they would
    have been served: at each cut-off by what was known before it.
    """
    raw = list(scores)
    if len(scores) < 2:
        return None, raw
    judged = max(1, len(scores) - 2)
    trial = fit_calibration(np.concatenate(labels[:judged]), np.concatenate(raw[:judged]))
    if trial is None:
        return None, raw
    raw_loss, calibrated_loss = (
        evaluate("binary", labels[judged], probabilities)["log_loss"]
        for probabilities in (raw[judged], trial.apply(raw[judged]))
    )
    if calibrated_loss >= raw_loss:
        return None, raw
    served = raw[:judged]
    for cutoff in range(judged, len(scores)):
        curve = fit_calibration(np.concatenate(labels[:cutoff]), np.concatenate(raw[:cutoff]))
        served.append(curve.apply(raw[cutoff]) if curve else raw[cutoff])
    return fit_calibration(np.concatenate(labels), np.concatenate(raw)), served


def _log_odds(scores: Floats) -> Floats:
    clipped = np.clip(scores, EDGE, 1 - EDGE)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))
