"""The gym in SQL that DuckDB and Postgres both read, and that makes the same visits on each."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from postgres_server import OWNER, PASSWORD, Server
from project import ROOT, Project, make_gym

PROJECTS = ROOT / "tests" / "projects"


@dataclass
class PostgresProject(Project):
    """A copy of a dbt project whose target is a database of a test's server.

    Attributes
    ----------
    server, name
        Where the database is, and what it is called.

    """

    server: Server = None  # type: ignore[assignment]
    name: str = ""

    def query(self, sql: str, database: Path | None = None) -> list[tuple[Any, ...]]:
        assert database is None
        return self.server.query(sql, self.name)

    def hash_of(self, table: str) -> Any:
        hashed = "sum(hash_record_extended(one, 0)::numeric), count(*)"
        return self.query(f"select {hashed} from {table} as one")

    def named(self, table: str) -> str:
        return table

    def change(self, sql: str) -> None:
        self.server.query(sql, self.name)

    def copy_to(self, folder: Path) -> PostgresProject:
        """A copy with a database of its own."""
        name = f"{folder.parent.name}_{folder.name}"[-60:]
        shutil.copytree(self.folder, folder, symlinks=True, ignore=shutil.ignore_patterns("logs"))
        self.server.make_database(name, self.name)
        copy = PostgresProject(folder, self.database, self.bin, self.package, self.server, name)
        copy.write("profiles.yml", profile(copy.server, name))
        return copy


def profile(
    server: Server, database: str, *, user: str = OWNER, schema: str = "gym", name: str = "gym"
) -> str:
    """A profile as people write it: nothing in it is foretell's."""
    return f"""{name}:
  target: dev
  outputs:
    dev:
      type: postgres
      host: 127.0.0.1
      port: {server.port}
      user: {user}
      password: "{PASSWORD}"
      dbname: {database}
      schema: {schema}
      threads: 2
"""


def make_portable_gym(folder: Path) -> Project:
    """The portable gym on DuckDB, not built."""
    project = make_gym(folder)
    shutil.copytree(PROJECTS / "gym_portable", folder, dirs_exist_ok=True)
    return project


def make_hostile_gym(folder: Path) -> Project:
    """A gym on DuckDB whose names and values databases treat otherwise, not built."""
    project = make_gym(folder)
    shutil.copytree(PROJECTS / "gym_hostile", folder, dirs_exist_ok=True)
    return project


def make_lab(folder: Path, server: Server | None = None, **how: Any) -> Project:
    """A copy of the lab with its package to install, not built, on DuckDB or on a server."""
    shutil.copytree(PROJECTS / "lab", folder)
    database = folder / "lab.duckdb"
    if server is None:
        return Project(folder, database, **how)
    name = f"{folder.parent.name}_lab"[-60:]
    server.make_database(name)
    project = PostgresProject(folder, database, server=server, name=name, **how)
    project.write("profiles.yml", profile(server, name, schema="shop", name="lab"))
    return project


def on_postgres(project: Project, server: Server, folder: Path, name: str) -> PostgresProject:
    """A copy of a project on a database of a server, not built."""
    shutil.copytree(
        project.folder,
        folder,
        symlinks=True,
        ignore=shutil.ignore_patterns("logs", "target", "*.duckdb", "*_serving"),
    )
    server.make_database(name)
    copy = PostgresProject(
        folder, project.database, project.bin, project.package, server=server, name=name
    )
    copy.write("profiles.yml", profile(server, name))
    return copy
