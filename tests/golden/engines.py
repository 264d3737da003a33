"""The engines on which golden queries run, with one way to ask them."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import duckdb

DATABASE = "shop"


class Engine(Protocol):
    """A database called `shop` with a schema `main`."""

    def run(self, sql: str) -> list[tuple[str, ...]]:
        """Run a statement; its rows as text, alike from all engines but for numbers."""


class DuckDB:
    """DuckDB in this process."""

    def __init__(self) -> None:
        self.con = duckdb.connect()
        self.con.execute(f"attach ':memory:' as {DATABASE}; use {DATABASE}")

    def run(self, sql: str) -> list[tuple[str, ...]]:
        found = self.con.execute(sql).fetchall()
        return [tuple(_text(value) for value in row) for row in found]


class Postgres:
    """A cluster of its own, reached through psql."""

    def __init__(self, socket: Path) -> None:
        self.command = ["psql", "-X", "--csv", "-t", "-h", str(socket), "-U", "foretell"]
        self.command += ["-v", "ON_ERROR_STOP=1", "-d", DATABASE]

    def run(self, sql: str) -> list[tuple[str, ...]]:
        done = subprocess.run(
            self.command,
            input=sql,
            capture_output=True,
            text=True,
            env=os.environ | {"PGTZ": "UTC"},
        )
        assert done.returncode == 0, f"{done.stderr}\n{sql}"
        return [tuple(row) for row in csv.reader(io.StringIO(done.stdout))]


def has_postgres() -> bool:
    return all(shutil.which(one) for one in ("initdb", "pg_ctl", "psql"))


@contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """A cluster whose texts sort as people sort them, which no query of ours may rely on."""
    # Postgres refuses to run as root.
    user: dict[str, Any] = {"user": "nobody"} if os.geteuid() == 0 else {}
    if user:
        shutil.chown(folder, "nobody")
    data, how = folder / "data", {"check": True, "capture_output": True, "cwd": folder, **user}
    subprocess.run(
        ["initdb", "-D", data, "-A", "trust", "-U", "foretell", "-E", "UTF8", "--no-sync",
         "--locale=C", "--locale-provider=icu", "--icu-locale=en"],
        **how,
    )  # fmt: skip
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    subprocess.run(["pg_ctl", "-D", data, "-w", "-l", "log", "-o", options, "start"], **how)
    try:
        subprocess.run(["createdb", "-h", folder, "-U", "foretell", DATABASE], **how)
        engine = Postgres(folder)
        engine.run("create schema main; alter database shop set search_path = main")
        yield engine
    finally:
        subprocess.run(["pg_ctl", "-D", data, "-m", "immediate", "stop"], **how)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)
