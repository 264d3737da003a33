"""A dbt project with one prediction that says only what must be said, built by the real dbt."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from commands import BuildError, dbt
from problems.problem import Problem, Split

MODEL = "predicted"
_FILES = {
    "dbt_project.yml": """\
name: benchmark
version: "1.0.0"
config-version: 2
profile: benchmark
model-paths: [models]
flags:
  send_anonymous_usage_stats: false
vars:
  # A gate refuses rows as of days to come; here all days of a test are scored in one build.
  foretell_gates: false
""",
    "packages.yml": """\
packages:
  - local: "{{ env_var('FORETELL_DBT_PACKAGE') }}"
""",
    "profiles.yml": """\
benchmark:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: benchmark.duckdb
      threads: 1
      plugins:
        - module: foretell.warehouse.dbt_plugin
""",
    f"models/{MODEL}.sql": "{{ config(materialized='prediction') }}\n\nselect * from rows\n",
}


@dataclass(frozen=True)
class Built:
    """What a build left.

    Attributes
    ----------
    scores
        The published rows, in the order of the test rows: ``score``, or one ``score_<class>``.
    seconds
        Of the prediction alone, as dbt measured it: staging, training, scoring, publishing.
    says
        dbt's line about the prediction.
    """

    scores: pd.DataFrame
    seconds: float
    says: str

    @property
    def chose(self) -> str:
        """The recipe of the champion."""
        found = re.search(r"champion \(([^)]*)\)", self.says)
        return found[1] if found else ""


def build(problem: Problem, split: Split, folder: Path, *, threads: int) -> Built:
    """Build the prediction of a split's test rows, whose outcomes foretell does not get.

    Raises
    ------
    BuildError
        Dbt failed, or a test row has no score.
    """
    for name, text in (_FILES | {f"models/{MODEL}.yml": declaration(problem)}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    _write_rows(problem, split, folder / "benchmark.duckdb")
    dbt(folder, "deps", threads=threads)
    try:
        dbt(folder, "build", "--select", MODEL, today=split.today, threads=threads)
    except BuildError as error:
        raise BuildError(_refusal(folder) or str(error)) from None
    result = _result(folder)
    with duckdb.connect(str(folder / "benchmark.duckdb"), read_only=True) as con:
        made = con.execute(f"select * from {MODEL}").df()
    labels = split.train[problem.label]
    classes = sorted(labels.unique()) if problem.task == "multiclass" else []
    return Built(
        scores=_in_order(problem, split.test, made, classes),
        seconds=result["execution_time"],
        says=result["message"],
    )


def declaration(problem: Problem) -> str:
    """The YAML of the prediction: nothing but what has no default."""
    said = {"task": problem.task, "entity": problem.entity, "as_of": problem.as_of}
    said |= {"label": problem.label, "horizon": problem.horizon}
    if problem.task == "regression":
        said["predicts"] = "median"
    if problem.rule:
        said["baseline"] = f'{{sql: "{problem.rule}"}}'
    lines = [f"          {key}: {value}" for key, value in said.items() if value]
    above = ["models:", f"  - name: {MODEL}", "    config:", "      meta:", "        prediction:"]
    return "\n".join([*above, *lines, ""])


def _result(folder: Path) -> dict[str, Any]:
    """What dbt noted about the prediction."""
    noted = json.loads((folder / "target" / "run_results.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = next(
        one for one in noted["results"] if one["unique_id"] == f"model.benchmark.{MODEL}"
    )
    return found


def _refusal(folder: Path) -> str:
    """The paragraph in which foretell says why it stopped, if it came so far."""
    if not (folder / "target" / "run_results.json").exists():
        return ""
    said = (_result(folder)["message"] or "").splitlines()
    return " ".join(line.strip() for line in said[1:] if line and not line.startswith("  >"))


def _write_rows(problem: Problem, split: Split, database: Path) -> None:
    """The table `rows`: what is known on the day of the split."""
    known = [*problem.key, *problem.features(split.train)]
    with duckdb.connect(str(database)) as con:
        con.register("train", split.train[[*known, problem.label]])
        con.register("test", split.test[known])
        con.execute("create table rows as select * from train union all by name select * from test")


def _in_order(
    problem: Problem, test: pd.DataFrame, made: pd.DataFrame, classes: list[str]
) -> pd.DataFrame:
    """The published scores of the test rows, in their order."""
    for name in problem.key:
        made[name] = made[name].astype(test[name].dtype)
    found = test[problem.key].merge(made, on=problem.key, how="left", validate="one_to_one")
    wanted = [f"score_{name}" for name in classes] if classes else ["score"]
    lacks = [name for name in wanted if name not in made.columns]
    if lacks:
        raise BuildError(f"{MODEL} lacks {lacks}; it has [{', '.join(made.columns)}].")
    missing = int(found[wanted].isna().any(axis=1).sum())
    if missing:
        raise BuildError(
            f"{missing:,} of {len(found):,} test rows of {problem.name} have no score."
        )
    return found[wanted]
