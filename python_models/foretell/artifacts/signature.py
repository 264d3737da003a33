"""Signatures of stored versions: proof that whoever wrote a champion's row held a key.

Without a key, anybody who may write to the stores decides what scores. With `FORETELL_ARTIFACT_KEY`
in the environment every version is signed when it is stored, and one without a valid signature
does not score (HMAC, RFC 2104, with SHA-256).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from foretell.errors import RegistryError
from foretell.stores.record import Row, now

KEY, PREVIOUS_KEY = "FORETELL_ARTIFACT_KEY", "FORETELL_ARTIFACT_KEY_PREVIOUS"
_SHORTEST = 32


def signing_key() -> bytes | None:
    """The key that signs; None where none is set.

    Raises
    ------
    RegistryError
        It is too short to be a key, or only the previous one is set.
    """
    key = _key(KEY)
    if key is None and _key(PREVIOUS_KEY) is not None:
        raise RegistryError(
            f"{PREVIOUS_KEY} is set and {KEY} is not: the previous key only checks what was signed "
            f"with it. Set {KEY}, or take both away to build without signatures."
        )
    return key


@dataclass(frozen=True)
class SignedContent:
    """What a signature is over: the bytes of a version, and what decides how they are read.

    Attributes
    ----------
    recipe, libraries, serving_form
        As the model store keeps them.
    """

    prediction: str
    version: int
    recipe: str
    libraries: str
    artifact: bytes
    serving_form: str | None


def sign(key: bytes, content: SignedContent) -> str:
    """The signature of a version, as hexadecimal digits."""
    fields = [
        content.prediction,
        content.version,
        content.recipe,
        content.libraries,
        hashlib.sha256(content.artifact).hexdigest(),
    ]
    if content.serving_form is not None:  # Versions that are older than these were signed without.
        fields.append(hashlib.sha256(content.serving_form.encode()).hexdigest())
    return hmac.new(key, json.dumps(fields).encode(), hashlib.sha256).hexdigest()


def signature_rows(content: SignedContent, *, run_id: str, today: date) -> list[Row]:
    """The row of `model_signatures` for a version; none where no key is set."""
    key = signing_key()
    if key is None:
        return []
    return [
        {
            "run_id": run_id,
            "prediction": content.prediction,
            "version": content.version,
            "signature": sign(key, content),
            "signed_at": now(),
            "today": today,
        }
    ]


def check_signature(
    signatures: Sequence[str], *, named: str, command: str, content: SignedContent
) -> None:
    """Refuse a version that nobody who holds a key has signed, where a key is set.

    Parameters
    ----------
    signatures
        All that are stored for it.
    command
        What signs it, for the error.

    Raises
    ------
    RegistryError
        A key is set, and no signature was made with it or the previous one.
    """
    key = signing_key()
    if key is None:
        return
    keys = [secret for secret in (key, _key(PREVIOUS_KEY)) if secret is not None]
    valid = [sign(secret, content) for secret in keys]
    if any(hmac.compare_digest(stored, computed) for stored in signatures for computed in valid):
        return
    problem = (
        f"has a signature that does not fit {KEY}: its row was changed, or the key is a different "
        "one"
        if signatures
        else f"is not signed, and {KEY} is set: it is older than the key, or somebody without the "
        "key wrote it"
    )
    raise RegistryError(
        f"{named} {problem}. It does not score, and the last predictions stay. If you know where "
        f"it comes from, sign it with: {command}. Else train anew with: "
        "dbt build --vars 'foretell_train: true'"
    )


def _key(variable: str) -> bytes | None:
    text = os.environ.get(variable, "")
    if not text:
        return None
    if len(text) < _SHORTEST:
        raise RegistryError(
            f"{variable} has {len(text)} characters; a key has at least {_SHORTEST}. Make one "
            "with: python -c 'import secrets; print(secrets.token_hex(32))'"
        )
    return text.encode()
