"""Inputs that are large in one direction: each build ends in a value, or a refusal of its own.

100,000 as-of times, as many days that mature at once, 10,000 classes, categories and slices of a
string, 2,000 features, and sources without rows. What takes the square of any of these takes hours.
"""

from __future__ import annotations

import json
import resource
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pytest

from project import Project, gates_off

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.prove

FILES = {
    "dbt_project.yml": """
name: shop
version: "1.0.0"
config-version: 2
profile: shop
models:
  shop:
    +materialized: table
""",
    "profiles.yml": """
shop:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: shop.duckdb
      schema: shop
      threads: 2
      plugins:
        - module: foretell.warehouse.dbt_plugin
""",
    "packages.yml": """
packages:
  - local: "{{ env_var('FORETELL_DBT_PACKAGE') }}"
""",
}
DECLARED = """
models:
  - name: {name}
    config:
      meta:
        prediction:
          task: {task}
          entity: guest_id
          {time}
          label: {label}
          {more}
"""
#: An outcome that two of the columns tell, with chance beside.
RETURNS = "(hash(k * 13) % 100) + (hash(k * 91) % 100) > 110 as returns"
SOME = f"""
    (hash(k * 7) % 1000) / 1000.0 as noise,
    (hash(k * 13) % 100)::double as nights,
    ['lake', 'hill', 'city', 'farm'][1 + cast(hash(k * 5) % 4 as integer)] as place,
    {RETURNS}
"""


