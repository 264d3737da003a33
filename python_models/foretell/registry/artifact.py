"""A fitted model as bytes that cannot run code: skops, checked by SHA-256 before loading."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.metadata import version as installed
from typing import Any

import skops.io

from foretell.errors import RegistryError

#: Types that skops does not trust by default: our own, and those inside the estimators.
TRUSTED = [
    "collections.OrderedDict",
    # Of boosting's own encoder of categories; skops looks at the function inside, too.
    "functools.partial",
    "foretell.training.calibration.Calibration",
    "foretell.training.intervals.Intervals",
    "foretell.training.model.Model",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "lightgbm.sklearn.LGBMRegressor",
    "numpy.dtype",
    "sklearn._loss.link.Interval",
    "sklearn.compose._column_transformer._RemainderColsList",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.model_selection._split.KFold",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.utils.validation.check_array",
]
_ANEW = "Train anew with: dbt build --vars 'foretell_train: true'"


def dump(model: Any) -> tuple[bytes, str]:
    """The bytes of a fitted model and their SHA-256."""
    artifact: bytes = skops.io.dumps(model)
    return artifact, hashlib.sha256(artifact).hexdigest()


def load(artifact: bytes, sha256: str, *, named: str, own: str | None = None) -> Any:
    """The model in an artifact of our model store.

    Parameters
    ----------
    own
        The module of the project's own estimator that this version is made with; its types are
        trusted for this version only.

    Raises:
        RegistryError: the bytes are not those that were stored, hold a type that is not on the
            trusted list, or one that is no longer there.
    """
    found = hashlib.sha256(artifact).hexdigest()
    if found != sha256:
        raise RegistryError(
            f"The artifact of {named} in model_versions was changed after it was stored: its "
            f"SHA-256 is {found[:12]}..., recorded is {sha256[:12]}.... It is not loaded. {_ANEW}"
        )
    held = set(skops.io.get_untrusted_types(data=artifact))
    trusted = [*TRUSTED, *(one for one in held if own and one.startswith(f"{own}."))]
    untrusted = held - set(trusted)
    if untrusted:
        raise RegistryError(
            f"The artifact of {named} holds types that are not on the trusted list: "
            f"{', '.join(sorted(untrusted))}. It is not loaded. {_ANEW}"
        )
    try:
        return skops.io.loads(artifact, trusted=trusted)
    except Exception as error:
        raise RegistryError(
            f"The artifact of {named} cannot be restored: {type(error).__name__}: {error}. {_ANEW}"
        ) from None


def check_libraries(libraries: Mapping[str, str], *, named: str) -> None:
    """Refuse an artifact of another scikit-learn, which promises nothing across minor versions.

    Raises:
        RegistryError: major or minor version differ.
    """
    then, now = libraries.get("scikit-learn", ""), installed("scikit-learn")
    if then and then.split(".")[:2] != now.split(".")[:2]:
        raise RegistryError(
            f"The artifact of {named} was fitted with scikit-learn {then}, and {now} is installed, "
            f"which may score otherwise. It is not loaded. {_ANEW}"
        )
