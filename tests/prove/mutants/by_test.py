"""Which tests execute which line, and how much CPU each takes."""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from multiprocessing import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import coverage
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


class ByTest:
    """A plugin of pytest that records, and writes what it found when the session ends.

    What a fixture of a wider scope than a test executes is recorded for all that use it. Commands
    that tests run in forked processes are recorded as well.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tests: dict[str, dict[str, Any]] = {}
        self._fixtures: dict[str, float] = {}
        self._coverage = _coverage(folder, "main")
        self._switch("")
        self._coverage.start()

    def _switch(self, context: str) -> None:
        self._context = context
        (self._folder / "context").write_text(context, encoding="utf-8")
        if self._coverage._started:
            self._coverage.switch_context(context)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        began = _cpu()
        before = sum(self._fixtures.values())
        self._switch(item.nodeid)
        try:
            return (yield)
        finally:
            self._switch("")
            shared = sum(self._fixtures.values()) - before
            self._tests.setdefault(item.nodeid, {"ok": True})
            self._tests[item.nodeid] |= {
                "cpu": _cpu() - began - shared,
                "fixtures": [
                    _name(found[-1])
                    for found in item._fixtureinfo.name2fixturedefs.values()  # type: ignore[attr-defined]
                    if found[-1].scope != "function"
                ],
            }

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[Any]:
        if fixturedef.scope == "function":
            return (yield)
        around, began = self._context, _cpu()
        before = sum(self._fixtures.values())
        self._switch(_name(fixturedef))
        try:
            return (yield)
        finally:
            self._switch(around)
            inside = sum(self._fixtures.values()) - before
            self._fixtures[_name(fixturedef)] = (
                self._fixtures.get(_name(fixturedef), 0) + _cpu() - began - inside
            )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            self._tests.setdefault(report.nodeid, {})["ok"] = False

    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        self._coverage.save()
        lines: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for file in self._folder.glob("*.coverage"):
            data = coverage.CoverageData(basename=str(file))
            data.read()
            for source in data.measured_files():
                for line, contexts in data.contexts_by_lineno(source).items():
                    lines[source.partition("python_models/")[2]][line] |= set(contexts) - {""}
        for file in self._folder.glob("*.cpu"):
            context, cpu = json.loads(file.read_text(encoding="utf-8"))
            if context in self._tests:
                self._tests[context]["cpu"] += cpu
            else:
                self._fixtures[context] = self._fixtures.get(context, 0.0) + cpu
        found = {
            "tests": self._tests,
            "fixtures": self._fixtures,
            "lines": {
                source: {line: sorted(contexts) for line, contexts in of_source.items()}
                for source, of_source in lines.items()
            },
        }
        (self._folder / "by_test.json").write_text(json.dumps(found), encoding="utf-8")


class InForks:
    """Records in each process that is forked from this one, for the test that runs then."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        util.register_after_fork(self, InForks._record)

    def _record(self) -> None:
        context = (self._folder / "context").read_text(encoding="utf-8")
        inside = _coverage(self._folder, f"{os.getpid()}-{time.monotonic_ns()}", context)
        inside.start()
        util.Finalize(None, _end, args=(inside, context), exitpriority=100)


def _coverage(folder: Path, name: str, context: str | None = None) -> coverage.Coverage:
    return coverage.Coverage(
        data_file=str(folder / f"{name}.coverage"),
        source=[str(Path(__file__).parents[3] / "python_models/foretell")],
        context=context,
        config_file=False,
        messages=False,
    )


def _end(inside: coverage.Coverage, context: str) -> None:
    inside.stop()
    inside.save()
    cost = Path(inside.config.data_file).with_suffix(".cpu")
    cost.write_text(json.dumps([context, _cpu()]), encoding="utf-8")


def _name(fixturedef: Any) -> str:
    return f"fixture {fixturedef.baseid} {fixturedef.argname}"


def _cpu() -> float:
    """CPU-seconds of this process and of those that it waited for."""
    return sum(os.times()[:4])
