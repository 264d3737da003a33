"""The mistakes that `make prove` makes in SQL quote it as it stands, and name tests that there are.

Looked at with each change: the proof itself is run seldom.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mutated import read_mutants

CHECKOUT = Path(__file__).parents[2]
MUTANTS = read_mutants(CHECKOUT / "tests/prove/sql_mutants.yml")


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mistake_can_be_made_and_there_are_tests_to_notice_it(name: str) -> None:
    mutant = MUTANTS[name]
    before = (CHECKOUT / mutant.file).read_text(encoding="utf-8")
    assert mutant.in_text(before) != before
    for test in mutant.tests:
        file, *test_name = test.partition("[")[0].split("::")
        assert (CHECKOUT / file).exists(), test
        for one in test_name:
            assert f"def {one}(" in (CHECKOUT / file).read_text(encoding="utf-8"), test
