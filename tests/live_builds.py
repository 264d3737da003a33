"""A client that reads every chart of a Superset while `dbt build` runs in a loop beneath it."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import socket
import sqlite3
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from foretell.dashboards.declared.manifest import project_name_of, read_manifest, stable_uuid
from foretell.dashboards.declared.project import read_project
from foretell.dashboards.declared.serving_copy import ServingCopy
from foretell.dashboards.superset.client import SupersetClient
from foretell.dashboards.superset.home import VENV_VARIABLE, SupersetHome
from foretell.dashboards.superset.server import ADMIN, down, up
from foretell.dashboards.sync.push import push
from foretell.dashboards.sync.session import Choice, Target
from foretell.dashboards.written.folder import read_assets
from foretell.dashboards.written.shown_build import BUILD_COLUMN
from foretell.dashboards.written.specs import database_name
from foretell.errors import SupersetError
from project import ROOT, TODAY, Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: As many charts as a browser asks for at once.
CLIENTS = 4


@dataclass(frozen=True)
class Read:
    """One answer to one chart; times are of one monotonic clock, in seconds."""

    chart: str
    started: float
    ended: float
    builds: frozenset[str] = frozenset()
    rows: str = ""
    error: str = ""


@dataclass(frozen=True)
class Built:
    """One `dbt build` that ended."""

    build_id: str
    ended: float


@dataclass
class Seen:
    """What was read, and what had been built meanwhile, in order."""

    charts: frozenset[str]
    reads: list[Read] = field(default_factory=list)
    built: list[Built] = field(default_factory=list)

    @property
    def errors(self) -> set[tuple[str, str]]:
        """Charts that failed, and why."""
        return {(one.chart, one.error) for one in self.reads if one.error}

    @property
    def mixed(self) -> list[Read]:
        """Answers with rows of two builds."""
        return [one for one in self.reads if len(one.builds) > 1]

    @property
    def told(self) -> set[str]:
        """Charts that had rows and said which build they show."""
        return {one.chart for one in self.reads if one.builds}

    @property
    def contradictions(self) -> set[tuple[str, str]]:
        """Charts, and builds, that were answered in two ways: rows of another build were in it."""
        answers: dict[tuple[str, str], set[str]] = {}
        for one in self.reads:
            for build in one.builds:
                answers.setdefault((one.chart, build), set()).add(one.rows)
        return {key for key, rows in answers.items() if len(rows) > 1}

    def last_older(self) -> list[float]:
        """For each build: from its end to the last answer, asked later, that showed an older one.

        Zero where no answer that was asked after its end was older.
        """
        place = {one.build_id: number for number, one in enumerate(self.built)}
        return [
            max(
                (
                    read.ended - built.ended
                    for read in self.reads
                    if read.started > built.ended
                    for build in read.builds
                    if place.get(_id(build), number) < number
                ),
                default=0.0,
            )
            for number, built in enumerate(self.built)
        ]

    def first_seen(self) -> list[float]:
        """For each build: seconds from its end until an answer showed it or a newer one."""
        place = {one.build_id: number for number, one in enumerate(self.built)}
        return [
            min(
                (
                    max(read.ended - built.ended, 0.0)
                    for read in self.reads
                    for build in read.builds
                    if place.get(_id(build), -1) >= number
                ),
                default=float("inf"),
            )
            for number, built in enumerate(self.built)
        ]


def _id(build: str) -> str:
    return build.rpartition(" ")[2]


@contextmanager
def superset_of(
    project: Project, folder: Path, like: SupersetHome | None = None
) -> Iterator[Target]:
    """A Superset of the project's own, pushed to; ``like`` is a prepared home to begin with."""
    home = SupersetHome(folder)
    if like is not None:
        home.create()
        for file in (like.password_file, like.secret_key_file, like.prepared):
            shutil.copy2(file, home.root / file.name)
        with sqlite3.connect(like.metadata) as there, sqlite3.connect(home.metadata) as here:
            there.backup(here)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = pytest.MonkeyPatch()
    if VENV_VARIABLE not in os.environ:
        environment.setenv(VENV_VARIABLE, str(ROOT / ".foretell" / "superset" / "venv"))
    try:
        server = up(home, host="127.0.0.1", port=port, say=print).server
        target = Target(
            dashboards=project.folder / "dashboards",
            project_dir=project.folder,
            url=server.url,
            home=home,
            serving=project.serving,
        )
        # What a prepared home shows of another project is overwritten.
        push(target, Choice(ours=True))
        yield target
    finally:
        down(home)
        environment.undo()


