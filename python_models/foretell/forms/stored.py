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
from foretell.scorers.inputs import floats
from foretell.scorers.linear import Linear
from foretell.scorers.trees import Trees
from foretell.training.calibration import Calibration
from foretell.training.intervals import Intervals

#: How a text is laid out, by what it holds. A version of foretell that does not know a layout loads
#: the artifact.
LAYOUTS = {"linear": 1, "trees": 2}
#: What reading a text that is no form may raise.
_NO_FORM = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError)
_ANEW = "Train anew with: dbt build --vars 'foretell_train: true'"


def text_of(form: ServingForm) -> str | None:
    """A form as it is stored; None where an estimator scores, or JSON has no number for a value."""
    raw = form.raw
    if not isinstance(raw, Linear | Trees):
        return None
    kind, intercept = "trees" if isinstance(raw, Trees) else "linear", raw.intercept.tolist()
    content = {
        "task": form.task,
        "classes": list(form.classes),
        kind: {
            "link": raw.link,
            "intercept": [None if np.isneginf(number) else number for number in intercept],
            **raw.content(),
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
        return json.dumps({"layout": LAYOUTS[kind], "sha256": _sha256(content), "form": content})
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
        if stored["layout"] not in LAYOUTS.values():
            return None
        content = stored["form"]
        if stored["sha256"] != _sha256(content):
            raise RegistryError(
                f"The serving form of {named} in model_versions was changed after it was stored: "
                f"its SHA-256 is not the recorded one. It is not loaded. {_ANEW}"
            )
        form = _read(content, needs)
    except _NO_FORM as error:
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
            document["layout"] not in LAYOUTS.values()
            or (counterpart and document["form"] == counterpart["form"])
        )
    except (ValueError, KeyError, TypeError):
        return False


def _sha256(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _read(content: Any, needs: Collection[str]) -> ServingForm:
    raw_content = content["trees"] if "trees" in content else content["linear"]
    intercept = [-np.inf if number is None else number for number in raw_content["intercept"]]
    kind = Trees if "trees" in content else Linear
    raw = kind.of(raw_content, floats(intercept))
    calibration, intervals = content["calibration"], content["intervals"]
    form = ServingForm(
        content["task"],
        tuple(map(str, content["classes"])),
        raw,
        calibration
        and Calibration(calibration["kind"], floats(calibration["at"]), floats(calibration["to"])),
        intervals
        and Intervals(
            floats(intervals["edges"]),
            floats(intervals["below"]),
            floats(intervals["above"]),
            -np.inf if intervals["least"] is None else float(intervals["least"]),
        ),
    )
    _check(form, raw, needs)
    return form


def _check(form: ServingForm, raw: Linear | Trees, needs: Collection[str]) -> None:
    """Refuse parts that do not fit together, which arrays of different sizes may hide.

    Raises
    ------
    ValueError
        Names the part.
    """
    links = {"binary": {"logistic"}, "multiclass": {"softmax"}, "regression": {"identity", "log"}}
    outputs = len(form.classes) if form.task == "multiclass" else 1
    calibration, intervals = form.calibration, form.intervals
    fits = {
        "columns": set(raw.names) <= set(needs),
        "task and link": raw.link in links.get(form.task, ()),
        "intercept": raw.intercept.shape == (outputs,),
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
    raw.check()
