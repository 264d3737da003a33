"""Forty mistakes in foretell's SQL, one at a time, and which test notices each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from checkout import CHECKOUT, copy_checkout
from scipy.stats import binomtest

from mutated import Copy, Mutant, read_mutants

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.prove

MUTANTS = read_mutants(Path(__file__).with_name("sql_mutants.yml"))
RESULT = CHECKOUT / "docs/proofs/sql_mutants.md"
#: Share of all mutants, the harmless ones too, that tests must notice.
LEAST = 0.85


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    folder = tmp_path_factory.mktemp("mutated") / "foretell"
    copy_checkout(folder)
    return Copy(folder)


@pytest.fixture(scope="module")
def noticed() -> dict[str, str | None]:
    """The test that noticed each mutant, or None, filled as they are run."""
    return {}


def test_without_a_mistake_all_these_tests_pass(copy: Copy) -> None:
    tests = dict.fromkeys(test for mutant in MUTANTS.values() for test in mutant.tests)
    assert copy.failing([*tests]) is None


@pytest.mark.parametrize("name", MUTANTS)
def test_a_test_notices_unless_there_is_nothing_to_notice(
    copy: Copy, noticed: dict[str, str | None], name: str
) -> None:
    mutant = MUTANTS[name]
    with copy.with_mistake(mutant):
        noticed[name] = copy.failing(mutant.tests)
    if mutant.harmless is None:
        assert noticed[name] is not None, mutant.harm
    else:
        assert noticed[name] is None, f"it is not harmless: {mutant.harmless}"


def test_nearly_all_are_noticed(noticed: dict[str, str | None]) -> None:
    if set(noticed) != set(MUTANTS):
        pytest.skip("only a choice of mutants was run")
    RESULT.write_text(_as_markdown(noticed), encoding="utf-8")
    killed = sum(test is not None for test in noticed.values())
    assert killed >= LEAST * len(MUTANTS)


def _as_markdown(noticed: Mapping[str, str | None]) -> str:
    killed = sum(test is not None for test in noticed.values())
    at_first = sum(
        test is not None and not MUTANTS[name].was_a_gap for name, test in noticed.items()
    )
    lines = [
        "# Mistakes in SQL that tests notice",
        "",
        "Written by `tests/prove/test_sql_mutants.py` (`make prove`). Each of "
        f"{len(noticed)} mistakes of [the table](../../tests/prove/sql_mutants.yml), such as a "
        "dropped filter or partition, or `<` for `<=`, was made by itself in a copy of the "
        "checkout, and the tests named there were run. They were chosen by hand, before any was "
        "tried. No golden file was among the tests, since it notices any change of a query.",
        "",
        f"- **Noticed now: {_rate(killed, len(noticed))}.** A lower figure than in the last "
        "version says that a test was weakened.",
        f"- Noticed when each was first tried: {_rate(at_first, len(noticed))}. For the others "
        "tests were written, so this figure tells how many mistakes of this kind the tests may "
        "miss elsewhere.",
        "",
    ]
    survivors = [MUTANTS[name] for name, test in noticed.items() if test is None]
    if survivors:
        lines += ["| Not noticed | Why that is harmless |", "| --- | --- |"]
        lines += [
            f"| {_change(one)} | {one.harmless or 'It is not: ' + one.harm} |" for one in survivors
        ]
        lines.append("")
    lines += [
        "| The mistake would mean | Where | Noticed by | Test written for it |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {MUTANTS[name].harm} | `{_short(MUTANTS[name])}` | `{test}` | "
        f"{'yes' if MUTANTS[name].was_a_gap else ''} |"
        for name, test in noticed.items()
        if test is not None
    ]
    return "\n".join(lines) + "\n"


def _rate(count: int, of: int) -> str:
    ends = binomtest(count, of).proportion_ci(method="wilson")
    return (
        f"{count} of {of}, {count / of:.0%} (95 % interval by Wilson: {ends.low:.0%} to "
        f"{ends.high:.0%})"
    )


def _change(mutant: Mutant) -> str:
    return f"`{mutant.name}` in `{_short(mutant)}`"


def _short(mutant: Mutant) -> str:
    return str(Path(*mutant.file.parts[-2:]))
