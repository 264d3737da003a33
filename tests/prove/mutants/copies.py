"""Copies of the checkout, each with an environment of its own, in which a file may be changed."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checkout import copy_checkout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutants.places import Mutant

#: Of a process of one job, in CPU-seconds, and of a job on a clock.
LONGEST = 120
LATEST = 900
#: Tests that run commands, in processes forked from one that has done the imports.
WITH_COMMANDS = ("tests/functional", "tests/golden")


@dataclass
class Copy:
    """A copy, and the process in it that runs tests."""

    folder: Path
    process: subprocess.Popen[str]
    changes: int = 0

    @classmethod
    def made_in(cls, folder: Path) -> Copy:
        """A new one, with its process."""
        copy_checkout(folder)
        (folder / ".mutants").mkdir()
        return cls(folder, cls._started_in(folder))

    @staticmethod
    def _started_in(folder: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [folder / ".venv/bin/python", folder / "tests/prove/mutants/warm_copy.py"],
            cwd=folder,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def run(self, tests: list[str], *, cpu: int = LONGEST, record: str = "") -> dict[str, Any]:
        """Run tests until one fails, or record what each executes."""
        assert self.process.stdin
        assert self.process.stdout
        job = {"tests": tests, "record": record, "cpu": cpu, "wall": LATEST}
        job["commands"] = any(one.startswith(WITH_COMMANDS) for one in tests)
        if record:
            job |= {"cpu": 6 * LONGEST * 10, "wall": 4 * LATEST}
        print(json.dumps(job), file=self.process.stdin, flush=True)
        return dict(json.loads(self.process.stdout.readline()))

    @contextmanager
    def changed(self, mutant: Mutant) -> Iterator[None]:
        """The copy with one change, for as long as the block runs."""
        before = (self.folder / mutant.file).read_text(encoding="utf-8")
        self._write(mutant.file, mutant.code)
        try:
            yield
        finally:
            self._write(mutant.file, before)

    def _write(self, file: str, code: str) -> None:
        """Write a file with a time that it never had: bytecode is known by its source's time."""
        self.changes += 1
        path = self.folder / file
        path.write_text(code, encoding="utf-8")
        os.utime(path, (1_000_000_000 + self.changes,) * 2)

    def end(self) -> None:
        """End its process."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=60)
