"""A small dbt project of another business, that a test may change and build with real dbt."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from foretell.resources import dbt_package_dir
from foretell.warehouse.serving import default_link
from warm import run_warm

ROOT = Path(__file__).resolve().parents[1]
GYM = ROOT / "tests" / "projects" / "gym"
ZOO = ROOT / "tests" / "projects" / "zoo"
OUR_BIN = Path(sys.executable).parent
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
    bin: Path = OUR_BIN
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
        self,
        *args: str,
        today: str | None = TODAY,
        env: dict[str, str] | None = None,
        timeout: int = 240,
    ) -> subprocess.CompletedProcess[str]:
        """Run dbt to its end; stdout and stderr come back as one text."""
        return self._run("dbt", args, self.environment(today, env), timeout)

    def foretell(
        self,
        *args: str,
        today: str | None = TODAY,
        env: dict[str, str] | None = None,
        timeout: int = 240,
    ) -> subprocess.CompletedProcess[str]:
        """Run the command `foretell` in the project's folder, on a wide terminal."""
        wide = {"COLUMNS": "200"}
        return self._run("foretell", args, self.environment(today, env) | wide, timeout)

    def _run(
        self, program: str, args: tuple[str, ...], environment: dict[str, str], timeout: int
    ) -> subprocess.CompletedProcess[str]:
        if self.bin == OUR_BIN:
            return run_warm(
                program, args, folder=self.folder, environment=environment, timeout=timeout
            )
        return subprocess.run(
            [str(self.bin / program), *args],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
        )

    def build(self, *args: str, **how: Any) -> str:
        """`dbt build` that must succeed; its output."""
        done = self.dbt("build", *args, **how)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def refused(self, *args: str, **how: Any) -> str:
        """`dbt build` that must fail; its output on one line, as its paragraphs are wrapped."""
        return self.refused_by("build", *args, **how)

    def refused_by(self, *args: str, **how: Any) -> str:
        """Any command of dbt's that must fail, as `refused`."""
        done = self.dbt(*args, **how)
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

    def hash_of(self, table: str) -> Any:
        """What differs when any row of a table does, whatever their order."""
        return self.query(f"select sum(hash(one)), count(*) from {self.named(table)} as one")

    def named(self, table: str) -> str:
        """A table of a schema, where the file has the schema's name."""
        return f'"{self.database.stem}".{table}'

    def change(self, sql: str) -> None:
        """Change the project's file behind foretell's back."""
        with duckdb.connect(str(self.database)) as con:
            con.execute(sql)

    @property
    def serving(self) -> Path:
        """The serving link."""
        return default_link(self.database)

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


def gates_off(project: Project) -> None:
    """Build without gates: importing Great Expectations takes seconds in each build."""
    with (project.folder / "dbt_project.yml").open("a", encoding="utf-8") as file:
        file.write("vars: {foretell_gates: false}\n")


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


def make_zoo(folder: Path) -> Project:
    """A fresh copy of the zoo, things of every kind for every task, not built, without gates."""
    shutil.copytree(ZOO, folder, ignore=shutil.ignore_patterns("__pycache__"))
    project = Project(folder, folder / "zoo.duckdb")
    gates_off(project)
    done = project.dbt("deps")
    assert done.returncode == 0, done.stdout
    return project
