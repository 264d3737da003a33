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
    """A form as it is stored; None where an estimator scores, or a number is none."""
    if not isinstance(form.raw, Linear):
        return None
    said = {
        "task": form.task,
        "classes": list(form.classes),
        "linear": {
            "link": form.raw.link,
            "intercept": [None if np.isneginf(one) else float(one) for one in form.raw.intercept],
            "weights": form.raw.weights.tolist(),
            "encoders": [_said(one) for one in form.raw.encoders],
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
        return json.dumps({"layout": LAYOUT, "sha256": _sha256(said), "form": said})
    except ValueError:  # NaN or infinite, which JSON has no word for
        return None


def form_of(text: str, *, needs: Collection[str], named: str) -> ServingForm | None:
    """The form in a text; None where it is laid out as this version of foretell does not know.

    Parameters
    ----------
    needs
        The columns that its version's recipe looks at.

    Raises:
        RegistryError: it was changed after it was stored, or is no form of that recipe.
    """
    try:
        stored = json.loads(text)
        if stored["layout"] != LAYOUT:
            return None
        said = stored["form"]
        if stored["sha256"] != _sha256(said):
            raise RegistryError(
                f"The serving form of {named} in model_versions was changed after it was stored: "
                f"its SHA-256 is not the recorded one. It is not loaded. {_ANEW}"
            )
        form = _read(said)
        _check(form, needs)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise RegistryError(
            f"The serving form of {named} in model_versions is none: {type(error).__name__}: "
            f"{error}. It is not loaded. {_ANEW}"
        ) from None
    return form


def says_the_same(text: str, other: str | None) -> bool:
    """Whether two texts hold the same form, or one is laid out as this version does not know."""
    try:
        said, again = json.loads(text), json.loads(other or "null")
        return bool(said["layout"] != LAYOUT or (again and said["form"] == again["form"]))
    except (ValueError, KeyError, TypeError):
        return False


def _sha256(said: Any) -> str:
    text = json.dumps(said, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _said(one: Numbers | Categories) -> dict[str, Any]:
    if isinstance(one, Categories):
        return {
            "category": one.name,
            "known": dict(one.known),
            "other": one.other,
            "numbers": one.numbers.tolist(),
        }
    arrays = ("fills", "flagged", "scale", "offset", "mean", "spread")
    return {"numbers": list(one.names)} | {name: getattr(one, name).tolist() for name in arrays}


def _read(said: Any) -> ServingForm:
    linear, calibration, intervals = said["linear"], said["calibration"], said["intervals"]
    intercept = [-np.inf if one is None else one for one in linear["intercept"]]
    return ServingForm(
        said["task"],
        tuple(map(str, said["classes"])),
        Linear(
            tuple(_encoder(one) for one in linear["encoders"]),
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


def _encoder(said: Any) -> Numbers | Categories:
    if "category" in said:
        known = {str(name): int(place) for name, place in said["known"].items()}
        numbers = _floats(said["numbers"], ndim=2)
        return Categories(str(said["category"]), known, int(said["other"]), numbers)
    return Numbers(
        tuple(map(str, said["numbers"])),
        _floats(said["fills"]),
        np.asarray(said["flagged"], dtype=np.int64),
        _floats(said["scale"]),
        _floats(said["offset"]),
        _floats(said["mean"]),
        _floats(said["spread"]),
    )


def _floats(said: Any, *, ndim: int = 1) -> Floats:
    found = np.asarray(said, dtype=np.float64)
    if found.ndim != ndim:
        raise ValueError(f"an array has {found.ndim} dimensions where {ndim} are expected")
    return found


def _check(form: ServingForm, needs: Collection[str]) -> None:
    """Refuse parts that do not fit together, which arrays of other sizes may hide.

    Raises:
        ValueError: names the part.
    """
    assert isinstance(form.raw, Linear)  # noqa: S101
    links = {"binary": "logistic", "multiclass": "softmax", "regression": "identity"}
    inputs = sum(_width(one) for one in form.raw.encoders)
    outputs = len(form.classes) if form.task == "multiclass" else 1
    curve, around = form.calibration, form.intervals
    names = {name for one in form.raw.encoders for name in _names(one)}
    fits = {
        "columns": names <= set(needs),
        "task and link": links.get(form.task) == form.raw.link,
        "weights": form.raw.weights.shape == (outputs, inputs) and inputs > 0,
        "intercept": form.raw.intercept.shape == (outputs,),
        "calibration": curve is None
        or (curve.kind in ("sigmoid", "isotonic") and len(curve.at) == len(curve.to) > 0),
        "intervals": around is None
        or len(around.below) == len(around.above) == len(around.edges) + 1,
    }
    wrong = [name for name, does in fits.items() if not does]
    if wrong:
        raise ValueError(f"its {wrong[0]} and the rest do not fit together")


def _names(one: Numbers | Categories) -> tuple[str, ...]:
    return (one.name,) if isinstance(one, Categories) else one.names


def _width(one: Numbers | Categories) -> int:
    """How many inputs an encoder makes.

    Raises:
        ValueError: its parts do not fit together.
    """
    if isinstance(one, Categories):
        places = [*one.known.values(), one.other]
        if min(places) < 0 or max(places) >= len(one.numbers):
            raise ValueError(
                f"{one.name} has a category that stands for numbers that are not there"
            )
        return int(one.numbers.shape[1])
    width = len(one.names) + len(one.flagged)
    sizes = {len(part) for part in (one.scale, one.offset, one.mean, one.spread)}
    flags = set(one.flagged.tolist())
    if len(one.fills) != len(one.names) or sizes != {width} or flags - set(range(len(one.names))):
        raise ValueError(f"{one.names[0]} and what stands beside it have arrays of different sizes")
    return width
