"""Fixtures that several groups of tests share: the gym, before and after its first build."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from own_tests import OwnTests, own_tests_off
from postgres_server import Server, has_postgres
from project import Project, end, gates_off, make_gym
from skipped import line_about_browser_tests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


#: What looks at the demo in the one Superset that shows it, and what looks at the demo alone.
PAGES, OF_DEMO = (
    "tests/browser/",
    ("tests/functional/test_demo.py", "tests/functional/test_how_to.py"),
)
_LAST_LINE = pytest.StashKey[str]()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give tests of one file to one process, and those of pages all to one: they take longest.

    pytest-xdist has marks for that, which it does not see with pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByWhatTheyBuild(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            if file.startswith(PAGES):
                return "pages"
            return "demo" if file in OF_DEMO else file

    return ByWhatTheyBuild(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Look at what was skipped."""
    skipped = terminalreporter.stats.get("skipped", [])
    terminalreporter.config.stash[_LAST_LINE] = line_about_browser_tests(skipped)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End a run without a browser by saying so, below the line that counts all tests."""
    if line := config.stash.get(_LAST_LINE, ""):
        print(line)


@pytest.fixture(scope="session")
def _gym(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return make_gym(tmp_path_factory.mktemp("gym") / "gym")


@pytest.fixture(scope="session")
def first_build(_gym: Project) -> str:
    """What the first build of the gym printed."""
    return _gym.build()


@pytest.fixture(scope="session")
def gym_on_first_day(_gym: Project, first_build: str) -> Project:
    """The gym after its first build, for tests that only read."""
    assert first_build
    return _gym


@pytest.fixture
def built_gym(gym_on_first_day: Project, tmp_path: Path) -> Project:
    """A copy of the gym after its first build, on 2025-08-01, with its gates."""
    return gym_on_first_day.copy_to(tmp_path / "with_gates")


@pytest.fixture(scope="session")
def _quick_gym(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Without gates and the slowest candidate: importing and fitting them takes seconds."""
    project = make_gym(tmp_path_factory.mktemp("quick") / "gym")
    shutil.rmtree(project.folder / "expectations")
    gates_off(project)
    project.replace(
        "models/gym.yml",
        "horizon: 30 days",
        "horizon: 30 days\n          candidates: [rule, logistic]",
    )
    return project


@pytest.fixture(scope="session")
def _own_tests(
    _quick_gym: Project, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Project, OwnTests]:
    """The quick gym built with the package's data tests, and what dbt compiled of these."""
    project = _quick_gym.copy_to(tmp_path_factory.mktemp("plain") / "gym")
    project.build()
    return project, OwnTests.compiled_in(project)


@pytest.fixture(scope="session")
def _unbuilt_quick_gym(_quick_gym: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = _quick_gym.copy_to(tmp_path_factory.mktemp("parsed") / "gym")
    own_tests_off(project)
    return project


@pytest.fixture(scope="session")
def _built_quick_gym(_own_tests: tuple[Project, OwnTests]) -> Project:
    project, _ = _own_tests
    own_tests_off(project)
    return project


@pytest.fixture
def gym(
    _unbuilt_quick_gym: Project, _own_tests: tuple[Project, OwnTests], tmp_path: Path
) -> Iterator[Project]:
    """The gym before its first build, without gates and with two quick candidates.

    The data tests of foretell's own views run once, after the test, and not in each build.
    """
    project = _unbuilt_quick_gym.copy_to(tmp_path / "gym")
    yield project
    _own_tests[1].must_hold_in(project)


@pytest.fixture
def plain_gym(
    _built_quick_gym: Project, _own_tests: tuple[Project, OwnTests], tmp_path: Path
) -> Iterator[Project]:
    """A copy of the same gym after its first build, on 2025-08-01."""
    project = _built_quick_gym.copy_to(tmp_path / "built")
    yield project
    _own_tests[1].must_hold_in(project)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A Postgres of this session; required where CI is set, else its absence skips."""
    if not has_postgres():
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("Postgres is not here: install postgresql, of which only the programs are used.")
    with tempfile.TemporaryDirectory(prefix="foretell-postgres-") as folder:
        server = Server.made_in(Path(folder))
        yield server
        server.stop()


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


@dataclass(frozen=True)
class BuiltDemo:
    """The grocery demo after its replay, in a folder of its own."""

    project_dir: Path
    database: Path
    serving: Path


@pytest.fixture(scope="session")
def built_demo(tmp_path_factory: pytest.TempPathFactory) -> BuiltDemo:
    """The demo, loaded and built as of its six days, as `make demo` does; to be read or copied.

    The first process that asks builds it for all. The environment may name the folder of one that
    was built before.
    """
    if given := os.environ.get("FORETELL_TEST_DEMO"):
        return _demo_in(Path(given))
    mine = tmp_path_factory.getbasetemp()
    of_all = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine
    folder, is_built = of_all / "demo", of_all / "demo.built"
    with FileLock(of_all / "demo.lock"):
        if not is_built.exists():
            _build_demo(folder)
            is_built.touch()
    return _demo_in(folder)


def _build_demo(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    checkout = Path(__file__).parents[1]
    for name in ("dbt_project", "expectations"):
        shutil.copytree(
            checkout / name,
            folder / name,
            symlinks=True,
            ignore=shutil.ignore_patterns("data", "target", "dbt_packages", "logs"),
        )
    foretell = Path(sys.executable).with_name("foretell")
    for step in ("load", "build"):
        done = subprocess.run(
            [foretell, "demo", step, "--project-dir", folder / "dbt_project"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def _demo_in(folder: Path) -> BuiltDemo:
    project_dir = folder / "dbt_project"
    return BuiltDemo(
        project_dir,
        project_dir / "data/grocery.duckdb",
        project_dir / "data/grocery_serving/grocery_serving.duckdb",
    )
