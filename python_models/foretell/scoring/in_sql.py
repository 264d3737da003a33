"""Scores of a linear model as a query: the warehouse scores its rows itself, and none leaves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretell.forms.form import ServingForm
from foretell.ground.names import SCORE
from foretell.ground.relation import quoted
from foretell.scorers.inputs import Categories
from foretell.scorers.linear import Linear, Numbers
from foretell.training.calibration import EDGE, TIES, Calibration
from foretell.training.intervals import Intervals
from foretell.training.metrics import Floats
from foretell.training.rows import AS_OF, UNKNOWN
from foretell.warehouse.dialect import Dialect

#: What the ends of an interval are called beside the score.
LOWER, UPPER = "foretell_score_lower", "foretell_score_upper"
#: Columns as they are published, and as they are called here, which no feature can be.
NAMES = {"score": SCORE, "score_lower": LOWER, "score_upper": UPPER}
#: Inputs, strings of a column and corners of a curve up to which a query stays one that a database
#: reads in no time. What has more is scored by arrays.
MOST_INPUTS, MOST_STRINGS, MOST_CORNERS = 300, 50, 100
#: Sums beyond this, of either sign, are as good as certain; the exponential of more is refused by
#: some databases.
CERTAIN = 700.0


def scores_in_sql(
    form: ServingForm,
    inputs: str,
    *,
    days: Mapping[str, str],
    others: Sequence[str],
    dialect: Dialect,
) -> str | None:
    """Query for the scores of a query's rows, equal to those by arrays but for the last digits.

    Parameters
    ----------
    inputs
        Query for the features by name: doubles and strings, null where they are unknown.
    days
        SQL for the features that are dates, as numbers of days.
    others
        Columns to pass on.

    Returns
    -------
    A query with the score, and where it is a number the ends of its interval, as `SCORE`, `LOWER`
    and `UPPER`, which no feature can be called; None where the form has no such query, or too long
    a one.
    """
    raw = form.raw
    if not isinstance(raw, Linear) or raw.link == "softmax" or not _is_writable(form, raw):
        return None
    terms = [_double(raw.intercept[0] + _offset(raw)), *_terms(raw, days)]
    passed = ", ".join(quoted(name) for name in others)
    score = " + ".join(terms)
    if raw.link == "logistic":
        score = _expit(score)
    elif raw.link == "log":
        score = f"exp({_bounded(score)})"
    query = f"select {passed}, {score} as {SCORE} from ({inputs}) as inputs"
    if form.calibration is not None:
        calibrated = _calibrated(form.calibration)
        query = f"select {passed}, {calibrated} as {SCORE} from ({dialect.once(query)}) as raw"
    if form.task != "regression":
        return query
    lower, upper = _ends(form.intervals, dialect)
    query = (
        f"select {passed}, {SCORE}, {lower} as {LOWER}, {upper} as {UPPER} "
        f"from ({dialect.once(query)}) as scored"
    )
    if form.intervals is None:
        return query
    # No interval ends below where it begins.
    return (
        f"select {passed}, {SCORE}, {LOWER}, greatest({UPPER}, {LOWER}) as {UPPER} "
        f"from ({query}) as scored"
    )


def _is_writable(form: ServingForm, raw: Linear) -> bool:
    """Whether the model is a query of a fair length, and each number and string has a literal."""
    known = [encoder.known for encoder in raw.encoders if isinstance(encoder, Categories)]
    has_strings = not any("\0" in string for strings in known for string in strings)
    corners = 0 if form.calibration is None else len(form.calibration.at)
    return (
        raw.weights.shape[1] <= MOST_INPUTS
        and max(map(len, known), default=0) <= MOST_STRINGS
        and corners <= MOST_CORNERS
        and has_strings
        and all(bool(np.isfinite(numbers).all()) for numbers in _arrays(form, raw))
    )


def _arrays(form: ServingForm, raw: Linear) -> Iterator[NDArray[Any]]:
    yield from (raw.weights, raw.intercept)
    for encoder in raw.encoders:
        if isinstance(encoder, Categories):
            yield encoder.numbers
        else:
            yield from (encoder.fills, encoder.scale, encoder.offset, encoder.mean, encoder.spread)
    if form.calibration is not None:
        yield from (form.calibration.at, form.calibration.to)
    if form.intervals is not None:
        yield from (form.intervals.edges, form.intervals.below, form.intervals.above)


def _terms(raw: Linear, days: Mapping[str, str]) -> list[str]:
    """SQL for what each column adds to the sum."""
    terms: list[str] = []
    start = 0
    for encoder in raw.encoders:
        width = encoder.width
        weights = raw.weights[0, start : start + width]
        start += width
        if isinstance(encoder, Numbers):
            terms += _terms_of_numbers(encoder, weights, days)
        else:
            terms.append(_term_of_strings(encoder, weights))
    return terms


def _offset(raw: Linear) -> float:
    """What standardising takes off the sum of any row."""
    total, start = 0.0, 0
    for encoder in raw.encoders:
        width = encoder.width
        if isinstance(encoder, Numbers):
            weights = raw.weights[0, start : start + width]
            total -= float((weights * encoder.mean / encoder.spread).sum())
        start += width
    return total


def _terms_of_numbers(encoder: Numbers, weights: Floats, days: Mapping[str, str]) -> list[str]:
    slopes = weights / encoder.spread
    columns = [days.get(name, quoted(name)) for name in encoder.names]
    terms = []
    for place, column in enumerate(columns):
        value = f"coalesce({column}, {_number(encoder.fills[place])})"
        scaled = f"{value} * {_number(encoder.scale[place])} + {_number(encoder.offset[place])}"
        terms.append(f"{_number(slopes[place])} * least(greatest({scaled}, 0), 1)")
    for place, flagged in enumerate(encoder.flagged, start=len(columns)):
        missing, known = slopes[place] * np.clip(
            np.array([1.0, 0.0]) * encoder.scale[place] + encoder.offset[place], 0, 1
        )
        is_missing = f"{columns[flagged]} is null"
        terms.append(_case([f"{is_missing} then {_double(missing)}"], known))
    return terms


def _term_of_strings(encoder: Categories, weights: Floats) -> str:
    sums = encoder.numbers @ weights
    cases = [f"{_text(string)} then {_double(sums[row])}" for string, row in encoder.known.items()]
    value = f"coalesce({quoted(encoder.name)}, {_text(UNKNOWN)})"
    return _case(cases, sums[encoder.unseen], of=value)


def _expit(expression: str) -> str:
    return f"1 / (1 + exp(-({_bounded(expression)})))"


def _bounded(expression: str) -> str:
    return f"greatest(least({expression}, {_number(CERTAIN)}), {_number(-CERTAIN)})"


def _calibrated(curve: Calibration) -> str:
    """SQL for `Calibration.apply` of a score."""
    if curve.kind == "sigmoid":
        clipped = f"least(greatest({SCORE}, {_number(EDGE)}), {_number(1 - EDGE)})"
        log_odds = f"ln({clipped}) - ln(1 - {clipped})"
        return _expit(f"{_number(curve.at[0])} * ({log_odds}) + {_number(curve.to[0])}")
    steps = [f"{SCORE} <= {_number(curve.at[0])} then {_double(curve.to[0])}"]
    for (left, low), (right, high) in pairwise(zip(curve.at, curve.to, strict=True)):
        slope = (high - low) / (right - left)
        on_the_way = f"{_number(slope)} * ({SCORE} - {_number(left)}) + {_number(low)}"
        steps.append(f"{SCORE} < {_number(right)} then {on_the_way}")
    step = _case(steps, curve.to[-1])
    return f"{_number(1 - TIES)} * {step} + {_number(TIES)} * {SCORE}"


def _ends(intervals: Intervals | None, dialect: Dialect) -> tuple[str, str]:
    """SQL for the ends of the interval around a score."""
    if intervals is None:
        none = f"cast(null as {dialect.types['number']})"
        return none, none
    ends = []
    for residuals in (intervals.below, intervals.above):
        groups = [
            f"{SCORE} < {_number(edge)} then {_double(residual)}"
            for edge, residual in zip(intervals.edges, residuals, strict=False)
        ]
        ends.append(f"{SCORE} + {_case(groups, residuals[-1])}")
    lower, upper = ends
    if np.isfinite(intervals.least):
        lower = f"greatest({lower}, {_number(intervals.least)})"
    return lower, upper


def _case(branches: Sequence[str], otherwise: float, of: str = "") -> str:
    if not branches:
        return _double(otherwise)
    cases = " ".join(f"when {branch}" for branch in branches)
    return f"case {of} {cases} else {_double(otherwise)} end"


def _double(value: float) -> str:
    """A number by itself, which would be a decimal in some databases."""
    return f"cast({_number(value)} as double precision)"


def _number(value: float) -> str:
    """A double in all its digits; with an exponent, or some databases take it for a decimal."""
    return f"({float(value):.16e})"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def days_in_sql(dates: Iterable[str], *, is_flat: bool, dialect: Dialect) -> dict[str, str]:
    """SQL for features that are dates as numbers of days, as `values_of` has them."""
    days = {}
    for name in dates:
        span = (dialect.instant("1970-01-01"), quoted(name)) if is_flat else (quoted(name), AS_OF)
        days[name] = f"({dialect.seconds_between(*span)} / 86400)"
    return days
