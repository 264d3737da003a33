"""Which tests are run against a mutant, and in what order."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checkout import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutants.places import Mutant


@dataclass(frozen=True)
class ByTest:
    """What `by_test.py` recorded: tests with their cost, and who executes which line.

    Attributes
    ----------
    most
        CPU-seconds of tests that are chosen for a mutant, as they took without it; one is always.
    """

    tests: dict[str, dict[str, Any]]
    fixtures: dict[str, float]
    lines: dict[str, dict[str, list[str]]]
    most: float

    @classmethod
    def read(cls, file: Path, *, most: float) -> ByTest:
        return cls(**json.loads(file.read_text(encoding="utf-8")), most=most)

    @cached_property
    def _users(self) -> dict[str, list[str]]:
        """Tests by the fixture that they use."""
        found: dict[str, list[str]] = {}
        for name, test in self.tests.items():
            for fixture in test["fixtures"]:
                found.setdefault(fixture, []).append(name)
        return found

    def chosen(self, mutant: Mutant) -> list[str]:
        """Tests that execute the line, those named after its module first, then the fastest."""
        able = {name for name in self._able(mutant) if self.tests[name]["ok"]}
        module = Path(mutant.file).stem

        def cost(name: str) -> float:
            return float(self.tests[name]["cpu"])

        def order(name: str) -> tuple[bool, float, str]:
            return Path(name.partition("::")[0]).stem != f"test_{module}", cost(name), name

        left, begun = self.most, set[str]()
        chosen: list[str] = []
        for name in sorted(able, key=order):
            new = set(self.tests[name]["fixtures"]) - begun
            needed = cost(name) + sum(self.fixtures.get(one, 0.0) for one in new)
            if chosen and needed > left:
                continue
            left -= needed
            begun |= new
            chosen.append(name)
        return chosen

    def _able(self, mutant: Mutant) -> Iterator[str]:
        if not mutant.is_definition:
            yield from self._executing(mutant.file, *mutant.lines)
            return
        # What runs at import is tested by who executes a line that names what it defines.
        if mutant.names:
            named = re.compile(rf"\b({'|'.join(map(re.escape, mutant.names))})\b")
            for file in self.lines:
                text = (CHECKOUT / "python_models" / file).read_text(encoding="utf-8")
                for at, line in enumerate(text.splitlines(), 1):
                    if named.search(line):
                        yield from self._executing(f"python_models/{file}", at, at)
        yield from self._executing(mutant.file, 1, 10**6)

    def _executing(self, file: str, first: int, last: int) -> Iterator[str]:
        for line, contexts in self.lines.get(file.removeprefix("python_models/"), {}).items():
            if first <= int(line) <= last:
                for context in contexts:
                    yield from self._users.get(context, [context])
