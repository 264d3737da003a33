"""Superset's API, as much of it as a push needs."""

from __future__ import annotations

import json
from typing import Any, Self

import httpx

from foretell.errors import SupersetError


class SupersetClient:
    """A logged-in conversation with one Superset."""

    def __init__(self, url: str, *, user: str, password: str) -> None:
        """Log in.

        Raises:
            SupersetError: nothing answers at ``url``, or it refuses the user or the password.

        """
        self.url = url.rstrip("/")
        # trust_env=False: a proxy of the environment must not see a local address.
        self._http = httpx.Client(
            base_url=self.url,
            timeout=120,
            trust_env=False,
            headers={"Accept": "application/json", "Referer": self.url},
        )
        answer = self._send(
            "POST",
            "/api/v1/security/login",
            json={"username": user, "password": password, "provider": "db"},
        )
        if answer.status_code == 401:
            raise SupersetError(
                f"Superset at {self.url} refuses the password of user {user!r}. Set "
                "FORETELL_SUPERSET_USER and FORETELL_SUPERSET_PASSWORD; of a Superset that "
                "`foretell superset up` started, `foretell superset status` says where the "
                "password is kept."
            )
        token = self._json(answer, "the login")["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"
        csrf = self.get("/api/v1/security/csrf_token/")["result"]
        self._http.headers["X-CSRFToken"] = csrf

    def __enter__(self) -> Self:
        """Close at the end of a ``with``."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str) -> dict[str, Any]:
        """Answer to a question that must succeed."""
        return self._json(self._send("GET", path), path)

    def find(self, path: str) -> dict[str, Any] | None:
        """Answer, or None when there is no such thing."""
        answer = self._send("GET", path)
        return None if answer.status_code == 404 else self._json(answer, path)

    def put(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        """Change one thing."""
        return self._json(self._send("PUT", path, json=content), path)

    def import_assets(self, archive: bytes) -> None:
        """Overwrite what the archive holds; Superset does all of it or nothing."""
        files = {"bundle": ("foretell.zip", archive, "application/zip")}
        self._json(self._send("POST", "/api/v1/assets/import/", files=files), "the import")

    def _send(self, method: str, path: str, **content: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **content)
        except httpx.HTTPError as error:
            raise SupersetError(
                f"No Superset answers at {self.url} ({error}). Start one with "
                "`foretell superset up`, or name another address with --url."
            ) from error

    def _json(self, answer: httpx.Response, what: str) -> dict[str, Any]:
        try:
            content = answer.json()
        except ValueError:
            content = {}
        if answer.is_success and isinstance(content, dict):
            return content
        said = json.dumps(content)[:2000] if content else answer.text[:300]
        raise SupersetError(
            f"Superset at {self.url} answered {answer.status_code} to {what}: {said}. "
            "Its log says more."
        )
