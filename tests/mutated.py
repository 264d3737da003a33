"""A copy of the checkout in which one mistake at a time is made, and tests that should notice."""

from __future__ import annotations

import re
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FAILED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Mutant:
    """One mistake in a file of the checkout.

    Attributes
    ----------
    old, new
        What stands there, and what a hand wrote by mistake.
    harm
        What a user would suffer.
    tests
        Files, folders or tests that should notice, in the order in which they are run.
    after
        A text that stands in the file once: the first ``old`` after it is meant. Without it,
        ``old`` itself stands there once.
    harmless
        Why no test can notice; None for a mistake that does harm.
    was_a_gap
        Whether no test noticed when it was first tried, so that one was written.
    """

    name: str
    file: Path
    old: str
    new: str
    harm: str
    tests: tuple[str, ...]
    after: str | None = None
    harmless: str | None = None
    was_a_gap: bool = False

    def in_text(self, text: str) -> str:
        """The text of the file with the mistake.

        Raises
        ------
        ValueError
            What the table says stands there does not, or more than once.
        """
        anchor = self.after or self.old
        if (count := text.count(anchor)) != 1:
            raise ValueError(f"{self.name}: {self.file} has {anchor!r} {count} times, not once")
        begins = text.index(anchor)
        if self.old not in text[begins:]:
            raise ValueError(f"{self.name}: {self.file} has no {self.old!r} after {anchor!r}")
        return text[:begins] + text[begins:].replace(self.old, self.new, 1)


def read_mutants(table: Path) -> dict[str, Mutant]:
    """The mutants of a table such as ``sql_mutants.yml``, by name."""
    said = yaml.safe_load(table.read_text(encoding="utf-8"))
    return {
        name: Mutant(
            name=name,
            file=_place_of(one.pop("file")),
            tests=tuple(one.pop("tests")),
            **one,
        )
        for name, one in said.items()
    }


def _place_of(file: str) -> Path:
    root = "dbt_project/packages/foretell" if file.endswith(".sql") else "python_models/foretell"
    return Path(root) / file


@dataclass(frozen=True)
class Copy:
    """A copy of the checkout in which a mistake may be made."""

    folder: Path

    def failing(self, tests: Sequence[str]) -> str | None:
        """The first of some tests that fails; None if all pass.

        Raises
        ------
        RuntimeError
            They could not be run, or none was found.
        """
        done = subprocess.run(
            [".venv/bin/pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
            cwd=self.folder, check=False, capture_output=True, text=True, timeout=1800,
        )  # fmt: skip
        if done.returncode == 0:
            return None
        found = _FAILED.search(done.stdout)
        if done.returncode != 1 or found is None:
            raise RuntimeError(done.stdout + done.stderr)
        return found[1]

    @contextmanager
    def with_mistake(self, mutant: Mutant) -> Iterator[None]:
        """The copy as the mutant has it, inside the block."""
        path = self.folder / mutant.file
        text = path.read_text(encoding="utf-8")
        path.write_text(mutant.in_text(text), encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(text, encoding="utf-8")
