"""Superset's API, as much of it as a push needs."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any, Self

import httpx

from foretell.errors import SupersetError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: The oldest Superset whose import and export formats are known to fit.
OLDEST = (6, 1)
_PAGE = 100


class SupersetClient:
    """A logged-in conversation with one Superset."""

    def __init__(self, url: str, *, user: str, password: str) -> None:
        """Log in.

        Raises
        ------
        SupersetError
            Nothing answers at ``url``, it is too old, or it refuses the user or
            the password.
        """
        self.url = url.rstrip("/")
        self._password = password
        # trust_env=False: a proxy of the environment must not see a local address.
        self._http = httpx.Client(
            base_url=self.url,
            timeout=120,
            trust_env=False,
            # What is sent is for this address: it is never carried to where a redirect leads.
            follow_redirects=False,
            # gunicorn may drop an idle connection just as the next request is sent, and nobody
            # can tell whether that one was carried out: each request has a connection of its own.
            limits=httpx.Limits(max_keepalive_connections=0),
            headers={"Accept": "application/json", "Referer": self.url},
        )
        self._refuse_old()
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

    def may_get(self, path: str) -> bool:
        """Whether the user has the right to ask this."""
        return self._send("GET", path).status_code != 403

    def has_feature(self, flag: str) -> bool | None:
        """Whether a feature is switched on; None where the page of the login does not say."""
        answer = self._send("GET", "/login/")
        bootstrap = re.search(r'data-bootstrap="([^"]*)"', answer.text)
        try:
            flags = (
                json.loads(html.unescape(bootstrap[1]))["common"]["feature_flags"]
                if bootstrap
                else {}
            )
        except (ValueError, KeyError, TypeError):
            return None
        return bool(flags[flag]) if flag in flags else None

    def all(self, path: str, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        """Every row of a list, page by page."""
        page = received = 0
        while True:
            query = f"(columns:!({','.join(columns)}),page:{page},page_size:{_PAGE})"
            answer = self.get(f"{path}?q={query}")
            yield from answer["result"]
            # A Superset may be set to give fewer rows a page than it is asked for.
            received += len(answer["result"])
            if received >= answer["count"] or not answer["result"]:
                return
            page += 1

    def download(self, path: str) -> bytes:
        """Bytes of a file."""
        answer = self._send("GET", path)
        if not answer.is_success:
            self._json(answer, path)
        return answer.content

    def post(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        """Add one thing."""
        return self._json(self._send("POST", path, json=content), path)

    def put(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        """Change one thing."""
        return self._json(self._send("PUT", path, json=content), path)

    def delete(self, path: str) -> None:
        """Remove one thing; that it is gone already is as good."""
        answer = self._send("DELETE", path)
        if answer.status_code != 404:
            self._json(answer, f"the removal of {path}")

    def import_assets(self, archive: bytes, passwords: Mapping[str, str] | None = None) -> None:
        """Overwrite what the archive holds and nothing else; all of it or nothing.

        Parameters
        ----------
        passwords
            Those of databases, by their file in the archive.
        """
        files = {"bundle": ("foretell.zip", archive, "application/zip")}
        data = {"sparse": "true", "passwords": json.dumps(passwords or {})}
        answer = self._send("POST", "/api/v1/assets/import/", files=files, data=data)
        self._json(answer, "the import")

    def refusal_of(self, database: Mapping[str, str]) -> str | None:
        """Why Superset cannot connect to a database, with the password that it has; None if it can.

        Parameters
        ----------
        database
            Its ``database_name`` and ``sqlalchemy_uri``.
        """
        answer = self._send("POST", "/api/v1/database/test_connection/", json=dict(database))
        return None if answer.is_success else answer.text[:1000]

    def _refuse_old(self) -> None:
        answer = self._send("GET", "/version")
        try:
            version = str(answer.json()["version_string"]) if answer.is_success else ""
        except (ValueError, KeyError, TypeError):
            version = ""
        numbers = re.match(r"(\d+)\.(\d+)", version)
        if numbers and (int(numbers[1]), int(numbers[2])) < OLDEST and "dev" not in version:
            raise SupersetError(
                f"Superset at {self.url} is version {version}; the dashboards need 6.1 or newer. "
                "Upgrade it, or start one of its own with `foretell superset up`."
            )
        if not answer.is_success:
            raise SupersetError(
                f"{self.url} answered {answer.status_code} to the question for its version, as a "
                "Superset older than 6.1 does, or something else. Name the address of a Superset "
                "6.1 with --url."
            )

    def _send(self, method: str, path: str, **content: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **content)
        except httpx.HTTPError as error:
            raise SupersetError(
                f"No Superset answers at {self.url} ({error}). Start one with "
                "`foretell superset up`, or name another address with --url."
            ) from error

    def _json(self, answer: httpx.Response, request: str) -> dict[str, Any]:
        try:
            content = answer.json()
        except ValueError:
            content = {}
        if answer.is_success and isinstance(content, dict):
            return content
        if answer.is_redirect:
            raise SupersetError(
                f"{self.url} sent {request} on to {answer.headers.get('location')}, and nothing "
                "was sent there. If that is Superset's address, name it with --url."
            )
        detail = json.dumps(content)[:2000] if content else answer.text[:300]
        detail = detail.replace(self._password, "(the password)")
        raise SupersetError(
            f"Superset at {self.url} answered {answer.status_code} to {request}: {detail}. "
            "Its log says more."
        )
