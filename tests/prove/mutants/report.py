"""The page in docs/ that the proof leaves: the rate with its interval, and each survivor."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from scipy.stats import binomtest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mutants.places import Mutant
    from mutants.run import Result

#: Why a survivor is harmless, by `Mutant.reason_key`; kept by hand.
REASONS = Path(__file__).with_name("harmless.yml")
GAP = "a gap"


def read_reasons() -> dict[str, str]:
    return yaml.safe_load(REASONS.read_text(encoding="utf-8")) or {}


def rate_of(killed: int, size: int) -> tuple[float, float, float]:
    """A share with the ends of its 95 % interval (Clopper and Pearson, 1934)."""
    ends = binomtest(killed, size).proportion_ci(method="exact")
    return killed / size, float(ends.low), float(ends.high)


def page_of(
    mutants: Sequence[Mutant],
    results: Mapping[str, Result],
    *,
    seed: int,
    places: int,
) -> str:
    """Markdown of the whole page."""
    reasons = read_reasons()
    survivors = [one for one in mutants if not results[one.key].is_killed]
    gaps = [one for one in survivors if one.reason_key not in reasons]
    size, killed = len(mutants), len(mutants) - len(survivors)
    rate, low, high = rate_of(killed, size)
    telling = killed + len(gaps)
    told, told_low, told_high = rate_of(killed, telling)
    cpu = sum(results[one.key].cpu for one in mutants)
    how = Counter(results[one.key].outcome for one in mutants)
    lines = [
        "# Mutants",
        "",
        "What `make prove` found last (`tests/prove/test_mutants.py`): code is changed at places",
        "drawn at random, one at a time, and tests that execute the place are run.",
        "",
        "| | |",
        "| --- | --- |",
        f"| Places at which code can be changed | {places:,} |",
        f"| Drawn, with seed {seed} | {size} |",
        f"| Killed | {killed} (a test failed {how['failed']}, not importable "
        f"{how['not importable']}, took too long {how['too long']}, crashed {how['crashed']}) |",
        f"| Rate | {rate:.1%} (95 % interval {low:.1%} to {high:.1%}) |",
        f"| Rate without harmless ones | {told:.1%} of {telling} "
        f"({told_low:.1%} to {told_high:.1%}) |",
        f"| Survivors | {len(survivors)}: harmless {len(survivors) - len(gaps)}, "
        f"gaps {len(gaps)} |",
        f"| CPU-minutes of test runs against mutants | {cpu / 60:.0f} |",
        "",
        "| Package | Drawn | Killed | Harmless | Gaps |",
        "| --- | --- | --- | --- | --- |",
    ]
    for package in sorted({_package(one) for one in mutants}):
        inside = [one for one in mutants if _package(one) == package]
        dead = sum(1 for one in inside if results[one.key].is_killed)
        open_ones = sum(1 for one in gaps if _package(one) == package)
        lines.append(
            f"| {package} | {len(inside)} | {dead} | {len(inside) - dead - open_ones} "
            f"| {open_ones} |"
        )
    lines += [
        "",
        "## Survivors",
        "",
        "| Where | Change | Why it is harmless |",
        "| --- | --- | --- |",
    ]
    for one in sorted(survivors, key=lambda one: (one.reason_key in reasons, one.file, one.line)):
        where = f"{one.file.removeprefix('python_models/foretell/')}:{one.line}"
        before, _, after = one.change.partition(" -> ")
        lines.append(
            f"| {where} | {_code(before)} becomes {_code(after)} "
            f"| {reasons.get(one.reason_key, GAP)} |"
        )
    return "\n".join(lines) + "\n"


def _package(mutant: Mutant) -> str:
    return mutant.file.removeprefix("python_models/foretell/").partition("/")[0]


def _code(text: str) -> str:
    ticks = "``" if "`" in text else "`"
    return f"{ticks}{text}{ticks}".replace("|", "\\|")
