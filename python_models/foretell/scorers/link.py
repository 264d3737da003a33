"""From sums to scores: the last step of a serving form."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import expit, softmax

from foretell.scorers.inputs import Floats

#: ``identity`` for numbers, ``log`` for counts, ``logistic`` for yes or no, ``softmax`` for
#: classes.
Link = Literal["identity", "log", "logistic", "softmax"]


def linked(sums: Floats, link: Link) -> Floats:
    """``(rows, outputs)`` sums as ``(rows,)`` values or probabilities, or ``(rows, classes)``."""
    if link == "softmax":
        return np.asarray(softmax(sums, axis=1))
    if link == "log":
        return np.asarray(np.exp(sums[:, 0]))
    return np.asarray(expit(sums[:, 0]) if link == "logistic" else sums[:, 0])
