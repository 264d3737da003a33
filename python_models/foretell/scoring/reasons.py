"""Why a row scores as it does, in words, from what the score would be without each feature.

A feature's contribution is the change of the score when its value is replaced by the typical
one (the median, or the commonest string, of the training rows): occlusion, after Robnik-Sikonja
and Kononenko (2008). It is named for what it is, works for every estimator, and costs one scoring
per feature, so it is made for the rows that matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np

from foretell.training.metrics import Floats
from foretell.training.model import Model
from foretell.training.rows import UNKNOWN, with_columns

if TYPE_CHECKING:
    from pandas import DataFrame

Typical = Mapping[str, float | str]
#: Characters from which a string is a text, of which none is typical, and how much is shown.
_WORD, _SHOWN = 24, 60


def contributions(model: Model, frame: DataFrame, *, typical: Typical) -> Floats:
    """``(rows, features)`` changes of the score by each feature's value instead of a typical one.

    Of a multiclass task: of the probability of the class that is predicted.
    """
    scores = model.scores(frame)
    likeliest = scores.argmax(axis=1) if scores.ndim == 2 else None
    at = np.arange(len(frame))
    found = np.zeros(frame.shape)
    for position, name in enumerate(frame.columns):
        usual = typical.get(name, UNKNOWN if frame[name].dtype == object else np.nan)
        column = np.full(len(frame), usual, dtype=frame[name].dtype)
        change = scores - model.scores(with_columns(frame, {name: column}))
        found[:, position] = change if likeliest is None else change[at, likeliest]
    return found


def reasons(
    model: Model,
    frame: DataFrame,
    *,
    typical: Typical,
    descriptions: Mapping[str, str],
    count: int,
    dates: Mapping[str, bool] | None = None,
) -> list[list[str | None]]:
    """Up to ``count`` sentences per row, for what raises its score most.

    Parameters
    ----------
    frame
        The features that the model looks at.
    typical
        Median, or commonest string, of each feature in the training rows.
    descriptions
        dbt's description of each feature; its first sentence names it.
    dates
        Which features are dates, and whether each is a day of the calendar (in a flat table)
        rather than days before the as-of time.
    """
    found = contributions(model, frame, typical=typical)
    order = np.argsort(-found, axis=1, kind="stable")[:, :count]
    names, values = list(frame.columns), frame.to_numpy(dtype=object)
    return [
        [
            sentence(names[column], values[row, column], typical, descriptions, dates or {})
            if found[row, column] > 0
            else None
            for column in order[row]
        ]
        + [None] * (count - order.shape[1])
        for row in range(len(frame))
    ]


def sentence(
    name: str,
    value: Any,
    typical: Typical,
    descriptions: Mapping[str, str],
    dates: Mapping[str, bool],
) -> str:
    """What a feature is called, its value, and the typical one."""
    words = descriptions.get(name, "").split(". ")[0].strip().rstrip(".")
    label = " ".join(words.split()) or name.replace("_", " ")
    if isinstance(value, str) and len(value) > _WORD:
        return f'{label}: "{shorten(value, _SHOWN, placeholder="...")}"'
    show = _number
    # What is called a share is read as one, and what begins with whether is yes or no.
    if label.lower().startswith("share of"):
        show = "{:.0%}".format
    elif label.lower().startswith("whether "):
        show = _yes_or_no
    elif name in dates:
        show = _day if dates[name] else _days_before
    found, usual = (_words(one, show) for one in (value, typical.get(name, np.nan)))
    return f"{label}: {found}, typically {usual}"


def _words(value: Any, show: Callable[[float], str]) -> str:
    if isinstance(value, str):
        return "unknown" if value == UNKNOWN else value
    return "unknown" if np.isnan(value) else show(value)


def _number(value: float) -> str:
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.2g}" if abs(value) < 1 else f"{value:.1f}"


def _yes_or_no(value: float) -> str:
    return "yes" if value else "no"


def _day(value: float) -> str:
    return str(date(1970, 1, 1) + timedelta(days=float(value)))


def _days_before(value: float) -> str:
    return f"{value:,.0f} days before" if value >= 0 else f"{-value:,.0f} days after"
