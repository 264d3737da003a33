"""What came true of live scores alone, told once; and drift of all that was scored since."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from small import OPEN_ROWS, Small

from foretell.ground.draw import draws
from foretell.monitoring import watch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in which a build has published, on 10 July."""
    file = tmp_path_factory.mktemp("small") / "small.duckdb"
    small = Small(file, is_new=True)
    small.build("one", "2025-07-10")
    small.close()
    return file


@pytest.fixture
def small(built: Path, tmp_path: Path) -> Iterator[Small]:
    small = Small(shutil.copy(built, tmp_path / "small.duckdb"))
    yield small
    small.close()


def live_metrics(small: Small) -> list[tuple[str, int]]:
    """As-of dates of realised performance, with how many figures each has."""
    store = small.request("", "2025-12-31").store("metrics")
    return small.warehouse.rows(
        f"select cast(as_of_date as varchar), count(*) from {store} where origin = 'live' "
        "group by all order by all"
    )


def test_what_was_scored_live_is_judged_and_no_backtest(small: Small) -> None:
    assert live_metrics(small) == []
    small.build("two", "2025-08-10")
    ((day, _),) = live_metrics(small)
    assert day == "2025-07-01"


def test_an_outcome_is_told_once(small: Small) -> None:
    small.build("two", "2025-08-10")
    told = live_metrics(small)
    small.build("three", "2025-08-11")
    assert live_metrics(small) == told


def test_drift_looks_at_all_rows_since_the_last_monitoring_that_ended_well(small: Small) -> None:
    request = small.request("", "2025-12-31")
    small.build("two", "2025-08-10")
    small.warehouse.execute(
        f"update {request.store('runs')} set status = 'crashed' "
        "where run_id = 'two.pred.monitoring'"
    )
    small.build("three", "2025-09-10")
    rows = small.warehouse.rows(
        "select distinct cast(today as varchar), current_rows from "
        f"{request.store('feature_statistics')} where statistic = 'psi' order by 1"
    )
    # What the second build had found of its rows is swept, as its monitoring did not end.
    assert rows == [("2025-07-10", OPEN_ROWS), ("2025-09-10", 2 * OPEN_ROWS)]


def test_of_very_many_scored_rows_drift_looks_at_a_draw(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows with the smallest numbers: the features and the scores of the very same ones."""
    monkeypatch.setattr("foretell.monitoring.watch.COMPARED", 25)
    compared: dict[str, list[float]] = {}
    psi_of = watch.psi

    def noted(reference: dict[str, Any], values: Any) -> float:
        compared[str(len(compared))] = values.tolist()
        return psi_of(reference, values)

    monkeypatch.setattr(watch, "psi", noted)
    small.build("two", "2025-08-10")
    request = small.request("", "2025-08-10")
    scored = small.warehouse.rows(
        f"select member_id, as_of_date, score from {request.history} "
        "where run_id = 'two.pred' and origin = 'live'"
    )
    numbers = draws("rows", [key for *key, _ in scored])
    drawn = [row for _, row in sorted(zip(numbers, scored, strict=True))][:25]
    *_, scores = compared.values()
    assert len(scored) > 25
    assert scores == [score for *_, score in sorted(drawn)]
    assert {len(values) for values in compared.values()} == {25}
