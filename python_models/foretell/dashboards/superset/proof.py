"""Proof that what answers at an address is the Superset of a home, before it hears a password.

Both know the home's secret key. The server is asked to sign a number that was never used before;
another program on the same port cannot.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

#: Served by inside_superset/superset_config.py, which computes the same.
PATH = "/foretell/proof"


def is_proven(url: str, secret_key: str) -> bool:
    """Whether a Superset that knows the secret key answers at ``url``."""
    import httpx

    nonce = secrets.token_hex(16)
    try:
        answer = httpx.get(
            f"{url}{PATH}",
            params={"nonce": nonce},
            timeout=10,
            trust_env=False,
            follow_redirects=False,
        )
    except httpx.HTTPError:
        return False
    expected = sign(secret_key, nonce)
    return answer.status_code == 200 and hmac.compare_digest(
        answer.text.strip().encode(), expected.encode()
    )


def sign(secret_key: str, nonce: str) -> str:
    """What the server answers; sessions are signed with the secret key itself, this is not."""
    key = hashlib.sha256(b"foretell: proof of the server: " + secret_key.encode()).digest()
    return hmac.new(key, nonce.encode(), hashlib.sha256).hexdigest()
