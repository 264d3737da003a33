"""A `dbt build` that only scores, beside the usual way: rows out, predict, scores back in.

Both score the same rows with the very same fitted model, and take turns: 15 numbers and 5 strings
with nulls, of ten as-of dates. foretell's query returns as many rows again that were scored before.
CPU is that of the client and, on Postgres, of the server together; what each costs without these
rows is taken off.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from portable import PostgresProject, profile
from postgres_server import OWNER, PASSWORD, Server
from project import Project

NUMBERS, STRINGS, LEARNT_ROWS = 15, 5, 60_000
#: Days on which the model is trained, there is nothing but rows to learn from, half of the rows are
#: scored, and the rest is.
LEARNT, NOTHING, BEFORE, SCORED = "2025-02-15", "2025-02-16", "2025-02-24", "2025-03-15"
#: As-of dates of rows that are scored before, and in the builds that are measured.
FIRST, NEW = "2025-02-16", "2025-03-01"
ROWS = """
{{{{ config(materialized='table') }}}}
select
    number + {start} as row_id,
    {as_of} as as_of_date,
    {features}
from generate_series(1, {count}) as numbers (number)
"""
PREDICTION = """
{{ config(materialized='prediction') }}
with labelled as (
    select
        *,
        coalesce(x_0, 0) + coalesce(x_1 * x_2, 0) + case when s_0 = 'value 1' then 0.4 else 0 end
            > 0.8 as is_good
    from {{ ref('learnt') }}
    union all
    select *, cast(null as boolean) as is_good from {{ ref('before') }}
    where as_of_date < {{ foretell.today() }}
    union all
    select *, cast(null as boolean) as is_good from {{ ref('scored') }}
    where as_of_date < {{ foretell.today() }}
)
select * from labelled
"""
SPEC = """
models:
  - name: pred_row__good
    config:
      meta:
        prediction:
          task: binary
          entity: row_id
          as_of: as_of_date
          label: is_good
          horizon: 30 days
          candidates: [{candidate}]
          reasons: {reasons}
          promote: {{confidence: 0.5}}
"""
ON_DUCKDB = """
gym:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: {path}
      schema: bench
      threads: 2
      plugins: [{{module: foretell.warehouse.dbt_plugin}}]
"""
PEER = [sys.executable, str(Path(__file__).with_name("one_copy.py"))]


def cpu_of(
    command: list[str], environment: dict[str, str], folder: Path, server: Server | None
) -> tuple[float, float]:
    """CPU seconds of a command and of a server meanwhile, and the command's peak memory in GB."""
    before = server_cpu(server) if server else 0.0
    with tempfile.TemporaryFile("w+") as printed:
        how: dict[str, Any] = {"cwd": folder, "env": environment}
        process = subprocess.Popen(command, stdout=printed, stderr=printed, **how)  # noqa: S603
        _, status, used = os.wait4(process.pid, 0)
        if status:
            printed.seek(0)
            raise SystemExit(printed.read())
    client = used.ru_utime + used.ru_stime
    of_server = server_cpu(server) - before if server else 0.0
    return client + of_server, used.ru_maxrss / 2**20


