"""Realised performance of many as-of dates: the same figures, whatever is read together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small import SPEC, Small

from foretell.monitoring import performance
from foretell.spec import read_spec
from foretell.staging.stage import stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from foretell.stores.record import Row

#: A row for each of 40 members on each of 300 days.
QUERY = """
select
    member_id,
    date '2024-06-01' + cast(day as integer) as as_of_date,
    (member_id * 7 + day) % 11 as visits,
    hash(member_id, day) % 3 = 0 as has_quit
from range(40) as members (member_id) cross join range(300) as days (day)
"""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    small = Small(tmp_path / "small.duckdb", is_new=True)
    yield small
    small.close()


def realised(small: Small, monkeypatch: pytest.MonkeyPatch, most: int) -> tuple[list[Row], int]:
    """Rows of `metrics` where so many rows are read at once, and how many times rows were read."""
    request = small.request("", "2025-07-10", sql=QUERY)
    staged = stage(request, read_spec(SPEC, prediction="pred", file="pred.yml"), small.warehouse)
    small.warehouse.add_rows(
        request.history,
        "select member_id, as_of_date, 'live' as origin, 'run' as run_id, "
        "(visits + member_id % 3) / 13 as score, now()::timestamp as scored_at, "
        "1 + member_id % 2 as model_version "
        f"from {staged.relation}",
    )
    record = {"run_id": "run", "prediction": "pred", "status": "published"}
    small.warehouse.append(request.store("runs"), [record])
    read: list[int] = []
    sample = small.warehouse.sample

    def counted(sql: str, **how: Any) -> Any:
        table = sample(sql, **how)
        read.append(table.num_rows)
        return table

    monkeypatch.setattr(small.warehouse, "sample", counted)
    monkeypatch.setattr(performance, "MAX_ROWS", most)
    found = performance.realised(request, staged, small.warehouse, run_id="watch")
    assert sum(read) == 12_000
    return found["metrics"], len(read)


def test_days_are_read_together_as_far_as_they_fit(
    small: Small, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    together, once = realised(small, monkeypatch, most=200_000)
    assert once == 1
    assert {(row["as_of_date"], row["model_version"]) for row in together} == {
        (row["as_of_date"], version) for row in together for version in (1, 2)
    }
    assert len({row["as_of_date"] for row in together}) == 300
    for most, times in ((1_000, 12), (39, 600)):
        other = Small(tmp_path / f"{most}.duckdb", is_new=True)
        assert realised(other, monkeypatch, most) == (together, times)
        other.close()


def test_what_was_told_before_is_not_read_again(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, _ = realised(small, monkeypatch, most=200_000)
    told = [row for row in rows if row["as_of_date"].month == 7 and row["metric"] == "log_loss"]
    request = small.request("", "2025-07-10")
    small.warehouse.append(request.store("metrics"), [row | {"run_id": "run"} for row in told])
    left = small.warehouse.rows(f"select count(*) from {request.seen('metrics')}")
    assert left == [(62,)]
    spec = read_spec(SPEC, prediction="pred", file="pred.yml")
    staged = stage(small.request("", "2025-07-10", sql=QUERY), spec, small.warehouse)
    again = performance.realised(request, staged, small.warehouse, run_id="watch")["metrics"]
    assert again == [row for row in rows if row["as_of_date"].month != 7]
