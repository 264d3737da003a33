"""Do tests notice when the code is wrong? Mutants of it, each run against tests of its line.

A sample of places is drawn with a seed (`mutants/places.py`), tests are recorded once
(`mutants/by_test.py`), and each mutant is put into a copy of the checkout with its own environment,
in which tests run in processes forked from one that has the imports (`mutants/warm_copy.py`). Two
copies work at a time. Why a survivor is harmless stands in `mutants/harmless.yml`.

`MUTANTS_KEPT=<folder>` keeps the records and results there; a second run with it begins where the
first has ended, and runs survivors again where `MUTANTS_AGAIN` is set.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from checkout import CHECKOUT
from mutants.choice import ByTest
from mutants.copies import Copy
from mutants.places import sample
from mutants.report import page_of, rate_of, read_reasons
from mutants.run import forget_survivors, run_all, run_one, survived

pytestmark = pytest.mark.prove

SIZE, SEED = 300, 20261130
COPIES = 2
#: CPU-seconds of quick tests and of builds for each mutant.
MOST = (15.0, 30.0)
#: Lower than what was found, so that a few more survivors are no failure.
LEAST = 0.8
PAGE = CHECKOUT / "docs/proofs/mutants.md"

#: Quick tests: without what never executes mutated code, and what repeats a run hundreds of times.
QUICK = (
    "tests/unit",
    "tests/golden/test_written_queries.py",
    *(f"--ignore=tests/unit/{one}" for one in ("cli", "client", "dashboards", "scaffold")),
    "--ignore=tests/unit/test_benchmark_judge.py",
    "--ignore=tests/unit/test_literal_text.py",
    *(
        f"--deselect=tests/unit/{one}"
        for one in (
            "publishing/test_publication.py::test_a_reader_never_sees_a_part",
            "publishing/test_publication.py::"
            "test_a_run_killed_at_any_statement_is_published_whole_or_not_at_all",
            "test_ignored.py::test_readers_of_the_link_of_version_0_1_follow_without_a_gap",
        )
    ),
)
#: Tests of whole builds, for mutants that survive the quick ones.
BUILDS = tuple(
    f"tests/functional/test_{one}.py"
    for one in (
        *("bad_input", "champion_from", "gates", "learned_gates", "life", "no_future_rows"),
        "tasks",
    )
)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Where records and results are."""
    folder = Path(os.environ.get("MUTANTS_KEPT") or tmp_path / "kept")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_mutants_are_killed(kept: Path, tmp_path: Path) -> None:
    began = time.monotonic()
    mutants, places = sample(CHECKOUT, size=SIZE, seed=SEED)
    assert len(mutants) == SIZE
    with ThreadPoolExecutor(COPIES) as pool:
        copies = list(pool.map(Copy.made_in, [tmp_path / f"copy{at}" for at in range(COPIES)]))
        folders = (kept / "quick", kept / "builds")
        records = list(pool.map(recorded, copies, (QUICK, BUILDS), folders, MOST))
    for copy in copies:
        must_tell_a_fault_from_none(copy, records)
    if os.environ.get("MUTANTS_AGAIN"):
        forget_survivors(kept / "results.jsonl")
    reasons = read_reasons()
    unclear = [one for one in mutants if one.reason_key not in reasons]
    results = {one.key: survived(one) for one in mutants}
    results |= run_all(unclear, copies, records, kept=kept / "results.jsonl")
    for copy in copies:
        copy.end()
    page = page_of(mutants, results, seed=SEED, places=places)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page, encoding="utf-8")
    killed = sum(results[one.key].is_killed for one in mutants)
    print(f"\n{(time.monotonic() - began) / 60:.0f} minutes")
    print(f"{killed} of {SIZE} killed: {rate_of(killed, SIZE)}; see {PAGE}")
    assert killed >= LEAST * SIZE


def must_tell_a_fault_from_none(copy: Copy, records: list[ByTest]) -> None:
    """A comment survives, and what raises is killed: tests look at the copy's files."""
    (mutant,) = sample(CHECKOUT, size=1, seed=SEED)[0]
    before = (CHECKOUT / mutant.file).read_text(encoding="utf-8")
    for added, outcome in (("# Nothing.\n", "survived"), ("raise ValueError\n", "not importable")):
        changed = replace(mutant, code=before + added)
        assert run_one(changed, copy, records).outcome == outcome, changed.file


def recorded(copy: Copy, tests: tuple[str, ...], folder: Path, most: float) -> ByTest:
    """What each of the tests executes, all of which pass as long as nothing is changed."""
    file = folder / "by_test.json"
    if not file.exists():
        folder.mkdir()
        answer = copy.run(list(tests), record=str(folder))
        assert answer["outcome"] == "passed", answer
    return ByTest.read(file, most=most)