@dataclass
class Shop:
    """A project of one source and a prediction or more, and what its builds cost."""

    project: Project

    @staticmethod
    def open(folder: Path, stays: str) -> Shop:
        folder.mkdir()
        project = Project(folder, folder / "shop.duckdb")
        for file, text in FILES.items():
            project.write(file, text.lstrip())
        with duckdb.connect(str(project.database)) as con:
            con.execute(f"create schema raw; create table raw.stays as {stays}")
        done = project.dbt("deps")
        assert done.returncode == 0, done.stdout
        return Shop(project)

    def predict(
        self,
        name: str,
        columns: str,
        label: str,
        *,
        task: str = "binary",
        time: str = "{as_of: asked_at, horizon: 14 days}",
        more: str = "",
    ) -> None:
        """Add a prediction of some columns of the source."""
        sql = f"{{{{ config(materialized='prediction') }}}}\nselect {columns} from raw.stays\n"
        self.project.write(f"models/{name}.sql", sql)
        times = time.strip("{}").replace(", ", "\n          ")
        yaml = DECLARED.format(name=name, task=task, label=label, time=times, more=more)
        self.project.write(f"models/{name}.yml", yaml.lstrip())

    def build(self, today: str, *, minutes: float) -> dict[str, tuple[str, str]]:
        """How each prediction ended, and what dbt says of it, within minutes of CPU."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            self.project.command("build", "--exclude-resource-type", "test"),
            cwd=self.project.folder,
            env=self.project.environment(today),
            capture_output=True,
            text=True,
            timeout=7200,
            check=False,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        file = self.project.folder / "target" / "run_results.json"
        results = json.loads(file.read_text(encoding="utf-8"))["results"]
        ended = {
            one["unique_id"].split(".")[2]: (one["status"], " ".join(str(one["message"]).split()))
            for one in results
            if one["unique_id"].startswith("model.shop.")
        }
        largest = after.ru_maxrss / 2**20
        print(f"\n{self.project.folder.name} {today}: {spent:.0f} CPU-s, {largest:.1f} GB")
        for name, (status, message) in ended.items():
            print(f"  {name} {status}: {message[:160]}")
        assert "Traceback" not in done.stdout
        assert not any("bug of foretell" in message for _, message in ended.values())
        assert spent < 60 * minutes
        return ended


def test_a_hundred_thousand_as_of_times(tmp_path: Path) -> None:
    shop = Shop.open(
        tmp_path / "times",
        "select (k * 7919) % 5000 as guest_id, "
        f"timestamp '2024-09-01' + interval (k * 4) minute as asked_at, {SOME} "
        "from range(110000) a(k)",
    )
    shop.predict("pred_times", "*", "returns", more="slices: [place]")
    for today in ("2025-07-04", "2025-07-05"):
        (status, message) = shop.build(today, minutes=6)["pred_times"]
        assert status == "success", message
        assert "champion" in message


def test_a_hundred_thousand_days_that_mature_at_once(tmp_path: Path) -> None:
    """Two guests a day since 1751: the outcome of one is known the next day, of the other today."""
    shop = Shop.open(
        tmp_path / "days",
        "select k % 2 as guest_id, date '1751-06-01' + cast(k // 2 as integer) as asked_at, "
        "case when k % 2 = 0 then asked_at + 1 else date '2025-07-03' end as known_at, "
        f"{SOME} from range(200000) a(k)",
    )
    time = "{as_of: asked_at, matures_at: known_at}"
    shop.predict("pred_days", "*", "returns", time=time, more="candidates: [logistic]")
    # What has matured has never been this much, which gates would stop.
    gates_off(shop.project)
    for today in ("2025-07-01", "2025-07-03"):
        (status, message) = shop.build(today, minutes=15)["pred_days"]
        assert status == "success", message
    judged = "select count(distinct as_of_date) from shop_foretell.foretell_prediction_quality"
    assert shop.project.value(f"{judged} where origin = 'live'") == 100_000


def test_ten_thousand_values_of_a_string(tmp_path: Path) -> None:
    shop = Shop.open(
        tmp_path / "values",
        "select k % 20000 as guest_id, "
        "timestamp '2025-01-06' + interval (7 * (k // 20000)) day as asked_at, "
        "'town ' || (hash(k * 5) % 10000) as town, 'c' || (hash(k * 13) % 10000) as cls, "
        f"{SOME} from range(400000) a(k)",
    )
    shop.predict("pred_category", "* exclude (cls)", "returns", more="slices: [town]")
    shop.predict("pred_class", "* exclude (returns)", "cls", task="multiclass")
    ended = shop.build("2025-06-01", minutes=10)
    assert ended["pred_category"][0] == "success", ended["pred_category"]
    status, message = ended["pred_class"]
    assert status == "error"
    assert "of 10,000 classes" in message
    assert "One of at most 200 classes is predicted" in message


def test_two_thousand_features(tmp_path: Path) -> None:
    features = ", ".join(f"(hash(k * {n} + w) % 1000) / 10.0 as f{n}" for n in range(1, 2001))
    shop = Shop.open(
        tmp_path / "features",
        "select k as guest_id, timestamp '2025-01-06' + interval (7 * w) day as asked_at, "
        f"{features}, (hash(k + w) % 1000) + (hash(k * 91 + w * 17) % 1000) > 1100 as returns "
        "from range(300) a(k) cross join range(26) as b(w)",
    )
    shop.predict("pred_features", "*", "returns")
    for today in ("2025-07-01", "2025-07-08"):
        (status, message) = shop.build(today, minutes=15)["pred_features"]
        assert status == "success", message


@pytest.mark.parametrize("time", ["{as_of: asked_at, horizon: 14 days}", ""])
def test_a_source_without_rows(tmp_path: Path, time: str) -> None:
    columns = "k as guest_id, timestamp '2025-01-06' as asked_at, 'a' as cls, 1.5 as spent"
    shop = Shop.open(tmp_path / "empty", f"select {columns}, {SOME} from range(0) a(k)")
    left_out = "" if time else "asked_at, "
    for task, label, others in (
        ("binary", "returns", "cls, spent"),
        ("multiclass", "cls", "returns, spent"),
        ("regression", "spent", "returns, cls"),
    ):
        columns = f"* exclude ({left_out}{others})"
        shop.predict(f"pred_{task}", columns, label, task=task, time=time)
    for today in ("2025-07-01", "2025-07-08"):
        ended = shop.build(today, minutes=2)
        assert {message for _, message in ended.values()} == {
            "nothing to score, nothing to learn from yet"
        }
