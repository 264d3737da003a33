"""Fixtures that several groups of tests share: a small dbt project, built by real dbt."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from foretell.resources import dbt_package_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
GYM = ROOT / "tests" / "projects" / "gym"
TODAY = "2025-08-01"
PREDICTION = "pred_member__quits_30d"


@dataclass
class Project:
    """A copy of a dbt project that a test may change and build.

    Attributes
    ----------
    folder
        The copy.
    database
        Its DuckDB file.
    bin
        Folder of the environment whose dbt runs it.
    package
        The dbt package that it installs; None asks the running foretell.

    """

    folder: Path
    database: Path
    bin: Path = Path(sys.executable).parent
    package: Path | None = None

    def environment(self, today: str | None = TODAY, env: dict[str, str] | None = None) -> dict:
        """The environment of a command: nothing of the caller's dbt or foretell settings."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DBT_", "FORETELL_", "GYM_", "PYTHON"))
        }
        said = {
            "FORETELL_DBT_PACKAGE": str(self.package or dbt_package_dir()),
            "GYM_DATABASE": str(self.database),
            "DO_NOT_TRACK": "1",
            "GX_ANALYTICS_ENABLED": "false",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_USE_COLORS": "false",
            "DBT_PRINTER_WIDTH": "120",
            "OMP_NUM_THREADS": "2",
        }
        if today is not None:
            said["FORETELL_TODAY"] = today
        return kept | said | (env or {})

    def command(self, *args: str) -> list[str]:
        """A dbt command line."""
        return [str(self.bin / "dbt"), *args]

    def dbt(
        self, *args: str, today: str | None = TODAY, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run dbt to its end; stdout and stderr come back as one text."""
        return subprocess.run(
            self.command(*args),
            cwd=self.folder,
            env=self.environment(today, env),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=240,
            check=False,
        )

    def build(self, *args: str, **how: Any) -> str:
        """`dbt build` that must succeed; its output."""
        done = self.dbt("build", *args, **how)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def refused(self, *args: str, **how: Any) -> str:
        """`dbt build` that must fail; its output on one line, as its paragraphs are wrapped."""
        done = self.dbt("build", *args, **how)
        assert done.returncode == 1, done.stdout
        assert "Traceback" not in done.stdout, done.stdout
        return " ".join(done.stdout.split())

    def start(
        self, *args: str, today: str | None = TODAY, env: dict[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start dbt in a process group of its own, for a test that kills it."""
        return subprocess.Popen(
            self.command(*args),
            cwd=self.folder,
            env=self.environment(today, env),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def query(self, sql: str, database: Path | None = None) -> list[tuple[Any, ...]]:
        """Rows of a query on the project's file, opened to read only."""
        with duckdb.connect(str(database or self.database), read_only=True) as con:
            return con.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        """The one value of a query."""
        ((found,),) = self.query(sql)
        return found

    def change(self, sql: str) -> None:
        """Change the project's file behind foretell's back."""
        with duckdb.connect(str(self.database)) as con:
            con.execute(sql)

    @property
    def serving(self) -> Path:
        """The serving link."""
        return self.database.with_name(f"{self.database.stem}_serving.duckdb")

    def replace(self, file: str, old: str, new: str) -> None:
        """Edit a file of the project; the old text must be there."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def write(self, file: str, text: str) -> None:
        """Write a file of the project."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def copy_to(self, folder: Path) -> Project:
        """A copy with its own database, parsed project and serving files."""
        shutil.copytree(self.folder, folder, symlinks=True, ignore=shutil.ignore_patterns("logs"))
        return Project(folder, folder / self.database.name, self.bin, self.package)


def end(process: subprocess.Popen[Any]) -> None:
    """Kill a process and what it started, the way a machine that loses power would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)


def make_gym(folder: Path, **how: Any) -> Project:
    """A fresh copy of the gym with its package installed, not built."""
    shutil.copytree(GYM, folder)
    project = Project(folder, folder / "gym.duckdb", **how)
    done = project.dbt("deps")
    assert done.returncode == 0, done.stdout
    return project


@pytest.fixture(scope="session")
def _gym(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return make_gym(tmp_path_factory.mktemp("gym") / "gym")


@pytest.fixture(scope="session")
def first_build(_gym: Project) -> str:
    """What the first build of the gym printed."""
    return _gym.build()


@pytest.fixture
def gym(tmp_path: Path) -> Project:
    """The gym before its first build."""
    return make_gym(tmp_path / "gym")


@pytest.fixture(scope="session")
def gym_on_first_day(_gym: Project, first_build: str) -> Project:
    """The gym after its first build, for tests that only read."""
    assert first_build
    return _gym


@pytest.fixture(scope="session")
def _gym_without_gates(
    gym_on_first_day: Project, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    project = gym_on_first_day.copy_to(tmp_path_factory.mktemp("plain") / "gym")
    shutil.rmtree(project.folder / "expectations")
    return project


@pytest.fixture
def built_gym(gym_on_first_day: Project, tmp_path: Path) -> Project:
    """A copy of the gym after its first build, on 2025-08-01, with its gates."""
    return gym_on_first_day.copy_to(tmp_path / "gym")


@pytest.fixture
def plain_gym(_gym_without_gates: Project, tmp_path: Path) -> Project:
    """As ``built_gym``, without a suite: importing Great Expectations takes seconds."""
    return _gym_without_gates.copy_to(tmp_path / "gym")


@pytest.fixture
def kill_at_end() -> Iterator[Callable[[subprocess.Popen[Any]], subprocess.Popen[Any]]]:
    """Registers processes that must not outlive their test."""
    started: list[subprocess.Popen[Any]] = []

    def register(process: subprocess.Popen[Any]) -> subprocess.Popen[Any]:
        started.append(process)
        return process

    yield register
    for process in started:
        if process.poll() is None:
            end(process)