def server_cpu(server: Server) -> float:
    """CPU seconds of a server's processes so far, also of those that have ended."""
    postmaster = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    tick, total = os.sysconf("SC_CLK_TCK"), 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(") ", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        own, ended = sum(map(int, fields[11:13])), sum(map(int, fields[13:15]))
        if int(stat.parent.name) == postmaster:
            total += (own + ended) / tick
        elif int(fields[1]) == postmaster:
            total += own / tick
    return total


def number(position: int) -> str:
    """SQL of a number, of which one in twenty is null."""
    drawn = f"(number::bigint * {7919 + 104729 * position} % 1000003)"
    return (
        f"case when {drawn} % 20 > 0 then {drawn} / 1000003.0::double precision end as x_{position}"
    )


def string(position: int) -> str:
    """SQL of a string with twelve values, of which one in twenty is null."""
    drawn = f"(number::bigint * {15485863 + 32452843 * position} % 1000003)"
    return f"case when {drawn} % 20 > 0 then 'value ' || ({drawn} % 12) end as s_{position}"


def make_project(folder: Path, server: Server | None, candidate: str, reasons: int) -> Project:
    """A project with rows to learn from, to score before, and to score; on a server or a file."""
    features = ",\n    ".join([*map(number, range(NUMBERS)), *map(string, range(STRINGS))])
    database = folder / "warehouse.duckdb"
    project = Project(folder, database)
    if server is not None:
        project = PostgresProject(folder, database, server=server, name="bench")
        server.make_database("bench")
    package = project.environment()["FORETELL_DBT_PACKAGE"]
    project.write(
        "dbt_project.yml",
        "name: bench\nprofile: gym\nvars: {foretell_gates: false, rows: 0}\n",
    )
    project.write("packages.yml", f"packages: [{{local: {package}}}]\n")
    project.write(
        "profiles.yml",
        profile(server, "bench", schema="bench") if server else ON_DUCKDB.format(path=database),
    )
    rows_of = {
        "learnt": (str(LEARNT_ROWS), "date '2024-08-01' + cast(number % 5 as integer) * 30", 0),
        "before": ("{{ var('rows') }}", f"date '{FIRST}' + cast(number % 7 as integer)", 10**9),
        "scored": ("{{ var('rows') }}", f"date '{NEW}' + cast(number % 10 as integer)", 0),
    }
    for name, (count, as_of, start) in rows_of.items():
        project.write(
            f"models/{name}.sql",
            ROWS.format(features=features, as_of=as_of, count=count, start=start),
        )
    project.write("models/pred_row__good.sql", PREDICTION)
    project.write("models/pred_row__good.yml", SPEC.format(candidate=candidate, reasons=reasons))
    done = project.dbt("deps")
    if done.returncode:
        raise SystemExit(done.stdout)
    return project


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", default="duckdb", choices=["duckdb", "postgres"])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--candidate", default="logistic", choices=["logistic", "hist_gradient_boosting"]
    )
    parser.add_argument("--reasons", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="foretell-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "server").mkdir()
        server = Server.made_in(folder / "server") if args.on == "postgres" else None
        try:
            measure(
                make_project(folder / "project", server, args.candidate, args.reasons), server, args
            )
        finally:
            if server is not None:
                server.stop()


def measure(project: Project, server: Server | None, args: argparse.Namespace) -> None:
    """Let both take turns, and print ratios first."""
    project.build("--vars", json.dumps({"rows": args.rows}), today=LEARNT, timeout=3600)
    project.build("--select", "pred_row__good", today=BEFORE, timeout=3600)
    build = project.command("build", "--select", "pred_row__good")
    at = {"BENCH_ROWS": "true", "BENCH_DUCKDB": str(project.database)}
    if server is not None:
        dsn = f"host=127.0.0.1 port={server.port} user={OWNER} dbname=bench"
        at = {"BENCH_ROWS": "true", "BENCH_POSTGRES": f"{dsn} password='{PASSWORD}'"}
    ways = {
        "nothing": (build, project.environment(NOTHING)),
        "few": (PEER, project.environment() | at | {"BENCH_ROWS": "row_id <= 10"}),
        "usual": (PEER, project.environment() | at),
        "ours": (build, project.environment(SCORED)),
    }
    cpu: dict[str, list[float]] = {way: [] for way in ways}
    peak: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(args.rounds):
        for way, (command, environment) in ways.items():
            seconds, gigabytes = cpu_of(command, environment, project.folder, server)
            cpu[way].append(seconds)
            peak[way].append(gigabytes)
        check_and_open_again(project, args.rows)
    median = {way: statistics.median(seconds) for way, seconds in cpu.items()}
    ours, usual = median["ours"] - median["nothing"], median["usual"] - median["few"]
    print(
        f"{args.on}, {args.candidate}, {args.rows:,} new rows of {NUMBERS + STRINGS} columns, "
        "as many scored before, no gates"
    )
    print(f"CPU, times the usual way: {ours / usual:.2f} ({ours:.1f} against {usual:.1f} s)")
    print(f"what each costs without rows: {median['nothing']:.1f} and {median['few']:.1f} s")
    print(f"peak memory of the client: {max(peak['ours']):.2f} against {max(peak['usual']):.2f} GB")


def check_and_open_again(project: Project, rows: int) -> None:
    """Refuse scores that differ, and forget those of foretell, so that its rows are open again."""
    ((count, far),) = project.query(
        "select count(*), max(abs(ours.score - peer.score)) from bench.pred_row__good as ours "
        "inner join bench.peer using (row_id, as_of_date)"
    )
    if count != rows or far > 1e-9:
        raise SystemExit(f"{count:,} of {rows:,} rows have both scores, which differ by {far}.")
    for part in ("history", "features"):
        table = f"bench_foretell.pred_row__good__{part}"
        project.change(f"delete from {table} where as_of_date >= '{NEW}'")
        if isinstance(project, PostgresProject):
            project.change(f"vacuum full {table}")


if __name__ == "__main__":
    main()
