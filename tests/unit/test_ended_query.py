"""A prediction's SQL that ends with a semicolon or a comment, where it stands inside other SQL."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from made import make_spec

from foretell.check import check
from foretell.ground.relation import Relation
from foretell.request import Request, read_request
from foretell.staging.stage import stage
from foretell.warehouse.duckdb import DuckDBWarehouse

DECLARED = {
    "task": "binary",
    "entity": "member_id",
    "as_of": "as_of_date",
    "label": "has_quit",
    "horizon": "30 days",
    "candidates": ["prior"],
}


def request(sql: str) -> Request:
    place = {"database": "memory", "schema": "gym"}
    said = {"prediction": "pred", "declared": DECLARED, "views": [], "today": "2025-08-01"}
    said |= dict.fromkeys(("description", "invocation_id", "suite", "modules", "logs"), "")
    said |= dict.fromkeys(("train", "full_refresh", "reset", "gates"), False)
    said |= {"sql": sql, "file": "pred.yml", "train_seconds": "600", "column_tags": {}}
    said |= {"relation": place | {"name": "pred"}, "stores": place, "champion_from": None}
    asked = read_request(json.dumps(said))
    return replace(asked, stores=Relation("memory", "gym", ""), suite=Path("pred.yml"))


@pytest.mark.parametrize("end", ["", ";", " ;\n;\n", "; -- that is all;", " -- that is all"])
def test_it_is_staged_and_checked(end: str) -> None:
    session = duckdb.connect()
    session.execute("create schema gym; create table gym.features (prediction varchar)")
    asked = request(
        "select 1 as member_id, date '2025-01-01' as as_of_date, 3 as visits, true as has_quit"
        + end
    )
    warehouse = DuckDBWarehouse(session)
    stand_in = check(asked, warehouse)
    session.execute(f"create view gym.pred as {stand_in}")
    assert session.execute("select * from gym.pred").fetchall() == []
    assert stage(asked, make_spec(), warehouse).features == ("visits",)
