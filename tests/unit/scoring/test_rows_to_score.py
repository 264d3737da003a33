"""Which rows are scored, once; and who of them is named, by the SQL that says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small import Small

from foretell.ground.relation import Relation
from foretell.scoring.score import _named, to_score
from foretell.spec import PredictionSpec, read_spec
from foretell.staging.stage import stage
from foretell.staging.staged import Staged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    small = Small(tmp_path / "small.duckdb", is_new=True)
    yield small
    small.close()


def staged_in(small: Small, today: str) -> Staged:
    request = small.request("", today)
    spec = read_spec(request.declared, prediction="pred", file="pred.yml")
    return stage(request, spec, small.warehouse)


def test_an_outcome_is_known_from_the_very_moment_of_its_horizon(small: Small) -> None:
    """As of 1 July, 30 days: known on 31 July, and not the day before."""
    for today, newest in (("2025-07-30", "2025-06-01"), ("2025-07-31", "2025-07-01")):
        staged = staged_in(small, today)
        query = f"select max(as_of_date) from ({staged.matured}) as matured"
        ((found,),) = small.warehouse.rows(query)
        assert str(found) == newest


@pytest.mark.parametrize(
    ("origin", "status", "left"),
    [("live", "published", 0), ("backtest", "published", 60), ("live", "crashed", 60)],
)
def test_a_row_is_scored_once_whatever_a_backtest_or_a_dead_run_has_made_of_it(
    small: Small, origin: str, status: str, left: int
) -> None:
    staged = staged_in(small, "2025-07-10")
    request = small.request("", "2025-07-10")
    open_rows = f"{staged.open} and as_of_date = date '2025-07-01'"
    small.warehouse.add_rows(
        request.history,
        f"select member_id, as_of_date, '{origin}' as origin, 'run' as run_id from ({open_rows})",
    )
    record = {"run_id": "run", "prediction": "pred", "status": status}
    small.warehouse.append(request.store("runs"), [record])
    rows = to_score(request, staged, small.warehouse)
    count = "select count(*) from ({}) as rows where as_of_date = date '2025-07-01'"
    assert small.warehouse.rows(count.format(rows)) == [(left,)]


def test_sql_names_who_is_exactly_at_the_break_even(small: Small) -> None:
    staged = staged_in(small, "2025-07-10")
    priced = {"value": {"true_positive": 3, "false_positive": -1}}
    spec: PredictionSpec = read_spec(
        {**small.request("", "2025-07-10").declared, **priced},  # type: ignore[dict-item]
        prediction="pred",
        file="pred.yml",
    )
    scored = Relation("small", "main", "scored")
    small.warehouse.stage(
        scored,
        "select * from (values (1, date '2025-07-01', 0.25), (2, date '2025-07-01', 0.2499)) "
        "as scored (member_id, as_of_date, score)",
    )
    found = small.warehouse.rows(
        f"select member_id, is_named from ({_named(spec, staged, scored)})"
    )
    assert sorted(found) == [(1, True), (2, False)]
