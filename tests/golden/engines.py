"""The engines on which golden queries run, with one way to ask them."""

from __future__ import annotations

from typing import Protocol

import duckdb

from postgres_server import Server

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
    """A database of a test's server, in a session in UTC."""

    def __init__(self, server: Server) -> None:
        server.make_database(DATABASE)
        session = server.connect(DATABASE)
        self.cursor = session.cursor()
        self.cursor.execute("set timezone = 'UTC'; create schema main; set search_path = main")

    def run(self, sql: str) -> list[tuple[str, ...]]:
        self.cursor.execute(sql)
        found = self.cursor.fetchall() if self.cursor.description else []
        return [tuple(_text(value) for value in row) for row in found]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)
