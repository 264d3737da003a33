"""A fitted model as bytes that cannot run code: skops, with an exact list of what they may hold.

The SHA-256 beside the bytes finds accidents, not attackers, who can write both: `signature.py` is
for those. What keeps a row from running code is `trusted.py`. skops is imported where it is needed,
since that takes seconds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from importlib.metadata import version as installed
from typing import Any

from foretell.errors import RegistryError

_ANEW = "Train anew with: dbt build --vars 'foretell_train: true'"


def dump(model: Any) -> tuple[bytes, str]:
    """The bytes of a fitted model and their SHA-256."""
    import skops.io

    artifact: bytes = skops.io.dumps(model)
    return artifact, hashlib.sha256(artifact).hexdigest()


def load(artifact: bytes, sha256: str, *, named: str, own: Collection[str] | None = None) -> Any:
    """The model in an artifact of our model store.

    Parameters
    ----------
    own
        Of a version that an estimator of the project's own made: the classes that its file
        defines, as ``module.Class``. They and scikit-learn's estimators are trusted for it, too.

    Raises
    ------
    RegistryError
        The bytes are not those that were stored, hold a type that is not on the
        trusted list, or one that is no longer there.
    """
    import skops.io

    from foretell.artifacts.bounds import check_bounds
    from foretell.artifacts.trusted import untrusted_in

    check_bytes(artifact, sha256, named=named)
    try:
        untrusted = untrusted_in(artifact, own=own)
    except Exception as error:  # whatever a forged file makes of zip and JSON
        raise RegistryError(
            f"The artifact of {named} is no skops file: {type(error).__name__}: {error}. It is not "
            f"loaded. {_ANEW}"
        ) from None
    if untrusted:
        raise RegistryError(
            f"The artifact of {named} holds types that are not on the trusted list: "
            f"{', '.join(sorted(untrusted))}. It is not loaded. {_ANEW}"
        )
    try:
        # skops asks again by its own list, which knows types by name alone.
        model = skops.io.loads(artifact, trusted=skops.io.get_untrusted_types(data=artifact))
        check_bounds(model)
    except Exception as error:
        raise RegistryError(
            f"The artifact of {named} cannot be restored: {type(error).__name__}: {error}. {_ANEW}"
        ) from None
    return model


def check_bytes(artifact: bytes, sha256: str, *, named: str) -> None:
    """Refuse bytes that are not those that were stored.

    Raises
    ------
    RegistryError
        They are gone, or were changed.
    """
    if not artifact:
        raise RegistryError(
            f"{named} has no artifact in model_versions any more, so it cannot score."
        )
    digest = hashlib.sha256(artifact).hexdigest()
    if digest != sha256:
        raise RegistryError(
            f"The artifact of {named} in model_versions was changed after it was stored: its "
            f"SHA-256 is {digest[:12]}..., recorded is {sha256[:12]}.... It is not loaded. {_ANEW}"
        )


def check_storable(pipeline: Any, *, own: Collection[str]) -> None:
    """Refuse a fitted estimator of the project's own that could not be loaded again.

    Raises
    ------
    RegistryError
        It holds a type that is not trusted; names it.
    """
    import skops.io

    from foretell.artifacts.trusted import untrusted_in

    try:
        untrusted = untrusted_in(skops.io.dumps(pipeline), own=own)
    except Exception as error:
        raise RegistryError(
            f"it cannot be stored without pickle: {type(error).__name__}: {error}"
        ) from None
    if untrusted:
        raise RegistryError(
            f"it holds {', '.join(sorted(untrusted))}, and a stored model may hold only estimators "
            "of scikit-learn and classes that its own file in python_models/ defines, no functions"
        )


def check_libraries(libraries: Mapping[str, str], *, named: str) -> None:
    """Refuse an artifact of a different scikit-learn, which promises nothing across minor versions.

    Raises
    ------
    RegistryError
        Major or minor version differ.
    """
    fitted, present = libraries.get("scikit-learn", ""), installed("scikit-learn")
    if fitted and fitted.split(".")[:2] != present.split(".")[:2]:
        raise RegistryError(
            f"The artifact of {named} was fitted with scikit-learn {fitted}, and {present} is "
            f"installed, which may score otherwise. It is not loaded. {_ANEW}"
        )
