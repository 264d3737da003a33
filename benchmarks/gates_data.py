"""Rows for gates to judge, and the lines that they learn from such rows: made once, from a seed."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb

from foretell.ground.relation import Relation
from foretell.request import Request
from foretell.spec import read_spec
from foretell.staging.stage import stage
from foretell.staging.staged import Staged
from foretell.validation.gates import Gates
from foretell.validation.history import history_of
from foretell.validation.learn import learn
from foretell.validation.learned import Learned
from foretell.validation.suite import Expectation, Line, Suite
from foretell.warehouse.duckdb import DuckDBWarehouse

NEWEST = date(2025, 6, 2)
DATES = 10
MODEL = "pred_customer__lapse_28d"
DATABASE, STORES = "rows.duckdb", "stores"
LINES = "learned.json"
SPREAD, ONE_DATE = "spread", "one date"
#: Rows on which gates learn what is normal where all rows to be judged are of one as-of date.
LEARNT_FROM = 1_000_000

#: Twenty features: twelve amounts, four whole numbers, a boolean, three strings.
FEATURES = {
    **{f"amount_{n}": f"round(exp(2 + {n / 10} + noise_{n % 4}), 2)" for n in range(6)},
    **{
        f"ratio_{n}": f"case when draw_{n % 3} > 0.{n + 1} then round(draw_{n % 4}, 4) end"
        for n in range(6)
    },
    **{f"baskets_{n}": f"cast(floor(20 * draw_{n} * draw_3) as integer)" for n in range(3)},
    "days_since_last": "case when draw_1 > 0.03 then cast(floor(90 * draw_2) as integer) end",
    "is_member": "draw_3 > 0.4",
    "channel": "['web', 'shop', 'phone', 'app', 'mail'][1 + cast(floor(5 * draw_0) as integer)]",
    "region": "'region ' || cast(floor(30 * draw_1 * draw_2) as integer)",
    "town": "'town ' || cast(floor(5000 * draw_1) as integer)",
}


@dataclass(frozen=True)
class Judged:
    """What the gates of one prediction need."""

    warehouse: DuckDBWarehouse
    staged: Staged
    gates: Gates
    rows: int


def opened(con: duckdb.DuckDBPyConnection, folder: Path) -> Judged:
    """The staged rows of a folder and their gates, as a run has them before it checks."""
    warehouse, request = DuckDBWarehouse(con), _request(folder)
    staged = Staged(request.staged, _spec(), _kinds(), warehouse.dialect)
    ((rows,),) = warehouse.rows(f"select count(*) from {request.scored}")
    said = json.loads((folder / LINES).read_text(encoding="utf-8"))
    lines = tuple(Line(Expectation(**one), "learned", "learned with v1") for one in said)
    return Judged(warehouse, staged, Gates(request, Suite(""), Learned(1, lines)), rows)


def make(folder: Path, kind: str, rows: int) -> None:
    """Stage `rows` rows with their scores, and learn lines, in a DuckDB file of the folder."""
    with duckdb.connect(str(folder / DATABASE)) as con:
        con.execute(f"create schema {STORES}")
        request, warehouse = _request(folder), DuckDBWarehouse(con)
        dates = DATES if kind == SPREAD else 1
        learnt = rows if kind == SPREAD else min(LEARNT_FROM, rows)
        _rows(con, learnt // DATES, DATES)
        staged = stage(request, _spec(), warehouse)
        history = history_of(staged, warehouse, rows=staged.labelled)
        more = (rows // dates) / (learnt // DATES)
        history = replace(history, rows=tuple(int(one * more) for one in history.rows))
        lines = [
            line.expectation.model_dump(mode="json") for line in learn(staged, history, version=1)
        ]
        (folder / LINES).write_text(json.dumps(lines), encoding="utf-8")
        if kind == ONE_DATE:
            _rows(con, rows, 1)
            staged = stage(request, _spec(), warehouse)
        con.execute(
            f"create table {request.scored} as select customer_id, as_of_date, "
            "hash(customer_id) % 1000000 / 1e6 as score, foretell_matures_at as matures_at "
            f"from {staged.relation} where as_of_date = date '{NEWEST}'"
        )
        con.execute("drop table main.rows")


def _rows(con: duckdb.DuckDBPyConnection, customers: int, dates: int) -> None:
    """Customers as of Mondays up to the newest one; every value is a hash of its place."""
    draws = ", ".join(
        f"(hash(customer_id, as_of_date, {n}) % 1000003) / 1000003.0 as draw_{n}" for n in range(4)
    )
    noise = ", ".join(f"sqrt(-2 * ln(draw_{n} + 1e-7)) as noise_{n}" for n in range(4))
    made = ", ".join(f"{sql} as {name}" for name, sql in FEATURES.items())
    con.execute(f"""
        create or replace table main.rows as
        with drawn as (
            select customer_id, date '{NEWEST}' - cast(7 * week as integer) as as_of_date, {draws}
            from (select cast(unnest(range({customers})) as bigint) as customer_id)
            cross join (select cast(unnest(range({dates})) as integer) as week)
        ),
        noisy as (select *, {noise} from drawn)
        select customer_id, as_of_date, draw_0 < 0.2 as lapsed_28d, {made} from noisy
    """)


def _request(folder: Path) -> Request:
    return Request(
        prediction=MODEL,
        file=f"{MODEL}.yml",
        description="",
        declared={},
        sql="select * from main.rows",
        relation=Relation("rows", "main", MODEL),
        stores=Relation("rows", STORES, ""),
        today=NEWEST + timedelta(days=1),
        invocation_id="benchmark",
        suite=folder / "expectations" / f"{MODEL}.yml",
        views=(),
        modules=folder,
        train=False,
        full_refresh=False,
        reset=False,
        train_seconds=0,
        gates=True,
    )


def _spec():
    said = {
        "task": "binary", "entity": "customer_id", "as_of": "as_of_date",
        "label": "lapsed_28d", "horizon": "28 days",
    }  # fmt: skip
    return read_spec(said, prediction=MODEL, file=f"{MODEL}.yml")


def _kinds():
    strings = ("channel", "region", "town")
    return {name: "string" if name in strings else "number" for name in FEATURES}


def main() -> None:
    """Make one folder's data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("kind", choices=(SPREAD, ONE_DATE))
    parser.add_argument("rows", type=int)
    said = parser.parse_args()
    said.folder.mkdir(parents=True, exist_ok=True)
    make(said.folder, said.kind, said.rows)


if __name__ == "__main__":
    main()
