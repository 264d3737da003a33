"""A prediction in a small DuckDB file, run step by step without dbt."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb
from stores import make_stores

from foretell.registry.versions import find_champion
from foretell.request import Request, read_request
from foretell.run.judge import judge
from foretell.run.publish import Published, publish_judged
from foretell.run.trail import Run
from foretell.warehouse.duckdb import DuckDBWarehouse

if TYPE_CHECKING:
    from pathlib import Path

SPEC = {
    "task": "binary",
    "entity": "member_id",
    "as_of": "as_of_date",
    "label": "has_quit",
    "horizon": "30 days",
    "reasons": 1,
}
#: 60 members, a date each month: who comes less often than every third day quits more often.
QUERY = """
select
    member_id,
    as_of_date,
    (member_id * 7 + month(as_of_date) * 5) % 11 as visits,
    member_id % 5 as place,
    (member_id * 7 + month(as_of_date) * 5) % 11 + (member_id * 13 + month(as_of_date)) % 4 < 5
        as has_quit
from range(60) as members (member_id)
cross join (
    select cast(unnest(generate_series(date '2025-01-01', date '{last}', interval 1 month)) as date)
        as as_of_date
) as dates
"""
OPEN_ROWS = 60


class Small:
    """The prediction `pred`, with what its runs leave in a file."""

    def __init__(self, file: Path, *, is_new: bool = False) -> None:
        self.file = file
        self.connection = duckdb.connect(str(file))
        self.warehouse = DuckDBWarehouse(self.connection)
        if is_new:
            make_stores(self.warehouse, self.request("", "2025-06-01").stores)

    def close(self) -> None:
        self.connection.close()

    def request(self, invocation_id: str, today: str, **asked: Any) -> Request:
        """What dbt would ask for on a day, at whose month the newest rows stand."""
        place = {"database": self.file.stem, "schema": "main"}
        said = {
            "prediction": "pred",
            "file": "pred.yml",
            "description": "",
            "declared": SPEC,
            "sql": QUERY.format(last=f"{today[:7]}-01"),
            "relation": place | {"name": "pred"},
            "stores": place,
            "today": today,
            "invocation_id": invocation_id,
            "suite": str(self.file.parent / "pred.yml"),
            "modules": str(self.file.parent / "python_models"),
            "logs": str(self.file.parent / "logs"),
            "views": [],
            "column_tags": {},
            "train": False,
            "full_refresh": False,
            "reset": False,
            "gates": True,
            "train_seconds": "600",
            "champion_from": None,
        }
        return read_request(json.dumps(said | asked))

    def judge(self, request: Request) -> None:
        """The first step of a run."""
        judge(Run(request, self.warehouse, lambda _: None))

    def publish(self, request: Request) -> Published:
        """The second."""
        return publish_judged(request, self.warehouse)

    def build(self, invocation_id: str, today: str, **asked: Any) -> Published:
        request = self.request(invocation_id, today, **asked)
        self.judge(request)
        return self.publish(request)

    def readers(self) -> dict[str, object]:
        """What readers see: predictions, who is champion, runs, gate results and events."""
        asked = self.request("", "2025-12-31")
        champion = find_champion(asked, self.warehouse)
        query = self.warehouse.rows
        has_view = self.warehouse.exists(asked.relation)
        return {
            "predictions": query(f"select * from {asked.relation} order by all") if has_view else 0,
            "champion": champion.version if champion else None,
            "runs": query(
                f"select run_id, status from {asked.store('runs')} where step = 'build' "
                "order by all"
            ),
            "gates": query(f"select run_id from {asked.seen('validation_results')} order by all"),
            "events": query(f"select run_id, event from {asked.seen('model_events')} order by all"),
            "metrics": query(
                f"select metric, value from {asked.seen('metrics')} where origin = 'backtest' "
                "order by all"
            ),
        }

    def leftovers(self) -> list[str]:
        """Tables that only a run needs, and stores that hold rows nobody sees."""
        kept = ("history", "features", "quarantine")
        asked = replace(self.request("", "2025-12-31"))
        names = [
            name
            for (name,) in self.warehouse.rows("select table_name from duckdb_tables()")
            if name.startswith("pred__") and name.removeprefix("pred__") not in kept
        ]
        runs = self.warehouse.rows(
            f"select distinct run_id from {asked.history} "
            f"where run_id not in (select run_id from {asked.store('runs')} "
            "where status = 'published')"
        )
        return [*names, *(run_id for (run_id,) in runs)]
