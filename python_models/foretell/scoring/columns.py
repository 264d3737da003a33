"""The columns of a prediction that hold its scores, by task."""

from __future__ import annotations

import pyarrow as pa

from foretell.forms.form import ServingForm
from foretell.published import class_columns
from foretell.training.metrics import Floats


def score_arrays(form: ServingForm, scores: Floats) -> dict[str, pa.Array]:
    """Scores as named columns.

    Binary: ``score``, the probability of the positive class. Regression: ``score``, the expected
    value, and the ends of its 90 % interval. Multiclass: ``predicted``, the likeliest class,
    ``score``, its probability, and ``score_<class>`` for each class.
    """
    if form.task == "binary":
        return {"score": pa.array(scores)}
    if form.task == "multiclass":
        likeliest = scores.argmax(axis=1)
        arrays = {
            "predicted": pa.array([form.classes[place] for place in likeliest], type=pa.string()),
            "score": pa.array(scores.max(axis=1)),
        }
        names = class_columns(form.classes)
        return arrays | {name: pa.array(scores[:, place]) for place, name in enumerate(names)}
    if form.intervals is None:
        empty = pa.nulls(len(scores), pa.float64())
        return {"score": pa.array(scores), "score_lower": empty, "score_upper": empty}
    lower, upper = form.intervals.around(scores)
    return {
        "score": pa.array(scores),
        "score_lower": pa.array(lower),
        "score_upper": pa.array(upper),
    }
