"""How good foretell's defaults are: real `dbt build`s beside linear, boosting and FLAML peers.

Every method learns from the same rows and is judged on the same later (or other) rows. foretell
gets a table, a SELECT and the YAML that has no default; peers get what one would write by hand.
Differences come first, with the interval in which 95 of 100 resamples of the test rows lie.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

import duckdb
import pandas as pd
from commands import BuildError
from dbt_build import build
from judge import METRICS, Judged, compare
from models_report import OURS, Measured, report
from one_peer import LABEL, PEERS, RULE, Task
from problems import PROBLEMS, Problem, Split
from problems.problem import PEERS_ENVIRONMENT

HERE = Path(__file__).parent
DRAWS = 1000
TEACHES = """\
To begin, once (an environment for FLAML and the data, in benchmarks/.venv, 900 MB):
  .venv/bin/python benchmarks/models.py --setup

A first look, two minutes:
  .venv/bin/python benchmarks/models.py --problems tumour wine diabetes

All of it, written to benchmarks/results/models.md (an hour on two cores):
  .venv/bin/python benchmarks/models.py --rounds 3 --write

Problems:
"""


@dataclass
class Method:
    """What a method took and chose, round by round."""

    seconds: list[float] = field(default_factory=list)
    chose: list[str] = field(default_factory=list)


def main() -> None:
    """Measure, print, and write if asked."""
    said = _arguments()
    if said.setup:
        _set_up()
        return
    if not PEERS_ENVIRONMENT.exists():
        raise SystemExit(f"{PEERS_ENVIRONMENT} is missing. Next step: benchmarks/models.py --setup")
    measured = [_measure(PROBLEMS[name], said) for name in said.problems]
    text = report(measured, rounds=said.rounds, threads=said.threads)
    print(f"\n{text}")
    if said.write:
        target = HERE / "results" / "models.md"
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
        print(f"Written to {target}")
    if any(one.refused for one in measured):
        sys.exit(1)


def _arguments() -> argparse.Namespace:
    known = "\n".join(f"  {one.name:<14} {one.about}" for one in PROBLEMS.values())
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=TEACHES + known,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--problems", nargs="+", choices=PROBLEMS, default=list(PROBLEMS), metavar="NAME",
        help="measure these only; names below",
    )  # fmt: skip
    parser.add_argument(
        "--peers", nargs="*", choices=PEERS, default=list(PEERS), metavar="PEER",
        help=f"run these beside foretell, of {', '.join(PEERS)}",
    )  # fmt: skip
    parser.add_argument(
        "--rounds", type=int, default=1,
        help="how many splits: test on other quarters of a flat table (4 at most), on earlier "
        "periods where there is a time (3 at most); values are means over them",
    )  # fmt: skip
    parser.add_argument("--threads", type=int, default=2, help="of every method")
    parser.add_argument(
        "--budget", type=float, default=10,
        help="least seconds for FLAML, which gets as many as foretell's model took",
    )  # fmt: skip
    parser.add_argument("--write", action="store_true", help="keep it in results/models.md")
    parser.add_argument("--setup", action="store_true", help="make the peers' environment, no more")
    return parser.parse_args()


def _set_up() -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    python = str(PEERS_ENVIRONMENT / "bin" / "python")
    wanted = str(HERE / "requirements-peers.txt")
    for command in (
        [uv, "venv", "--clear", "--python", sys.executable, str(PEERS_ENVIRONMENT)],
        [uv, "pip", "install", "--python", python, "--no-deps", "-r", wanted],
    ):
        subprocess.run(command, check=True)  # noqa: S603


def _measure(problem: Problem, said: argparse.Namespace) -> Measured:
    rows = problem.rows()
    rounds, methods, refused = [], {}, ""
    for round_ in range(min(said.rounds, problem.rounds)):
        split = problem.split(rows, round_)
        where = f"{problem.name}, round {round_ + 1}"
        _say(f"{where}: {len(split.train):,} rows to learn from, {len(split.test):,} to judge on")
        scores: dict[str, pd.DataFrame] = {}
        with tempfile.TemporaryDirectory(prefix="foretell_benchmark_") as temporary:
            folder = Path(temporary)
            budget = said.budget
            try:
                built = build(problem, split, folder / "dbt", threads=said.threads)
            except BuildError as error:
                refused = str(error)
                _say(f"{where}: {OURS} failed.\n{refused}")
            else:
                scores[OURS] = built.scores
                budget = max(budget, built.seconds)
                _note(methods, OURS, built.seconds, built.chose, where)
            _write_for_peers(problem, split, folder, budget=budget, threads=said.threads)
            for peer in said.peers:
                if peer == "rule" and problem.rule is None:
                    continue
                scores[peer], seconds, chose = _run_peer(peer, folder)
                _note(methods, peer, seconds, chose, where)
        rounds.append(Judged(split.test[problem.label], _together(problem, split.test), scores))
    compared = [
        compare(rounds, metric, problem.task, ours=OURS, draws=DRAWS, seed=0)
        for metric in METRICS[problem.task]
    ]
    return Measured(
        problem=problem,
        rows=(len(split.train), len(split.test)),
        compared=compared,
        seconds={name: method.seconds for name, method in methods.items()},
        chose={name: method.chose for name, method in methods.items()},
        refused=refused,
    )


def _note(methods: dict[str, Method], name: str, seconds: float, chose: str, where: str) -> None:
    method = methods.setdefault(name, Method())
    method.seconds.append(seconds)
    method.chose.append(chose)
    _say(f"{where}: {name}, {seconds:.1f} s{f' ({chose})' if chose else ''}")


def _together(problem: Problem, test: pd.DataFrame) -> pd.Series:
    return test[problem.shared or problem.entity].astype(str)


def _write_for_peers(
    problem: Problem, split: Split, folder: Path, *, budget: float, threads: int
) -> None:
    """The files that one_peer reads: features and labels to learn from, features to judge on."""
    features = problem.features(split.train)
    for name, rows in (("train", split.train), ("test", split.test)):
        frame = rows[features].reset_index(drop=True)
        if problem.rule:
            with duckdb.connect() as con:
                con.register("rows", rows)
                frame[RULE] = con.execute(f"select {problem.rule} as found from rows").df()["found"]
        if name == "train":
            frame[LABEL] = rows[problem.label].to_numpy()
        frame.to_parquet(folder / f"{name}.parquet")
    task = Task(problem.task, problem.as_of is not None, threads, budget, seed=0)
    (folder / "problem.json").write_text(json.dumps(asdict(task)), encoding="utf-8")


def _run_peer(peer: str, folder: Path) -> tuple[pd.DataFrame, float, str]:
    """Its scores, the seconds that it took, and what its search has found."""
    ours = peer != "flaml"
    python = sys.executable if ours else str(PEERS_ENVIRONMENT / "bin" / "python")
    threads = json.loads((folder / "problem.json").read_text())["threads"]
    done = subprocess.run(  # noqa: S603
        [python, "-W", "ignore", str(HERE / "one_peer.py"), peer, str(folder)],
        env={"OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "passive"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{peer} failed:\n{done.stdout}\n{done.stderr}")
    took = json.loads(done.stdout.splitlines()[-1])
    return pd.read_parquet(folder / f"{peer}.parquet"), took["seconds"], took["chose"]


def _say(progress: str) -> None:
    print(progress, flush=True)


if __name__ == "__main__":
    main()
