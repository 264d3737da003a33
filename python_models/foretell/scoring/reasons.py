"""Why a row scores as it does, in words, from what the score would be without each feature.

A feature's contribution is the change of the score when its value is replaced by the typical
one (the median, or the commonest string, of the training rows): occlusion, after Robnik-Sikonja
and Kononenko (2008). It is named for what it is, works for every estimator, and costs one scoring
per feature, so it is made for the rows that matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from textwrap import shorten
from typing import Any

import numpy as np

from foretell.forms.form import ServingForm
from foretell.scorers.inputs import Columns
from foretell.training.metrics import Floats
from foretell.training.rows import UNKNOWN

Typical = Mapping[str, float | str]
#: Characters from which a string is a text, of which none is typical, and how much is shown.
_WORD, _SHOWN = 24, 60
#: Features from which some are looked at together: an estimator takes as long for a hundred rows of
#: thousands of columns as for some thousand. How many values at once, and what counts as no change.
MANY, MAX_VALUES, _LAST_DIGITS = 500, 5_000_000, 1e-12


def contributions(form: ServingForm, columns: Columns, *, typical: Typical) -> Floats:
    """``(rows, features)`` changes of the score by each feature's value instead of a typical one.

    Of a multiclass task: of the probability of the class that is predicted.
    """
    scores = form.scores(columns)
    likeliest = scores.argmax(axis=1) if scores.ndim == 2 else None
    rows = np.arange(len(scores))
    effects = np.zeros((len(scores), len(columns)))
    many = len(columns) >= MANY
    together = max(1, MAX_VALUES // max(1, len(scores) * len(columns))) if many else 1
    names = list(columns)
    for start in range(0, len(names), together):
        chunk = names[start : start + together]
        without = np.split(form.scores(_occluded(columns, chunk, typical)), len(chunk))
        for position, rest in enumerate(without, start=start):
            change = scores - rest
            effects[:, position] = change if likeliest is None else change[rows, likeliest]
    if together > 1:
        # Of other rows beside it, a row's score may differ in its last digits.
        effects[np.abs(effects) < _LAST_DIGITS] = 0.0
    return effects


def _occluded(columns: Columns, names: Sequence[str], typical: Typical) -> Columns:
    """The rows once for each name, one below the other, each with that feature's typical value."""
    repeated = {name: np.tile(values, len(names)) for name, values in columns.items()}
    for number, name in enumerate(names):
        values = columns[name]
        usual = typical.get(name, UNKNOWN if values.dtype == object else np.nan)
        repeated[name][number * len(values) : (number + 1) * len(values)] = usual
    return repeated


def reasons(
    form: ServingForm,
    columns: Columns,
    *,
    typical: Typical,
    descriptions: Mapping[str, str],
    count: int,
    dates: Mapping[str, bool] | None = None,
) -> list[list[str | None]]:
    """Up to ``count`` sentences per row, for what raises its score most.

    Parameters
    ----------
    columns
        The features that the model looks at, in its order.
    typical
        Median, or commonest string, of each feature in the training rows.
    descriptions
        dbt's description of each feature; its first sentence names it.
    dates
        Which features are dates, and whether each is a day of the calendar (in a flat table)
        rather than days before the as-of time.
    """
    effects = contributions(form, columns, typical=typical)
    order = np.argsort(-effects, axis=1, kind="stable")[:, :count]
    names, values = list(columns), list(columns.values())
    return [
        [
            sentence(names[column], values[column][row], typical, descriptions, dates or {})
            if effects[row, column] > 0
            else None
            for column in order[row]
        ]
        + [None] * (count - order.shape[1])
        for row in range(len(effects))
    ]


def sentence(
    name: str,
    value: Any,
    typical: Typical,
    descriptions: Mapping[str, str],
    dates: Mapping[str, bool],
) -> str:
    """What a feature is called, its value, and the typical one."""
    label = label_of(name, descriptions)
    text = worded(value, label=label, is_day=dates.get(name))
    if is_text(value):
        return f"{label}: {text}"
    typical_text = worded(typical.get(name, np.nan), label=label, is_day=dates.get(name))
    return f"{label}: {text}, typically {typical_text}"


def is_text(value: Any) -> bool:
    """Whether a string is a text rather than a category: of texts, none is typical."""
    return isinstance(value, str) and len(value) > _WORD


def label_of(name: str, descriptions: Mapping[str, str]) -> str:
    """What a feature is called: its description's first sentence, else its name."""
    description = descriptions.get(name) or descriptions.get(name.lower(), "")
    words = description.split(". ")[0].strip().rstrip(".")
    return " ".join(words.split()) or name.replace("_", " ")


def worded(value: Any, *, label: str, is_day: bool | None = None) -> str:
    """A feature's value as a person reads it.

    Parameters
    ----------
    value
        As the model takes it: a number, NaN where unknown, or a string.
    label
        What is called a share is read as one, and what begins with whether is yes or no.
    is_day
        Of a date: whether it is a day of the calendar, or days before the as-of time.
    """
    if isinstance(value, str):
        if value == UNKNOWN:
            return "unknown"
        return f'"{shorten(value, _SHOWN, placeholder="...")}"' if is_text(value) else value
    if np.isnan(value):
        return "unknown"
    if label.lower().startswith("share of"):
        return f"{value:.0%}"
    if label.lower().startswith("whether "):
        return "yes" if value else "no"
    if is_day is not None:
        return _day(value) if is_day else _days_before(value)
    return _number(value)


def _number(value: float) -> str:
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.2g}" if abs(value) < 1 else f"{value:.1f}"


def _day(value: float) -> str:
    return str(date(1970, 1, 1) + timedelta(days=float(value)))


def _days_before(value: float) -> str:
    return f"{value:,.0f} days before" if value >= 0 else f"{-value:,.0f} days after"
