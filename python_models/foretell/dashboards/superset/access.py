"""Which Superset is meant, and which password it may hear.

A password goes only to the server that it was made for: the generated one of a home to the server
that `up` started there, one of the environment to the address that was named.
"""

from __future__ import annotations

import ipaddress
import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from foretell.dashboards.superset.process import ServerProcess
from foretell.dashboards.superset.server import ADMIN, is_own
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from foretell.dashboards.superset.home import SupersetHome

USER_VARIABLE = "FORETELL_SUPERSET_USER"
PASSWORD_VARIABLE = "FORETELL_SUPERSET_PASSWORD"  # noqa: S105 - a name
PLAIN_VARIABLE = "FORETELL_SUPERSET_PLAIN_HTTP"


def address_of(home: SupersetHome, url: str | None) -> str:
    """Address that was asked for, else of the server that runs in the home.

    Raises
    ------
    SupersetError
        None runs there, or the address is none that can be used.
    """
    if url is None:
        server = ServerProcess.load(home.process_file)
        if server is None:
            raise SupersetError(
                f"The Superset of this home ({home.root}) is not running, and nothing was sent. "
                "Start it with `foretell superset up`, or name the address of another Superset "
                "with --url."
            )
        return server.url
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SupersetError(
            f"--url {_without_user(url)} is no address; write http:// or https:// and a host."
        )
    if parts.username or parts.password:
        raise SupersetError(
            f"--url {_without_user(url)} was given with a user or password, which would be shown "
            f"in logs and lists of processes. Set {USER_VARIABLE} and {PASSWORD_VARIABLE} instead."
        )
    return url.rstrip("/")


def credentials(home: SupersetHome, url: str) -> tuple[str, str]:
    """User and password for the Superset at ``url``.

    Raises
    ------
    SupersetError
        No password is known that was made for it, or it would be sent in the clear.
    """
    user = os.environ.get(USER_VARIABLE, ADMIN)
    password = os.environ.get(PASSWORD_VARIABLE)
    server = ServerProcess.load(home.process_file)
    is_ours = server is not None and _is_same(server.url, url)
    if server is not None and is_ours:
        _require_proof(home, server)
    if password:
        _refuse_plain(url, is_ours=is_ours)
        return user, password
    if not is_ours or user != ADMIN:
        running = f"runs at {server.url}" if server else "is not running"
        raise SupersetError(
            f"No password for Superset's user {user!r} at {url}. Set {USER_VARIABLE} and "
            f"{PASSWORD_VARIABLE}. The generated password of {home.root} belongs to the user "
            f"{ADMIN!r} of the Superset that `foretell superset up` starts there, which {running}; "
            "it is sent to no other address."
        )
    if not home.password_file.exists():
        raise SupersetError(
            f"{home.password_file} is missing. Bring it back, or set {USER_VARIABLE} and "
            f"{PASSWORD_VARIABLE}."
        )
    return user, home.password_file.read_text().strip()


def _require_proof(home: SupersetHome, server: ServerProcess) -> None:
    if not is_own(home, server):
        raise SupersetError(
            f"What answers at {server.url} does not prove to be the Superset of {home.root}, "
            f"though its process {server.pid} runs; no password was sent. It may hang, another "
            "program may hold the port, or an older foretell started it. Start it anew: foretell "
            "superset down, then foretell superset up."
        )


def _is_same(address: str, url: str) -> bool:
    """Whether two addresses are the same, letter by letter: names may lead elsewhere tomorrow."""
    return urlsplit(address)[:3] == urlsplit(url.rstrip("/"))[:3]


def _refuse_plain(url: str, *, is_ours: bool) -> None:
    parts = urlsplit(url)
    if is_ours or parts.scheme == "https" or _is_this_machine(parts.hostname or ""):
        return
    if os.environ.get(PLAIN_VARIABLE) != "allow":
        raise SupersetError(
            f"{url} is plain http on another machine: everyone on the way could read the password, "
            f"so it was not sent. Use https, or if the way is private, set {PLAIN_VARIABLE}=allow."
        )


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
