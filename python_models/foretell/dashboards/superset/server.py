"""Start, end and describe a Superset of one's own, on this machine only."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from foretell.dashboards.superset.environment import install, last_lines, lock_hash
from foretell.dashboards.superset.home import SupersetHome, private, secret
from foretell.dashboards.superset.process import ServerProcess, start_time
from foretell.dashboards.superset.proof import is_proven
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_PORT = 8088
ADMIN = "admin"
_INSIDE = Path(__file__).parent / "inside_superset"


@dataclass(frozen=True)
class Started:
    """A running server; ``password`` only when it was made just now."""

    server: ServerProcess
    was_running: bool
    password: str | None


def up(
    home: SupersetHome, *, host: str, port: int, say: Callable[[str], None], seconds: float = 120
) -> Started:
    """Install, prepare and start what is missing; a running server is left alone.

    Raises
    ------
    SupersetError
        The port is taken, or installing, preparing or starting failed.
    """
    home.create()
    with home.alone():
        running = ServerProcess.load(home.process_file)
        if running and is_own(home, running):
            return Started(running, was_running=True, password=None)
        if running:
            say("Superset runs but does not answer as this version's does: starting it anew")
            stop(home, running)
        _refuse_taken_port(host, port)
        install(home.venv, home.setup_log, say)
        secret_key, _ = secret(home.secret_key_file)
        password, is_new = secret(home.password_file)
        settings = _settings(home, secret_key)
        _prepare(home, {**settings, "FORETELL_SUPERSET_PASSWORD": password}, say)
        say("Starting Superset")
        server = _start(home, settings, host=host, port=port, seconds=seconds)
        return Started(server, was_running=False, password=password if is_new else None)


def down(home: SupersetHome) -> ServerProcess | None:
    """End the server that ``up`` started in this home; None if none runs."""
    if not home.root.is_dir():
        return None
    with home.alone():
        running = ServerProcess.load(home.process_file)
        if running:
            stop(home, running)
        return running


def stop(home: SupersetHome, server: ServerProcess) -> None:
    """End ``server`` and forget it."""
    server.stop()
    home.process_file.unlink(missing_ok=True)


def is_own(home: SupersetHome, server: ServerProcess) -> bool:
    """Whether the server that was started in ``home`` answers, and no other program instead."""
    key = home.secret_key_file
    return key.exists() and is_proven(server.url, key.read_text().strip())


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SupersetError(
                f"Port {port} on {host} cannot be used ({error.strerror}): another program, "
                "which was left alone, may hold it. Choose another port, for example: "
                f"foretell superset up --port {port + 1}"
            ) from error


def _settings(home: SupersetHome, secret_key: str) -> dict[str, str]:
    # What the caller set for its own Python, Flask or gunicorn would change Superset's; what it set
    # for foretell and dbt, passwords among it, is none of Superset's business.
    foreign = ("PYTHON", "SUPERSET", "FLASK", "GUNICORN", "FORETELL_", "DBT_", "PG")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {
        **inherited,
        "FORETELL_SUPERSET_SECRET_KEY": secret_key,
        "FORETELL_SUPERSET_METADATA": str(home.metadata),
        "FORETELL_SUPERSET_USER": ADMIN,
        "SUPERSET_CONFIG_PATH": str(_INSIDE / "superset_config.py"),
        "SUPERSET_HOME": str(home.root),
        "SCARF_ANALYTICS": "false",
        "PYTHONUNBUFFERED": "1",
    }


def _prepare(home: SupersetHome, settings: dict[str, str], say: Callable[[str], None]) -> None:
    if home.prepared.exists() and home.prepared.read_text().strip() == lock_hash():
        return
    say("Preparing Superset's database: tables, roles, the admin (half a minute, once)")
    with private(home.setup_log) as output:
        process = subprocess.run(  # noqa: S603 - our own arguments, no shell
            [home.venv / "bin" / "python", "-P", _INSIDE / "bootstrap.py"],
            env=settings,
            umask=0o077,
            cwd=home.root,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if process.returncode:
        raise SupersetError(
            f"Superset's database could not be prepared:\n{last_lines(home.setup_log)}\n"
            f"The whole log is {home.setup_log}. To begin anew, delete {home.metadata}."
        )
    home.prepared.write_text(lock_hash() + "\n")


def _start(
    home: SupersetHome, settings: dict[str, str], *, host: str, port: int, seconds: float
) -> ServerProcess:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    with private(home.log) as output:
        child = subprocess.Popen(  # noqa: S603 - our own arguments, no shell
            [
                str(home.venv / "bin" / "gunicorn"),
                *("--workers", "1", "--worker-class", "gthread", "--threads", "8"),
                *("--timeout", "120", "--bind", address),
                "superset.app:create_app()",
            ],
            env=settings,
            umask=0o077,
            cwd=home.root,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = ServerProcess(child.pid, start_time(child.pid) or "", host, port)
    server.save(home.process_file)
    try:
        _wait(home, server, seconds)
    except BaseException:  # Ctrl-C too: leave nothing running that nobody was told of
        stop(home, server)
        raise
    return server


def _wait(home: SupersetHome, server: ServerProcess, seconds: float) -> None:
    log, deadline = home.log, time.monotonic() + seconds
    while not is_own(home, server):
        if not server.is_running or time.monotonic() > deadline:
            state = "does not answer" if server.is_running else "ended at once"
            raise SupersetError(
                f"Superset {state}; its log ends with:\n{last_lines(log)}\nThe whole log is {log}."
            )
        time.sleep(0.3)