def read_while_building(project: Project, target: Target, *, seconds: float = 0) -> Seen:
    """Read all charts, all the time, while the project is built day after day.

    For so many seconds, but at least until three builds have ended.
    """
    password = target.home.password_file.read_text().strip()
    with SupersetClient(target.url, user=ADMIN, password=password) as client:
        charts = _charts(client, target)
        seen = Seen(frozenset(charts))
        over = threading.Event()
        turns = itertools.cycle(charts.items())
        lock = threading.Lock()

        def read() -> None:
            while not over.is_set():
                with lock:
                    name, question = next(turns)
                seen.reads.append(_read(client, name, question))

        threads = [threading.Thread(target=read) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            _build(project, seen, until=time.monotonic() + seconds)
            _wait_for_a_round(seen)
        finally:
            over.set()
            for thread in threads:
                thread.join()
        return seen


def builds_beside_an_open_query(target: Target) -> tuple[str, str, bool]:
    """The build before and after a swing of the link, while a query of the first is still open.

    DuckDB keeps one instance per path and process: were the link's own path opened, the second
    answer would be the first build again. Says, too, whether the first query was open to the end.
    """
    password = target.home.password_file.read_text().strip()
    with SupersetClient(target.url, user=ADMIN, password=password) as client:
        name = database_name(project_name_of(read_manifest(target.project_dir)))
        (database,) = [
            row["id"]
            for row in client.all("/api/v1/database/", ("id", "database_name"))
            if row["database_name"] == name
        ]

        def ask(sql: str) -> Any:
            question = {"database_id": database, "sql": sql, "runAsync": False, "schema": "main"}
            return client.post("/api/v1/sqllab/execute/", question)["data"]

        def ask_for_long() -> None:
            with contextlib.suppress(SupersetError):
                ask("select count(*) from range(200000) a, range(100000) b where hash(a, b) > 9")

        shown = "select build_id from foretell_build"
        before = ask(shown)[0]["build_id"]
        slow = threading.Thread(target=ask_for_long, daemon=True)
        slow.start()
        while slow.is_alive() and "running" not in {
            query["status"] for query in client.all("/api/v1/query/", ("status",))
        }:
            time.sleep(0.1)
        _swing_to_a_copy(target.serving)
        after = ask(shown)[0]["build_id"]
        return before, after, slow.is_alive()


def _swing_to_a_copy(link: Path) -> None:
    """Publish the same build once more, under another id."""
    copy = link.resolve().with_name("z_copy.duckdb")
    shutil.copy2(link.resolve(), copy)
    with duckdb.connect(str(copy)) as con:
        con.execute("update foretell_build set build_id = 'copy'")
    beside = link.with_name("copy_link")
    beside.symlink_to(copy)
    beside.replace(link)


def _build(project: Project, seen: Seen, *, until: float) -> None:
    day = date.fromisoformat(TODAY)
    while time.monotonic() < until or len(seen.built) < 3:
        day += timedelta(days=1)
        project.build(today=str(day))
        ended = time.monotonic()
        ((build_id,),) = project.query(
            "select build_id from foretell_build", project.serving.resolve()
        )
        seen.built.append(Built(build_id, ended))


def _wait_for_a_round(seen: Seen) -> None:
    """Until every chart was asked once more."""
    enough = len(seen.reads) + 2 * len(seen.charts)
    while len(seen.reads) < enough:
        time.sleep(0.1)


def _charts(client: SupersetClient, target: Target) -> dict[str, dict[str, Any]]:
    """The query of every chart of the project, asked for its build besides, by name."""
    assets = read_assets(
        target.dashboards, read_project(target.project_dir, ServingCopy(target.serving))
    )
    names = {
        stable_uuid(assets.project, "chart", folder, name): f"{folder}/{name}"
        for folder, dashboard in assets.dashboards.items()
        for name in dashboard.charts
    }
    questions = {}
    for row in list(client.all("/api/v1/chart/", ("id", "uuid"))):
        if row["uuid"] not in names:
            continue
        saved = client.get(f"/api/v1/chart/{row['id']}")["result"]["query_context"]
        question = json.loads(saved)
        for query in question["queries"]:
            query["columns"] = [*query.get("columns", []), BUILD_COLUMN]
        questions[names[row["uuid"]]] = question
    assert set(questions) == set(names.values())
    return questions


def _read(client: SupersetClient, chart: str, question: dict[str, Any]) -> Read:
    started = time.monotonic()
    try:
        (result,) = client.post("/api/v1/chart/data", question)["result"]
    except Exception as error:
        return Read(chart, started, time.monotonic(), error=str(error))
    ended = time.monotonic()
    builds = frozenset(row.pop(BUILD_COLUMN) for row in result["data"])
    rows = sorted(json.dumps(_rounded(row), sort_keys=True) for row in result["data"])
    return Read(chart, started, ended, builds, "\n".join(rows), result["error"] or "")


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Sums over threads differ in their last digits."""
    return {k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in row.items()}
