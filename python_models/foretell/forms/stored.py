"""A serving form as text: JSON of names and numbers, which scores without scikit-learn.

Nothing in it is run or looked up by name: whoever writes it decides what scores, and no more. The
SHA-256 finds accidents; what proves who wrote it is `foretell.artifacts.signature`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from typing import Any

import numpy as np

from foretell.errors import RegistryError
from foretell.forms.form import ServingForm
from foretell.forms.linear import Categories, Linear, Numbers
from foretell.training.calibration import Calibration
from foretell.training.intervals import Intervals
from foretell.training.metrics import Floats

#: Says how the text is laid out. A version of foretell that does not know it loads the artifact.
LAYOUT = 1
_ANEW = "Train anew with: dbt build --vars 'foretell_train: true'"


def text_of(form: ServingForm) -> str | None:
    """A form as it is stored; None where an estimator scores, or JSON has no number for a value."""
    if not isinstance(form.raw, Linear):
        return None
    content = {
        "task": form.task,
        "classes": list(form.classes),
        "linear": {
            "link": form.raw.link,
            "intercept": [
                None if np.isneginf(number) else float(number) for number in form.raw.intercept
            ],
            "weights": form.raw.weights.tolist(),
            "encoders": [_content_of(encoder) for encoder in form.raw.encoders],
        },
        "calibration": form.calibration
        and {
            "kind": form.calibration.kind,
            "at": form.calibration.at.tolist(),
            "to": form.calibration.to.tolist(),
        },
        "intervals": form.intervals
        and {
            "edges": form.intervals.edges.tolist(),
            "below": form.intervals.below.tolist(),
            "above": form.intervals.above.tolist(),
            "least": None if np.isneginf(form.intervals.least) else form.intervals.least,
        },
    }
    try:
        return json.dumps({"layout": LAYOUT, "sha256": _sha256(content), "form": content})
    except ValueError:  # NaN or infinite, which JSON has no word for
        return None


def form_of(text: str, *, needs: Collection[str], named: str) -> ServingForm | None:
    """The form in a text; None where it is laid out as this version of foretell does not know.

    Parameters
    ----------
    needs
        The columns that its version's recipe looks at.

    Raises
    ------
    RegistryError
        It was changed after it was stored, or is no form of that recipe.
    """
    try:
        stored = json.loads(text)
        if stored["layout"] != LAYOUT:
            return None
        content = stored["form"]
        if stored["sha256"] != _sha256(content):
            raise RegistryError(
                f"The serving form of {named} in model_versions was changed after it was stored: "
                f"its SHA-256 is not the recorded one. It is not loaded. {_ANEW}"
            )
        form = _read(content)
        _check(form, needs)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise RegistryError(
            f"The serving form of {named} in model_versions is none: {type(error).__name__}: "
            f"{error}. It is not loaded. {_ANEW}"
        ) from None
    return form


def says_the_same(text: str, reference: str | None) -> bool:
    """Whether two texts hold the same form, or one is laid out as this version does not know."""
    try:
        document, counterpart = json.loads(text), json.loads(reference or "null")
        return bool(
            document["layout"] != LAYOUT
            or (counterpart and document["form"] == counterpart["form"])
        )
    except (ValueError, KeyError, TypeError):
        return False


def _sha256(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _content_of(encoder: Numbers | Categories) -> dict[str, Any]:
    if isinstance(encoder, Categories):
        return {
            "category": encoder.name,
            "known": dict(encoder.known),
            "other": encoder.unseen,
            "numbers": encoder.numbers.tolist(),
        }
    arrays = ("fills", "flagged", "scale", "offset", "mean", "spread")
    return {"numbers": list(encoder.names)} | {
        name: getattr(encoder, name).tolist() for name in arrays
    }


def _read(content: Any) -> ServingForm:
    linear, calibration, intervals = content["linear"], content["calibration"], content["intervals"]
    intercept = [-np.inf if number is None else number for number in linear["intercept"]]
    return ServingForm(
        content["task"],
        tuple(map(str, content["classes"])),
        Linear(
            tuple(_encoder(encoder) for encoder in linear["encoders"]),
            _floats(linear["weights"], ndim=2),
            _floats(intercept),
            linear["link"],
        ),
        calibration
        and Calibration(
            calibration["kind"], _floats(calibration["at"]), _floats(calibration["to"])
        ),
        intervals
        and Intervals(
            _floats(intervals["edges"]),
            _floats(intervals["below"]),
            _floats(intervals["above"]),
            -np.inf if intervals["least"] is None else float(intervals["least"]),
        ),
    )


def _encoder(content: Any) -> Numbers | Categories:
    if "category" in content:
        known = {str(name): int(place) for name, place in content["known"].items()}
        numbers = _floats(content["numbers"], ndim=2)
        return Categories(str(content["category"]), known, int(content["other"]), numbers)
    return Numbers(
        tuple(map(str, content["numbers"])),
        _floats(content["fills"]),
        np.asarray(content["flagged"], dtype=np.int64),
        _floats(content["scale"]),
        _floats(content["offset"]),
        _floats(content["mean"]),
        _floats(content["spread"]),
    )


def _floats(numbers: Any, *, ndim: int = 1) -> Floats:
    array = np.asarray(numbers, dtype=np.float64)
    if array.ndim != ndim:
        raise ValueError(f"an array has {array.ndim} dimensions where {ndim} are expected")
    return array


def _check(form: ServingForm, needs: Collection[str]) -> None:
    """Refuse parts that do not fit together, which arrays of different sizes may hide.

    Raises
    ------
    ValueError
        Names the part.
    """
    assert isinstance(form.raw, Linear)  # noqa: S101
    links = {"binary": "logistic", "multiclass": "softmax", "regression": "identity"}
    inputs = sum(_width(encoder) for encoder in form.raw.encoders)
    outputs = len(form.classes) if form.task == "multiclass" else 1
    calibration, intervals = form.calibration, form.intervals
    names = {name for encoder in form.raw.encoders for name in _names(encoder)}
    fits = {
        "columns": names <= set(needs),
        "task and link": links.get(form.task) == form.raw.link,
        "weights": form.raw.weights.shape == (outputs, inputs) and inputs > 0,
        "intercept": form.raw.intercept.shape == (outputs,),
        "calibration": calibration is None
        or (
            calibration.kind in ("sigmoid", "isotonic")
            and len(calibration.at) == len(calibration.to) > 0
        ),
        "intervals": intervals is None
        or len(intervals.below) == len(intervals.above) == len(intervals.edges) + 1,
    }
    wrong = [name for name, is_fit in fits.items() if not is_fit]
    if wrong:
        raise ValueError(f"its {wrong[0]} and the rest do not fit together")


def _names(encoder: Numbers | Categories) -> tuple[str, ...]:
    return (encoder.name,) if isinstance(encoder, Categories) else encoder.names


def _width(encoder: Numbers | Categories) -> int:
    """How many inputs an encoder makes.

    Raises
    ------
    ValueError
        Its parts do not fit together.
    """
    if isinstance(encoder, Categories):
        places = [*encoder.known.values(), encoder.unseen]
        if min(places) < 0 or max(places) >= len(encoder.numbers):
            raise ValueError(
                f"{encoder.name} has a category that stands for numbers that are not there"
            )
        return int(encoder.numbers.shape[1])
    width = len(encoder.names) + len(encoder.flagged)
    sizes = {len(part) for part in (encoder.scale, encoder.offset, encoder.mean, encoder.spread)}
    flags = set(encoder.flagged.tolist())
    if (
        len(encoder.fills) != len(encoder.names)
        or sizes != {width}
        or flags - set(range(len(encoder.names)))
    ):
        raise ValueError(
            f"{encoder.names[0]} and what stands beside it have arrays of different sizes"
        )
    return width
