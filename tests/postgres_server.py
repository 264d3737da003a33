"""A Postgres server for tests: its own data folder and port, on loopback, with a password."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import make_dsn

#: Who owns all; tests make further roles.
OWNER, PASSWORD = "foretell", "secret, and with a space"
#: Where Debian keeps the programs that only an administrator needs.
_DEBIAN = "/usr/lib/postgresql"


def program(name: str) -> str | None:
    """The newest program of Postgres of a name; None if there is none."""
    kept = sorted(Path(_DEBIAN).glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return str(kept[-1]) if kept else shutil.which(name)


def has_postgres() -> bool:
    return all(program(name) for name in ("initdb", "pg_ctl"))


@dataclass
class Server:
    """A cluster whose texts sort as people sort them, which nothing of ours may rely on.

    Its folder is one that any user may enter: pytest's own are not.
    """

    folder: Path
    port: int

    @classmethod
    def made_in(cls, folder: Path) -> Server:
        """Make a cluster and start it; Postgres refuses to run as root."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            server = cls(folder, probe.getsockname()[1])
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        server._run(
            "initdb", "-A", "scram-sha-256", "-U", OWNER, "--pwfile", str(secret), "-E", "UTF8",
            "--no-sync", "--locale=C", "--locale-provider=icu", "--icu-locale=en",
        )  # fmt: skip
        server.start()
        return server

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off"
        options += f" -c unix_socket_directories='{self.folder}' -c timezone=America/New_York"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """Stop it as a machine that loses power does."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    def connect(self, database: str = "postgres", user: str = OWNER) -> Any:
        """A session that commits each statement."""
        session = psycopg2.connect(
            host="127.0.0.1", port=self.port, user=user, password=PASSWORD, dbname=database
        )
        session.autocommit = True
        return session

    def address(self, database: str) -> str:
        """What a process needs to open a session of its own."""
        return make_dsn(
            host="127.0.0.1", port=self.port, user=OWNER, password=PASSWORD, dbname=database
        )

    def query(self, sql: str, database: str = "postgres", user: str = OWNER) -> list[Any]:
        """Rows of a statement; none where it has no result."""
        session = self.connect(database, user)
        try:
            with session.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            session.close()

    def make_database(self, name: str, template: str = "template0") -> None:
        """A database, empty or a copy of another one that nobody uses."""
        self.query(f'create database "{name}" template "{template}"')

    def _run(self, name: str, *args: str) -> None:
        user: dict[str, Any] = {"user": "nobody"} if os.geteuid() == 0 else {}
        done = subprocess.run(
            [str(program(name)), "-D", str(self.folder / "data"), *args],
            cwd=self.folder, text=True, check=False,
            stdout=subprocess.PIPE if name == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT, **user,
        )  # fmt: skip
        assert done.returncode == 0, f"{done.stdout}\n{self.log()}"

    def log(self) -> str:
        """What the server said last."""
        file = self.folder / "log"
        return file.read_text()[-2000:] if file.exists() else ""
