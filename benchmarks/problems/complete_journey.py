"""The demo's households: the rows of its lapse prediction, and what they spend in 28 days."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd
from commands import dbt, foretell

from problems.problem import Problem

_DEMO = Path(__file__).parents[2] / "dbt_project"
_LAPSE = "pred_household__lapse_28d"
_END = "2018-01-01"
_SPEND = """
select
    lapse.*,
    coalesce(
        (
            select sum(baskets.sales_usd)
            from analytics.fct_baskets as baskets
            where
                baskets.household_id = lapse.household_id
                and baskets.basket_at >= lapse.as_of_date
                and baskets.basket_at < lapse.as_of_date + interval 28 day
        ),
        0
    ) as spend_28d
from ({lapse}) as lapse
where lapse.as_of_date + interval 28 day <= date '{end}'
order by lapse.as_of_date, lapse.household_id
"""


@cache
def _households() -> pd.DataFrame:
    """The training query of the demo's prediction, as dbt compiles it at the end of the data."""
    with tempfile.TemporaryDirectory(prefix="foretell_benchmark_") as temporary:
        project = Path(temporary) / "demo"
        left_out = shutil.ignore_patterns("data", "target", "dbt_packages", "logs")
        shutil.copytree(_DEMO, project, symlinks=True, ignore=left_out)
        foretell(project, "demo", "load", "--project-dir", str(project))
        dbt(project, "deps")
        upstream = ("--select", f"+{_LAPSE}", "--exclude", _LAPSE)
        dbt(project, "run", *upstream, today=_END)
        dbt(project, "compile", "--select", _LAPSE, today=_END)
        (compiled,) = project.glob(f"target/compiled/*/models/predictions/{_LAPSE}.sql")
        with duckdb.connect(str(project / "data" / "grocery.duckdb")) as con:
            lapse = compiled.read_text(encoding="utf-8")
            found = con.execute(_SPEND.format(lapse=lapse, end=_END)).df()
    # A key, and a band of what is known more exactly: the demo lists them under never_use.
    return found.drop(columns=["home_store_id", "usual_spend"])


_STARTS = (_END, "2017-12-04", "2017-11-06", "2017-10-09")
PROBLEMS = (
    Problem(
        name="lapse",
        about="Will a household buy nothing in the next 28 days? The demo's own prediction.",
        task="binary",
        entity="household_id",
        as_of="as_of_date",
        horizon="28 days",
        label="is_lapsed",
        starts=_STARTS,
        rule="baskets_days_since_last",
        rows=lambda: _households().drop(columns="spend_28d"),
    ),
    Problem(
        name="spend",
        about="How many dollars will a household spend in the next 28 days?",
        task="regression",
        entity="household_id",
        as_of="as_of_date",
        horizon="28 days",
        label="spend_28d",
        starts=_STARTS,
        rule="coalesce(baskets_spend_56d, 0) / 2",
        rows=lambda: _households().drop(columns="is_lapsed"),
    ),
)
