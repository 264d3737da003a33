"""What benchmarks/models.py found, as text: differences first, then values, seconds and choices."""

from __future__ import annotations

import platform
import statistics
from dataclasses import dataclass
from importlib.metadata import version

from judge import LOSSES, Compared
from problems import Problem

OURS = "foretell"
#: How far foretell may be behind the better of linear and boosting.
MOST_BEHIND = {"AUC": 0.01, "MAE": 0.05}


@dataclass(frozen=True)
class Measured:
    """One problem: every method by every metric, and what each took and chose in each round."""

    problem: Problem
    rows: tuple[int, int]
    compared: list[Compared]
    seconds: dict[str, list[float]]
    chose: dict[str, list[str]]
    refused: str


def report(measured: list[Measured], *, rounds: int, threads: int) -> str:
    """The whole report in Markdown."""
    judged = [one for one in measured if not one.refused]
    parts = [
        "# foretell's defaults beside peers\n",
        f"{rounds} round{'s' if rounds > 1 else ''} each, {threads} threads for every method, "
        f"Python {platform.python_version()}, scikit-learn {version('scikit-learn')}. What is "
        "measured and how: [benchmarks](../README.md#models).\n",
    ]
    if judged:
        parts += ["## What was promised\n", _promises(judged), ""]
        parts += ["## foretell against each peer\n", _HOW_TO_READ, _differences(judged), ""]
    refused = [one for one in measured if one.refused]
    if refused:
        parts += [
            "## Not built\n",
            *(f"- {one.problem.name}: {one.refused.splitlines()[-1]}" for one in refused),
            "",
        ]
    parts += ["## Values\n", _values(measured), ""]
    parts += ["## Seconds, and what each chose\n", _seconds(measured), ""]
    return "\n".join(parts)


_HOW_TO_READ = """\
Ours minus theirs (MAE: in percent of theirs), the interval in which 95 of 100 resamples of the test
rows lie, and the verdict: a tie where it holds 0. Of log loss and MAE less is better.
"""


def _promises(measured: list[Measured]) -> str:
    lines = [
        "Within .01 of AUC, or 5 % of MAE, of the better of linear and boosting, and never below "
        "the simple rule (without a rule: than the same score for all).\n",
        "| Problem | foretell | better of linear, boosting | behind by | simple rule | holds |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for one in measured:
        found = next(each for each in one.compared if each.metric in MOST_BEHIND)
        metric, values = found.metric, found.values
        peers = {name: values[name] for name in ("linear", "boosting") if name in values}
        simple = "rule" if "rule" in values else "typical"
        if not peers or simple not in values:
            continue
        name = (min if metric in LOSSES else max)(peers, key=lambda peer: peers[peer])
        ours, best = values[OURS], peers[name]
        behind = ours / best - 1 if metric in LOSSES else best - ours
        above = ours <= values[simple] if metric in LOSSES else ours >= values[simple]
        holds = behind <= MOST_BEHIND[metric] and above
        said = f"{100 * behind:+.1f} %" if metric in LOSSES else f"{behind:+.4f}"
        lines.append(
            f"| {one.problem.name} ({metric}) | {_number(metric, ours)} | "
            f"{_number(metric, best)} {name} | {said} | {_number(metric, values[simple])} {simple} "
            f"| {'yes' if holds else '**NO**'} |"
        )
    return "\n".join(lines)


def _differences(measured: list[Measured]) -> str:
    peers = list(dict.fromkeys(name for one in measured for name in one.compared[0].against))
    lines = [
        f"| Problem | {' | '.join(peers)} |",
        f"| --- |{' --- |' * len(peers)}",
    ]
    for one in measured:
        for found in one.compared:
            cells = [_cell(found, peer) if peer in found.against else "" for peer in peers]
            lines.append(f"| {one.problem.name}, {found.metric} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(found: Compared, peer: str) -> str:
    if found.metric == "MAE":
        middle, low, high = (f"{100 * value:+.1f}" for value in found.against[peer])
        return f"{middle} % [{low}, {high}] {found.verdict(peer)}"
    middle, low, high = (f"{value:+.3f}" for value in found.against[peer])
    return f"{middle} [{low}, {high}] {found.verdict(peer)}"


def _values(measured: list[Measured]) -> str:
    methods = list(dict.fromkeys(name for one in measured for name in one.compared[0].values))
    lines = [
        f"| Problem | learnt from | judged on | {' | '.join(methods)} |",
        f"| --- | ---: | ---: |{' ---: |' * len(methods)}",
    ]
    for one in measured:
        for found in one.compared:
            cells = [
                _number(found.metric, found.values[name]) if name in found.values else ""
                for name in methods
            ]
            train, test = one.rows
            lines.append(
                f"| {one.problem.name}, {found.metric} | {train:,} | {test:,} | "
                f"{' | '.join(cells)} |"
            )
    return "\n".join(lines)


def _seconds(measured: list[Measured]) -> str:
    methods = list(dict.fromkeys(name for one in measured for name in one.seconds))
    lines = [f"| Problem | {' | '.join(methods)} |", f"| --- |{' --- |' * len(methods)}"]
    for one in measured:
        cells = []
        for name in methods:
            chose = ", ".join(dict.fromkeys(filter(None, one.chose.get(name, []))))
            took = f"{statistics.median(one.seconds[name]):.1f}" if name in one.seconds else ""
            cells.append(f"{took} {chose}".strip())
        lines.append(f"| {one.problem.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _number(metric: str, value: float) -> str:
    return f"{value:.2f}" if metric == "MAE" else f"{value:.4f}"
