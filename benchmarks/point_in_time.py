"""Point-in-time joins: foretell's SQL beside other SQL and pandas, measured in one go.

Every form computes six aggregates over three windows for the same as-of rows. The forms take
turns, in another order in each round and each in a process of its own, because a shared machine is
now fast, now slow: the ratios within a round mean more than the seconds.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from compiled import compile_joined
from one_run import PANDAS_FORMS, SQL_FORMS
from sql_forms import FEATURES

HERE = Path(__file__).parent
OURS = "foretell"


class Data(StrEnum):
    """How orders are spread over customers."""

    even = "even"
    skewed = "skewed"
    both = "both"


@dataclass(frozen=True)
class Run:
    """What one run took; a run that was stopped has no CPU seconds and no peak."""

    wall: float
    cpu: float | None = None
    peak_gb: float | None = None


@dataclass
class Form:
    """A way of computing the features, and its runs, one per round.

    Attributes
    ----------
    name
        Its name in the table.
    way
        Its name in one_run.
    memory
        DuckDB's memory_limit, where it gets less than DuckDB would take.

    """

    name: str
    way: str
    memory: str | None = None
    runs: list[Run] = field(default_factory=list)

    @property
    def stopped(self) -> bool:
        return any(run.cpu is None for run in self.runs)

    def compute(self, shop: Path, query: Path, *, limit: float | None = None) -> tuple[Run, Path]:
        """Run it in a process of its own; the run, and the file with its table `features`."""
        result = shop.with_name("result.duckdb")
        result.unlink(missing_ok=True)
        command = [sys.executable, str(HERE / "one_run.py"), self.way]
        command += [str(shop), str(result), str(query)]
        if self.memory:
            command += ["--memory", self.memory]
        try:
            done = subprocess.run(  # noqa: S603
                command, capture_output=True, text=True, timeout=limit, check=False
            )
        except subprocess.TimeoutExpired:
            return Run(wall=limit or 0), result
        if done.returncode:
            raise RuntimeError(f"{self.name} failed:\n{done.stderr}")
        return Run(**json.loads(done.stdout)), result


def main(
    rows: Annotated[
        int, typer.Option(help="As-of rows: customers and instants to describe.")
    ] = 1_000_000,
    events: Annotated[
        int, typer.Option(help="Orders in the past two years, 100 per customer.")
    ] = 10_000_000,
    runs: Annotated[int, typer.Option(help="Rounds; the table shows medians.")] = 3,
    data: Annotated[
        Data,
        typer.Option(
            help="even: every customer has 100 orders. skewed: one customer has a tenth of all."
        ),
    ] = Data.both,
    busy_rows: Annotated[
        int | None,
        typer.Option(
            help="As-of rows of the customer with a tenth of all orders; a tenth of --rows unless "
            "said. A range join's work grows with it."
        ),
    ] = None,
    memory: Annotated[
        str, typer.Option(help="DuckDB's memory_limit in the run that shows bounded memory.")
    ] = "2GB",
    patience: Annotated[
        float,
        typer.Option(
            help="Stop a form that takes this many times as long as foretell's, and do not run "
            "it again: the table then says `more than`."
        ),
    ] = 10,
) -> None:
    """Measure foretell's point-in-time joins beside range joins, RANGE windows and pandas.

    The full size takes about fifteen minutes and 5 GB of disk and memory. Try it small first:

        .venv/bin/python benchmarks/point_in_time.py --rows 10000 --events 100000

    First all forms must agree on a sample, to 1e-6, or nothing is measured. Then they take turns.
    The table shows ratios first: how many times as long as foretell's form the others took.
    """
    measured = {}
    with tempfile.TemporaryDirectory(prefix="foretell_benchmark_") as temporary:
        folder = Path(temporary)
        _say("compiling foretell's query with dbt")
        query = compile_joined(folder)
        for kind in ("even", "skewed") if data is Data.both else (data.value,):
            _say(f"{kind}: making {events:,} orders and {rows:,} as-of rows")
            shop, sample = folder / f"{kind}.duckdb", folder / f"{kind}_sample.duckdb"
            command = [sys.executable, str(HERE / "shop_data.py"), str(shop), str(sample)]
            command += ["--rows", str(rows), "--events", str(events)]
            command += ["--busy-rows", str(rows // 10 if busy_rows is None else busy_rows)]
            subprocess.run(  # noqa: S603
                [*command, "--skewed"] if kind == "skewed" else command, check=True
            )
            forms = _forms(memory)
            _check(forms, sample, query, kind)
            first, _ = forms[0].compute(shop, query)
            _say(f"{kind}: foretell once to warm up, {first.wall:.1f} s")
            for round_ in range(1, runs + 1):
                limit = max(patience * (forms[0].runs or [first])[-1].wall, 5)
                said = f"{kind}, round {round_} of {runs}"
                _round(forms, shop, query, limit, round_, said)
            measured[kind] = forms
            shop.unlink()
    for kind, forms in measured.items():
        print(f"\n{_table(kind, forms)}")
    print(f"\n{_goals(measured)}")


def _forms(memory: str) -> list[Form]:
    peers = [Form(name, name) for name in (*SQL_FORMS, *PANDAS_FORMS)]
    return [Form(OURS, OURS), *peers, Form(f"{OURS} in {memory}", OURS, memory)]


def _check(forms: list[Form], sample: Path, query: Path, kind: str) -> None:
    """Refuse to measure forms that do not compute the same features."""
    ours = sample.with_name("ours.duckdb")
    for form in forms:
        _, result = form.compute(sample, query)
        if form.name == OURS:
            result.replace(ours)
            continue
        differs = " or ".join(
            f"(ours.{name} is null) != (theirs.{name} is null)"
            f" or abs(ours.{name} - theirs.{name}) > 1e-6 * greatest(1, abs(ours.{name}))"
            for name in FEATURES
        )
        with duckdb.connect() as con:
            con.execute(f"attach '{ours}' as ours_in (read_only)")
            con.execute(f"attach '{result}' as theirs_in (read_only)")
            found = con.execute(f"""
                select
                    (select count(*) from ours_in.features),
                    (select count(*) from theirs_in.features),
                    count(*),
                    count(*) filter ({differs})
                from ours_in.features as ours
                inner join theirs_in.features as theirs using (customer_id, as_of_at)
            """).fetchone()
        n_ours, n_theirs, n_both, n_differ = found or (0, 0, 0, 0)
        if not n_ours == n_theirs == n_both or n_differ:
            raise SystemExit(
                f"{kind}: `{form.name}` and foretell disagree on the sample: {n_ours} rows of ours,"
                f" {n_theirs} of theirs, {n_both} in both, of which {n_differ} differ."
            )
    _say(f"{kind}: all forms agree on a sample of {n_ours:,} as-of rows")


def _round(
    forms: list[Form], shop: Path, query: Path, limit: float, round_: int, said: str
) -> None:
    """Each form once, in another order in each round: a machine is slow at first, then warm."""
    for form in random.Random(round_).sample(forms, len(forms)):  # noqa: S311
        if form.stopped:
            continue
        run, result = form.compute(shop, query, limit=None if form.way == OURS else limit)
        result.unlink(missing_ok=True)
        form.runs.append(run)
        _say(f"{said}: {form.name}, {run.wall:.1f} s" + (" and stopped" if form.stopped else ""))


def _ratio(form: Form, ours: Form, what: str) -> float:
    """Median over the rounds of how many times as long as ours it took."""
    pairs = zip(form.runs, ours.runs, strict=False)
    return statistics.median(getattr(theirs, what) / getattr(mine, what) for theirs, mine in pairs)


def _table(kind: str, forms: list[Form]) -> str:
    lines = [
        f"| {kind} data | wall, times ours | CPU, times ours | wall s | CPU s | peak GB |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for form in forms:
        if form.stopped:
            wall = form.runs[-1].wall
            at_least = _stopped_ratio(form, forms[0])
            lines.append(f"| {form.name} | > {at_least:.1f} | | > {wall:.0f} | | |")
            continue
        ratios = [_ratio(form, forms[0], what) for what in ("wall", "cpu")]
        medians = [
            statistics.median(getattr(run, what) or 0 for run in form.runs)
            for what in ("wall", "cpu", "peak_gb")
        ]
        wall, cpu, peak = medians
        lines.append(
            f"| {form.name} | {ratios[0]:.2f} | {ratios[1]:.2f} | {wall:.1f} | {cpu:.1f} |"
            f" {peak:.2f} |"
        )
    return "\n".join(lines)


def _stopped_ratio(form: Form, ours: Form) -> float:
    """How many times as long as ours, in its round, a stopped form was waited for."""
    return form.runs[-1].wall / ours.runs[len(form.runs) - 1].wall


def _wall_ratio(form: Form, ours: Form) -> float:
    return _stopped_ratio(form, ours) if form.stopped else _ratio(form, ours, "wall")


def _goals(measured: dict[str, list[Form]]) -> str:
    """The four goals of these joins, and whether they hold here."""
    lines = ["Goals, for the full size:"]

    def judge(goal: str, holds: bool, found: str) -> None:
        lines.append(f"- {goal}: {'holds' if holds else 'MISSED'} ({found})")

    for kind, (ours, *others) in measured.items():
        by_name = {form.way: form for form in others if not form.memory}
        if kind == "skewed":
            join = by_name["range join"]
            ratio = _wall_ratio(join, ours)
            more = "more than " if join.stopped else ""
            judge(
                "skewed: at least 3 times faster than the range join",
                ratio >= 3,
                f"{more}{ratio:.1f} times",
            )
        else:
            finished = [by_name[name] for name in SQL_FORMS if not by_name[name].stopped]
            best = {
                what: max(1 / _ratio(form, ours, what) for form in finished)
                for what in ("wall", "cpu")
            }
            judge(
                "even: within 1.2 times of the best form of SQL",
                best["wall"] <= 1.2 and best["cpu"] <= 1.2,
                f"{best['wall']:.2f} times its wall, {best['cpu']:.2f} times its CPU seconds",
            )
        nearest = min((by_name[name] for name in PANDAS_FORMS), key=lambda f: _wall_ratio(f, ours))
        more = "more than " if nearest.stopped else ""
        judge(
            f"{kind}: ahead of pandas",
            _wall_ratio(nearest, ours) > 1,
            f"{nearest.name} takes {more}{_wall_ratio(nearest, ours):.2f} times as long",
        )
        limited = next(form for form in others if form.memory)
        judge(
            f"{kind}: finishes with a memory_limit of {limited.memory}",
            not limited.stopped,
            f"the process peaks at {max(run.peak_gb or 0 for run in limited.runs):.2f} GB",
        )
    return "\n".join(lines)


def _say(progress: str) -> None:
    print(progress, flush=True)


if __name__ == "__main__":
    typer.run(main)
