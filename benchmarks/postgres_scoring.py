"""A `dbt build` on Postgres that only scores, beside the usual way: COPY out, predict, COPY in.

Both score the same rows with the very same fitted model, and take turns. CPU is that of the client
and of the server together; what each costs where there is nothing to score is taken off.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from portable import PostgresProject, profile  # noqa: E402
from postgres_server import OWNER, PASSWORD, Server  # noqa: E402

FEATURES = 20
LEARNT, NOTHING, SCORED = "2025-02-15", "2025-02-16", "2025-03-15"
ROWS = """
{{{{ config(materialized='table') }}}}
select
    number as row_id,
    {as_of} as as_of_date,
    {features}
from generate_series(1, {{{{ var('rows') }}}}) as numbers (number)
"""
PREDICTION = """
{{ config(materialized='prediction') }}
with labelled as (
    select *, x_0 + x_1 * x_2 > 0.6 as is_good from {{ ref('learnt') }}
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
#: The usual way, in a process of its own.
PEER = """
import io, json, os, sys
import pandas as pd, psycopg2
from foretell.artifacts.artifact import load
dsn, names = os.environ["PEER_DSN"], json.loads(os.environ["PEER_COLUMNS"])
con = psycopg2.connect(dsn)
with con.cursor() as cursor:
    cursor.execute("select artifact, sha256 from bench_foretell.foretell_store_model_versions")
    artifact, digest = cursor.fetchone()
    model = load(bytes(artifact), digest, named="the champion")
    out = io.StringIO()
    columns = ", ".join(["row_id", "as_of_date", *names])
    cursor.copy_expert(f"copy (select {columns} from bench.scored where {os.environ['PEER_ROWS']}) to stdout (format csv, header)", out)
    out.seek(0)
    frame = pd.read_csv(out)
    frame["score"] = model.scores(frame[names])
    back = io.StringIO()
    frame[["row_id", "as_of_date", "score"]].to_csv(back, index=False, header=False)
    back.seek(0)
    cursor.execute("drop table if exists bench.peer")
    cursor.execute("create table bench.peer (row_id integer, as_of_date date, score double precision)")
    cursor.copy_expert("copy bench.peer from stdin (format csv)", back)
con.commit()
"""


def cpu_of(
    command: list[str], environment: dict[str, str], folder: Path, server: Server
) -> tuple[float, float]:
    """CPU seconds of a command and of the server meanwhile, and the command's peak memory in GB."""
    before = server_cpu(server)
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    printed = process.stdout.read() if process.stdout else ""
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(printed)
    client = used.ru_utime + used.ru_stime
    return client + server_cpu(server) - before, used.ru_maxrss / 2**20


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


def make_project(folder: Path, server: Server, candidate: str, reasons: int) -> PostgresProject:
    """A project whose open rows have 20 numbers each."""
    features = ",\n    ".join(
        f"(number::bigint * {7919 + 104729 * n} % 1000003) / 1000003.0::double precision as x_{n}"
        for n in range(FEATURES)
    )
    learnt = "date '2024-08-01' + cast(number % 5 as integer) * 30"
    project = PostgresProject(folder, folder / "none.duckdb", server=server, name=candidate)
    server.make_database(candidate)
    package = project.environment()["FORETELL_DBT_PACKAGE"]
    project.write(
        "dbt_project.yml",
        "name: bench\nprofile: gym\nmodel-paths: [models]\nvars: {foretell_gates: false, rows: 0}\n",
    )
    project.write("packages.yml", f"packages: [{{local: {package}}}]\n")
    project.write("profiles.yml", profile(server, candidate, schema="bench"))
    project.write(
        "models/learnt.sql",
        ROWS.format(features=features, as_of=learnt).replace("var('rows')", "20000"),
    )
    project.write("models/scored.sql", ROWS.format(features=features, as_of="date '2025-03-01'"))
    project.write("models/pred_row__good.sql", PREDICTION)
    project.write("models/pred_row__good.yml", SPEC.format(candidate=candidate, reasons=reasons))
    done = project.dbt("deps")
    assert done.returncode == 0, done.stdout
    return project


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
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
        server = Server.made_in(folder / "server")
        try:
            measure(
                make_project(folder / "project", server, args.candidate, args.reasons), server, args
            )
        finally:
            server.stop()


def measure(project: PostgresProject, server: Server, args: argparse.Namespace) -> None:
    project.build("--vars", json.dumps({"rows": args.rows}), today=LEARNT, timeout=3600)
    select = project.command("build", "--select", "pred_row__good")
    ours, base, peers, peer_base, peaks, peer_peaks = [], [], [], [], [], []
    names = [row[0] for row in project.query(
        "select column_name from information_schema.columns where table_schema = 'bench' "
        "and table_name = 'scored' and column_name like 'x%' order by ordinal_position"
    )]  # fmt: skip
    recipe = json.loads(
        project.value("select recipe from bench_foretell.foretell_store_model_versions")
    )
    names = [one for one in names if one in recipe["features"]]
    dsn = f"host=127.0.0.1 port={server.port} user={OWNER} password='{PASSWORD}' dbname={project.name}"
    peer_environment = project.environment() | {"PEER_DSN": dsn, "PEER_COLUMNS": json.dumps(names)}
    for _ in range(args.rounds):
        base.append(cpu_of(select, project.environment(NOTHING), project.folder, server)[0])
        for rows, figures in (("row_id <= 10", peer_base), ("true", peers)):
            environment = peer_environment | {"PEER_ROWS": rows}
            used, peak = cpu_of([sys.executable, "-c", PEER], environment, project.folder, server)
            figures.append(used)
            peer_peaks.append(peak)
        used, peak = cpu_of(select, project.environment(SCORED), project.folder, server)
        ours.append(used)
        peaks.append(peak)
        ((count, far),) = project.query(
            "select count(*), max(abs(ours.score - peer.score)) from bench.pred_row__good as ours "
            "inner join bench.peer using (row_id, as_of_date)"
        )
        assert count == args.rows
        assert far < 1e-9, far
        # The same rows are open again.
        project.change(
            "delete from bench_foretell.pred_row__good__history where as_of_date = '2025-03-01'"
        )
        project.change(
            "delete from bench_foretell.pred_row__good__features where as_of_date = '2025-03-01'"
        )
        project.change("vacuum full bench_foretell.pred_row__good__history")
        project.change("vacuum full bench_foretell.pred_row__good__features")
    own = statistics.median(ours) - statistics.median(base)
    usual = statistics.median(peers) - statistics.median(peer_base)
    print(
        f"{args.candidate}, {args.rows:,} rows x {len(names)} of {FEATURES} columns, {args.reasons} reasons, gates off"
    )
    print(
        f"CPU, times the usual way: {own / usual:.2f} ({own:.1f} against {usual:.1f} s; what each costs without rows taken off: {statistics.median(base):.1f} and {statistics.median(peer_base):.1f} s)"
    )
    print(f"peak memory of the client: {max(peaks):.2f} GB against {max(peer_peaks):.2f} GB")


if __name__ == "__main__":
    main()
