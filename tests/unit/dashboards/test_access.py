"""A password goes only to the server that it was made for."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from foretell.cli import app
from foretell.dashboards.superset import server as server_module
from foretell.dashboards.superset.access import address_of, credentials
from foretell.dashboards.superset.client import SupersetClient
from foretell.dashboards.superset.home import SupersetHome, secret
from foretell.dashboards.superset.process import ServerProcess, start_time
from foretell.dashboards.superset.proof import sign
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Listener:
    """A program on a port that keeps all that it hears; it answers as a Superset would."""

    url: str = ""
    port: int = 0
    heard: list[str] = field(default_factory=list)
    key: str = ""
    redirect: str = ""

    def heard_a_password(self, home: SupersetHome) -> bool:
        """Whether the home's password arrived, in whatever part of a request."""
        return any(home.password_file.read_text().strip() in one for one in self.heard)


@contextlib.contextmanager
def listening() -> Iterator[Listener]:
    """A listener that ends with the test."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            listener.heard.append(f"{self.path} {self.headers} {self.rfile.read(length).decode()}")
            nonce = self.path.rpartition("nonce=")[2]
            said = json.dumps({"version_string": "6.1.0", "message": listener.heard[-1]})
            if self.path.startswith("/foretell/proof"):
                said = sign(listener.key, nonce) if listener.key else "no"
            moved = listener.redirect and self.command == "POST"
            self.send_response(307 if moved else 500 if self.command == "POST" else 200)
            if moved:
                self.send_header("Location", listener.redirect + self.path)
            self.end_headers()
            self.wfile.write(said.encode())

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        listener.port = served.server_port
        listener.url = f"http://127.0.0.1:{listener.port}"
        yield listener
        served.shutdown()


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as one:
        yield one


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SupersetHome:
    """A home with its secrets, whose server does not run."""
    for name in ("USER", "PASSWORD", "PLAIN_HTTP", "HOME"):
        monkeypatch.delenv(f"FORETELL_SUPERSET_{name}", raising=False)
    made = SupersetHome(tmp_path / "home")
    made.create()
    secret(made.password_file)
    secret(made.secret_key_file)
    return made


def run_at(home: SupersetHome, port: int) -> ServerProcess:
    """Remember this very process as the server that was started."""
    server = ServerProcess(os.getpid(), start_time(os.getpid()) or "", "127.0.0.1", port)
    server.save(home.process_file)
    return server


def log_in(home: SupersetHome, url: str | None) -> None:
    address = address_of(home, url)
    user, password = credentials(home, address)
    SupersetClient(address, user=user, password=password)


def test_with_superset_down_nothing_is_sent(home: SupersetHome, listener: Listener) -> None:
    with pytest.raises(SupersetError, match=r"not running, and nothing was sent.*superset up"):
        log_in(home, None)
    with pytest.raises(SupersetError, match="which is not running; it is sent to no other"):
        log_in(home, listener.url)
    assert listener.heard == []


def test_the_command_sends_nothing_with_superset_down(
    home: SupersetHome, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "DEFAULT_PORT", listener.port)
    for more in (["--url", listener.url], []):
        arguments = ["superset", "add-user", "anna", "--role", "analyst", "--home", str(home.root)]
        environment = {"FORETELL_NEW_PASSWORD": "a new one"}
        done = CliRunner().invoke(app, [*arguments, *more], env=environment)
        assert done.exit_code == 1
    assert listener.heard == []


def test_another_program_on_the_port_hears_no_password(
    home: SupersetHome, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_at(home, listener.port)
    listener.key = "another key"
    with pytest.raises(SupersetError, match="does not prove to be the Superset of"):
        log_in(home, None)
    monkeypatch.setenv("FORETELL_SUPERSET_PASSWORD", home.password_file.read_text().strip())
    with pytest.raises(SupersetError, match="does not prove to be the Superset of"):
        log_in(home, None)
    assert listener.heard
    assert not listener.heard_a_password(home)


def test_a_process_id_used_again_proves_nothing(home: SupersetHome, listener: Listener) -> None:
    ServerProcess(os.getpid(), "long ago", "127.0.0.1", listener.port).save(home.process_file)
    with pytest.raises(SupersetError, match="it is sent to no other address"):
        log_in(home, listener.url)
    assert listener.heard == []


def test_the_server_of_the_home_hears_it_and_errors_do_not_show_it(
    home: SupersetHome, listener: Listener
) -> None:
    run_at(home, listener.port)
    listener.key = home.secret_key_file.read_text().strip()
    with pytest.raises(SupersetError, match="answered 500 to the login") as refused:
        log_in(home, None)
    assert listener.heard_a_password(home)
    assert home.password_file.read_text().strip() not in str(refused.value)


@pytest.mark.parametrize("other", ["http://localhost:PORT", "https://127.0.0.1:PORT"])
def test_another_name_of_the_server_is_another_address(
    home: SupersetHome, listener: Listener, other: str
) -> None:
    server = run_at(home, listener.port)
    with pytest.raises(SupersetError, match=f"runs at {server.url}; it is sent to no other"):
        log_in(home, other.replace("PORT", str(listener.port)))
    assert listener.heard == []


def test_a_redirect_carries_nothing_on(
    home: SupersetHome, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORETELL_SUPERSET_PASSWORD", home.password_file.read_text().strip())
    with listening() as elsewhere:
        listener.redirect = elsewhere.url
        with pytest.raises(SupersetError, match=f"sent the login on to {elsewhere.url}"):
            log_in(home, listener.url)
        assert elsewhere.heard == []


def test_plain_http_to_another_machine_is_refused_unless_allowed(
    home: SupersetHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORETELL_SUPERSET_PASSWORD", "given")
    for url in ("http://superset.example.com", "http://10.0.0.7:8088", "http://127.example.com"):
        with pytest.raises(SupersetError, match=r"plain http on another machine.*=allow"):
            credentials(home, url)
    for url in ("https://superset.example.com", "http://127.0.0.1:8088", "http://[::1]:8088"):
        assert credentials(home, url) == ("admin", "given")
    monkeypatch.setenv("FORETELL_SUPERSET_PLAIN_HTTP", "allow")
    assert credentials(home, "http://10.0.0.7:8088") == ("admin", "given")


@pytest.mark.parametrize(
    "url", ["http://anna:hidden@127.0.0.1:1", "superset.example.com", "ftp://a"]
)
def test_an_address_is_an_address_and_no_more(home: SupersetHome, url: str) -> None:
    with pytest.raises(SupersetError, match="--url") as refused:
        address_of(home, url)
    assert "hidden" not in str(refused.value)


def test_superset_hears_of_none_of_the_callers_secrets(
    home: SupersetHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FORETELL_NEW_PASSWORD", "FORETELL_SUPERSET_PASSWORD", "DBT_ENV_SECRET_TOKEN"):
        monkeypatch.setenv(name, "hidden")
    settings = server_module._settings(home, "key")
    assert "hidden" not in settings.values()
    assert settings["FORETELL_SUPERSET_SECRET_KEY"] == "key"


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:1"), ("::", "http://[::1]:1"), ("::1", "http://[::1]:1")],
)
def test_an_address_can_be_opened(host: str, url: str) -> None:
    assert ServerProcess(1, "", host, 1).url == url


def test_what_an_older_version_left_readable_is_closed(home: SupersetHome) -> None:
    for name in ("superset.db", "superset.log", "admin_password"):
        (home.root / name).write_text("x")
        (home.root / name).chmod(0o644)
    home.create()
    modes = {one.stat().st_mode & 0o077 for one in home.root.iterdir()}
    assert modes == {0}
