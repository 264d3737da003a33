"""A key or slice of another type than what was published, found before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from made import make_spec
from stores import make_stores

from foretell.errors import DataError
from foretell.features.kept import differences
from foretell.ground.relation import Relation
from foretell.publishing.rows import write_scores
from foretell.request import Request
from foretell.scoring.score import to_score
from foretell.staging.stage import stage
from foretell.warehouse.duckdb import DuckDBWarehouse

SPEC = make_spec(slices=["place"])
REQUEST = Request(
    prediction="pred",
    file="models/pred.yml",
    description="",
    declared={},
    sql="",
    relation=Relation("memory", "main", "pred"),
    stores=Relation("memory", "main", ""),
    instant=datetime(2025, 8, 1),
    invocation_id="",
    suite=Path(),
    views=(),
    modules=Path(),
    train=False,
    full_refresh=False,
    reset=False,
    train_seconds=600,
    gates=True,
)


def query(
    member: str = "7::integer",
    when: str = "date '2025-07-20'",
    place: str = "'lake'",
    visits: str = "4",
) -> Request:
    return replace(
        REQUEST,
        sql=f"select {member} as member_id, {when} as as_of_date, {place} as place, "
        f"{visits} as visits, true as has_quit",
    )


@pytest.fixture
def warehouse() -> Iterator[DuckDBWarehouse]:
    with duckdb.connect() as connection:
        warehouse = DuckDBWarehouse(connection)
        make_stores(warehouse, REQUEST.stores)
        yield warehouse


def publish(request: Request, warehouse: DuckDBWarehouse, *, version: int = 1) -> int:
    """Stage a query, and publish its rows that have no score yet; how many these were."""
    staged = stage(request, SPEC, warehouse)
    rows = to_score(request, staged, warehouse)
    scores = f"select member_id, as_of_date, place from ({rows}) as rows"
    ((earlier,),) = warehouse.rows(f"select count(*) from {request.store('runs')}")
    run_id = f"run {earlier}"
    written = write_scores(request, staged, warehouse, scores, version=version, run_id=run_id)
    record = {"run_id": run_id, "prediction": request.prediction, "status": "published"}
    warehouse.append(request.store("runs"), [record])
    return len(warehouse.rows(written))


def published(column: str, warehouse: DuckDBWarehouse) -> tuple[str, list[object]]:
    values = warehouse.rows(f"select {column} from {REQUEST.history} order by {column}")
    return warehouse.columns(REQUEST.history)[column], [one for (one,) in values]


@pytest.mark.parametrize(
    ("was", "now", "named"),
    [
        (query(), query("'007'"), "`entity: member_id` of pred is VARCHAR in its"),
        (query("'007'"), query(), "`entity: member_id` of pred is INTEGER in its"),
        (query(), query("7.5::double + 0"), None),
        (query("7::bigint"), query("7.0::double"), "query now, and BIGINT in what"),
        (query(), query(place="3"), "`slices: place` of pred is INTEGER in its"),
        (query(place="true"), query(place="1"), "take it out of `slices` in models/pred.yml"),
    ],
)  # fmt: skip
def test_another_type_is_refused(
    was: Request, now: Request, named: str | None, warehouse: DuckDBWarehouse
) -> None:
    publish(was, warehouse)
    if named is None:
        assert publish(now, warehouse) == 1
        return
    with pytest.raises(DataError) as refusal:
        stage(now, SPEC, warehouse)
    said = str(refusal.value)
    assert named in said
    assert "foretell_reset: true" in said
    stage(replace(now, full_refresh=True, reset=True), SPEC, warehouse)


def test_a_wider_key_and_slice_are_published(warehouse: DuckDBWarehouse) -> None:
    publish(query(place="'lake'::enum('lake')"), warehouse)
    assert publish(query("3000000000::bigint", place="'it''s'::enum('lake', 'it''s')"), warehouse)
    assert publish(query("8::smallint"), warehouse)
    assert published("member_id", warehouse) == ("BIGINT", [7, 8, 3000000000])
    assert published("place", warehouse) == ("VARCHAR", ["it's", "lake", "lake"])


def test_times_of_a_day_are_rows_of_their_own(warehouse: DuckDBWarehouse) -> None:
    publish(query(), warehouse)
    midnight = query(when="timestamp '2025-07-20'")
    morning = query(when="timestamp '2025-07-20 09:30:00'")
    assert publish(midnight, warehouse) == 0
    assert publish(morning, warehouse) == 1
    assert publish(morning, warehouse) == 0
    assert publish(query(), warehouse) == 0
    kind, times = published("as_of_date", warehouse)
    assert kind == "TIMESTAMP"
    assert [str(one) for one in times] == ["2025-07-20 00:00:00", "2025-07-20 09:30:00"]


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ("'{0}0'::uuid", "'{0}1'::uuid", "VARCHAR"),
        ("'b'::enum('b', 'a')", "'c'::enum('c', 'b')", "VARCHAR"),
        ("1::hugeint", "2::hugeint", "DECIMAL(38,0)"),
        ("1::bigint", "9223372036854775808::hugeint", "DECIMAL(38,0)"),
    ],
)
def test_keys_that_arrow_has_not_are_published_alike_each_time(
    first: str, second: str, kind: str, warehouse: DuckDBWarehouse
) -> None:
    start = "00000000-0000-0000-0000-00000000000"
    for member in (first, second):
        again = query(member.format(start))
        assert publish(again, warehouse) == 1
        assert publish(again, warehouse) == 0
    found, keys = published("member_id", warehouse)
    assert (found, len(set(keys))) == (kind, 2)


def test_what_was_never_published_may_have_any_type(warehouse: DuckDBWarehouse) -> None:
    none = query("null")
    none = replace(none, sql=f"{none.sql} where 1 = 0")
    publish(none, warehouse)
    assert publish(query("'007'"), warehouse) == 1
    assert published("member_id", warehouse) == ("VARCHAR", ["007"])


def test_a_feature_of_another_kind_is_kept_beside_what_was_kept(
    warehouse: DuckDBWarehouse,
) -> None:
    def changed(request: Request) -> list[tuple[int, int]]:
        staged = stage(request, SPEC, warehouse)
        found = differences(request, staged, warehouse, ["visits"], version=1)
        return [(one.rows, one.differ) for one in found]

    publish(query(), warehouse)
    text = query("8", visits="'4.0'")
    assert changed(query(visits="'4'")) == [], "values of two kinds are not compared"
    publish(text, warehouse)
    assert changed(query(visits="'4'")) == []
    assert changed(text) == [(1, 0)]
    assert changed(query("8", visits="'five'")) == [(1, 1)]
    assert changed(query(visits="5")) == [(1, 1)]
    publish(query("9", visits="6"), warehouse)
    assert changed(query("9", visits="6")) == [(1, 0)]
    assert warehouse.rows(
        f"select member_id, visits, foretell_string_visits from {REQUEST.kept} order by 1"
    ) == [(7, 4.0, None), (8, None, "4.0"), (9, 6.0, None)]
