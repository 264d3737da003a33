"""What gates cost: foretell's beside one hand-fused SQL query, GX on pandas, and dbt's tests.

All judge the same rows by the same lines, those of the spec and those learned. The peers take
turns, each run in a process of its own; ratios within a round mean more than seconds.
"""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer
from gates_data import DATABASE, LINES, ONE_DATE, SPREAD
from one_gate import DBT, FUSED, OURS, PANDAS

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "gates.md"
#: What is promised of rows of one date: times the fused query's wall and CPU, and peak GB.
MOST_TIMES, MOST_GB = 3.0, 1.5


@dataclass
class Peer:
    """A way of finding the values, and its runs as `one_gate` measured them, one per round."""

    name: str
    runs: list[dict[str, Any]] = field(default_factory=list)
    stopped: float | None = None

    def median(self, what: str) -> float:
        """Of seconds or gigabytes."""
        return statistics.median(run[what] for run in self.runs)


def main(
    rows: Annotated[int, typer.Option(help="Rows to judge, with 20 features each.")] = 10_000_000,
    rounds: Annotated[
        int, typer.Option(help="Of foretell and the fused query; the table shows medians.")
    ] = 3,
    kind: Annotated[
        str,
        typer.Option(help=f"'{ONE_DATE}': all rows are the newest; '{SPREAD}': ten dates; all."),
    ] = "all",
    slow: Annotated[
        bool, typer.Option(help="Run GX on pandas and dbt's tests too, once, on rows of one date.")
    ] = True,
    patience: Annotated[
        float, typer.Option(help="Seconds after which a slow peer is stopped: `more than`.")
    ] = 3600,
    folder: Annotated[
        Path | None, typer.Option(help="Keep the data here, and use what is there already.")
    ] = None,
    write: Annotated[bool, typer.Option(help="Write the tables to results/gates.md.")] = False,
) -> None:
    """Measure the gates of a prediction. Try it small first:

        .venv/bin/python benchmarks/gates.py --rows 100000

    The full size takes half an hour, 3 GB of disk and 10 GB of memory (for pandas).
    """
    tables = []
    with tempfile.TemporaryDirectory(prefix="foretell_benchmark_") as temporary:
        for one in (ONE_DATE, SPREAD) if kind == "all" else (kind,):
            data = (folder or Path(temporary)) / f"{one} {rows}"
            _make(data, one, rows)
            peers = _measure(data, rounds, patience, slow=slow and one == ONE_DATE, said=one)
            tables.append(_table(one, rows, data, peers))
            _say(f"\n{tables[-1]}\n")
    if write:
        RESULTS.write_text(
            f"# What gates cost\n\nOn two cores of a shared machine, DuckDB {duckdb.__version__}. "
            "What is measured and how: [benchmarks](../README.md#gates).\n\n"
            + "\n\n".join(tables)
            + "\n",
            encoding="utf-8",
        )


def _make(data: Path, kind: str, rows: int) -> None:
    if not (data / DATABASE).exists():
        _say(f"{kind}: making {rows:,} rows and learning from such rows")
        command = [sys.executable, str(HERE / "gates_data.py"), str(data), kind, str(rows)]
        subprocess.run(command, check=True)  # noqa: S603


def _measure(data: Path, rounds: int, patience: float, *, slow: bool, said: str) -> list[Peer]:
    ours, sql = Peer(OURS), Peer(FUSED)
    for number in range(rounds):
        for peer in (ours, sql) if number % 2 == 0 else (sql, ours):
            _run(peer, data, None, said)
        _agree(ours.runs[-1]["found"], sql.runs[-1]["found"])
    others = [Peer(name) for name in (DBT, PANDAS)] if slow else []
    for peer in others:
        _run(peer, data, patience, said)
    return [sql, ours, *others]


def _run(peer: Peer, data: Path, patience: float | None, said: str) -> None:
    command = [sys.executable, str(HERE / "one_gate.py"), peer.name, str(data)]
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=patience, check=False
        )
    except subprocess.TimeoutExpired:
        peer.stopped = patience
        _say(f"{said}: {peer.name} stopped after {patience:.0f} s")
        return
    if done.returncode:
        raise RuntimeError(f"{peer.name} failed:\n{done.stderr}")
    peer.runs.append(json.loads(done.stdout))
    run = peer.runs[-1]
    what = "" if len(run["found"]) > 9 else f", {run['found']}"
    _say(
        f"{said}: {peer.name}, {run['wall']:.1f} s, CPU {run['cpu']:.1f} s, "
        f"{run['peak_gb']:.2f} GB, start {run['start']:.1f} s{what}"
    )


def _agree(ours: dict[str, Any], sql: dict[str, Any]) -> None:
    """Stop where a value that the gates show is not that of the query.

    Approximate quantiles depend on the order in which threads take rows: 3 % may lie between.
    """
    compared = 0
    for line, shown in ours.items():
        if not any(one in line for one in ("_mean_", "_quantile_", "_count_", "_rate_")):
            continue
        found = float(shown.replace(",", ""))
        if not math.isclose(found, float(sql[line]), rel_tol=0.03, abs_tol=0.005):
            raise SystemExit(f"{line}: foretell found {found}, the fused query {sql[line]}.")
        compared += 1
    if not compared or len(ours) > len(sql):
        raise SystemExit(f"{len(ours)} values of foretell's, {len(sql)} of the fused query's.")


def _table(kind: str, rows: int, data: Path, peers: list[Peer]) -> str:
    sql, ours = peers[0], peers[1]
    learned = len(json.loads((data / LINES).read_text(encoding="utf-8")))
    lines = [
        f"## {rows:,} rows, {kind}",
        "",
        f"{learned} learned lines beside those of the spec, {len(sql.runs)} rounds"
        + (" of foretell and the fused query, one of the others." if peers[2:] else "."),
        "",
        "| | wall, times fused | CPU, times fused | wall s | CPU s | peak GB | start s |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for peer in peers:
        if peer.stopped:
            times = peer.stopped / sql.median("wall")
            lines.append(f"| {peer.name} | > {times:.0f} | | > {peer.stopped:.0f} | | | |")
            continue
        wall, cpu = (_ratio(peer, sql, what) for what in ("wall", "cpu"))
        lines.append(
            f"| {peer.name} | {wall:.2f} | {cpu:.2f} | {peer.median('wall'):.1f} | "
            f"{peer.median('cpu'):.1f} | {peer.median('peak_gb'):.2f} | "
            f"{peer.median('start'):.1f} |"
        )
    wall, cpu = (_ratio(ours, sql, what) for what in ("wall", "cpu"))
    peak = max(run["peak_gb"] for run in ours.runs)
    holds = wall <= MOST_TIMES and cpu <= MOST_TIMES and peak < MOST_GB
    lines += [
        "",
        f"At most {MOST_TIMES:g} times the fused query, under {MOST_GB:g} GB: "
        f"{'holds' if holds else 'MISSED'} ({wall:.2f} times its wall, {cpu:.2f} times its CPU, "
        f"{peak:.2f} GB at most).",
    ]
    return "\n".join(lines)


def _ratio(peer: Peer, sql: Peer, what: str) -> float:
    """Median over the rounds of how many times as long as the fused query it took.

    A peer that ran once is compared with the median of the query's runs.
    """
    if len(peer.runs) < len(sql.runs):
        return peer.median(what) / sql.median(what)
    pairs = zip(peer.runs, sql.runs, strict=True)
    return statistics.median(mine[what] / theirs[what] for mine, theirs in pairs)


def _say(progress: str) -> None:
    print(progress, flush=True)


if __name__ == "__main__":
    typer.run(main)
