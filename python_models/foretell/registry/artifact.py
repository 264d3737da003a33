"""A fitted pipeline as bytes that cannot run code: skops, checked by SHA-256 before loading."""

from __future__ import annotations

import hashlib
from typing import Any

import skops.io

from foretell.errors import RegistryError

#: Types inside scikit-learn's own estimators that skops does not trust by default.
TRUSTED = [
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
]


def dump(pipeline: Any) -> tuple[bytes, str]:
    """The bytes of a fitted pipeline and their SHA-256."""
    artifact: bytes = skops.io.dumps(pipeline)
    return artifact, hashlib.sha256(artifact).hexdigest()


def load(artifact: bytes, sha256: str, *, named: str) -> Any:
    """The pipeline in an artifact of our model store.

    Raises:
        RegistryError: the bytes are not those that were stored, or hold a type that is not on
            the trusted list.
    """
    found = hashlib.sha256(artifact).hexdigest()
    if found != sha256:
        raise RegistryError(
            f"The artifact of {named} in model_versions was changed after it was stored: its "
            f"SHA-256 is {found[:12]}..., recorded is {sha256[:12]}.... It is not loaded. "
            "Train anew with: dbt build --vars 'foretell_train: true'"
        )
    untrusted = set(skops.io.get_untrusted_types(data=artifact)) - set(TRUSTED)
    if untrusted:
        raise RegistryError(
            f"The artifact of {named} holds types that are not on the trusted list: "
            f"{', '.join(sorted(untrusted))}. It is not loaded. "
            "Train anew with: dbt build --vars 'foretell_train: true'"
        )
    return skops.io.loads(artifact, trusted=TRUSTED)
