"""Each mutant of a sample against the tests that execute its line."""

from __future__ import annotations

import json
import queue
import signal
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mutants.choice import ByTest
    from mutants.copies import Copy
    from mutants.places import Mutant


@dataclass(frozen=True)
class Result:
    """What became of a mutant.

    Attributes
    ----------
    outcome
        `failed` (a test did), `not importable`, `too long`, `crashed`, or `survived`.
    by
        The test that failed first.
    tests
        How many tests were chosen for it; none if no test executes the line.
    cpu
        CPU-seconds of all that was run.
    """

    key: str
    outcome: str
    by: str
    tests: int
    cpu: float

    @property
    def is_killed(self) -> bool:
        return self.outcome != "survived"


def run_all(
    mutants: Sequence[Mutant],
    copies: Sequence[Copy],
    records: Sequence[ByTest],
    *,
    kept: Path,
    progress: Callable[[str], None] = print,
) -> dict[str, Result]:
    """Results by the mutants' keys; what `kept` holds is not run again, and each is added to it."""
    found = read_results(kept)
    waiting: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
    for mutant in mutants:
        if mutant.key not in found:
            waiting.put(mutant)
    lock = threading.Lock()
    errors: list[BaseException] = []

    def work(copy: Copy) -> None:
        try:
            while not errors:
                result = run_one(waiting.get_nowait(), copy, records)
                with lock:
                    found[result.key] = result
                    with kept.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(asdict(result)) + "\n")
                    progress(
                        f"{len(found)} of {len(mutants)}: {result.outcome} in "
                        f"{result.cpu:.1f} s: {result.key}"
                    )
        except queue.Empty:
            return
        except BaseException as error:
            errors.append(error)

    workers = [threading.Thread(target=work, args=(copy,)) for copy in copies]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if errors:
        raise errors[0]
    return found


def run_one(mutant: Mutant, copy: Copy, records: Sequence[ByTest]) -> Result:
    """One mutant: first the quick tests, and those of whole builds if it survives them."""
    cpu, tests = 0.0, 0
    with copy.changed(mutant):
        for record in records:
            chosen = record.chosen(mutant)
            if not chosen:
                continue
            tests += len(chosen)
            answer = copy.run(chosen)
            cpu += answer["cpu"]
            if (outcome := _outcome(answer)) != "survived":
                return Result(mutant.key, outcome, answer["by"], tests, round(cpu, 2))
    return Result(mutant.key, "survived", "", tests, round(cpu, 2))


def read_results(kept: Path) -> dict[str, Result]:
    if not kept.exists():
        return {}
    lines = kept.read_text(encoding="utf-8").splitlines()
    return {one.key: one for one in (Result(**json.loads(line)) for line in lines)}


def survived(mutant: Mutant) -> Result:
    """What is said of a mutant that is not run, since a person has found it harmless."""
    return Result(mutant.key, "survived", "", 0, 0.0)


def forget_survivors(kept: Path) -> None:
    """Let mutants run again that no test has noticed."""
    results = read_results(kept).values()
    kept.write_text("".join(f"{json.dumps(asdict(one))}\n" for one in results if one.is_killed))


def _outcome(answer: dict[str, object]) -> str:
    outcome, status = answer["outcome"], int(str(answer["status"]))
    if outcome == "passed":
        return "survived"
    if outcome in ("failed", "not importable"):
        return str(outcome)
    if outcome == "pytest ended with 4" and answer["by"]:
        # A file named on its command line cannot be imported.
        return "not importable"
    if outcome == "ended":
        ended_by = status & 0x7F
        too_long = ended_by in (signal.SIGXCPU, signal.SIGKILL)
        return "too long" if too_long else "crashed"
    raise RuntimeError(f"{outcome}: {answer}")
