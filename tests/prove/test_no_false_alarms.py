"""Honest days of the demo, a training each: gates that nobody wrote stop none of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from suiteless import suiteless_demo

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.prove

#: The demo's last ten as-of dates.
DAYS = [date(2018, 1, 1) - timedelta(days=28 * back) for back in reversed(range(10))]
HOUSEHOLDS = ("pred_household__lapse_28d", "pred_household__spend_28d")
#: Too few outcomes of mailings are known on the first day to train at all.
MAILINGS = "pred_mailing__redeems"


def test_no_honest_day_fails_critically(tmp_path: Path) -> None:
    project = suiteless_demo(tmp_path / "dbt_project")
    for day in DAYS:
        wanted = HOUSEHOLDS if day == DAYS[0] else (*HOUSEHOLDS, MAILINGS)
        built = project.dbt(
            "run",
            "--select",
            *(f"+{one}" for one in wanted),
            "package:foretell",
            today=day.isoformat(),
            env={"FORETELL_TRAIN": "true"},
            timeout=1200,
        )
        assert built.returncode == 0, built.stdout
    lines = project.query(
        "select prediction, count(distinct today), count(*), "
        "count(*) filter (where status <> 'pass' and severity = 'warning'), "
        "count(*) filter (where status <> 'pass' and severity = 'critical') "
        "from analytics_foretell.foretell_gate_results group by prediction order by prediction"
    )
    print()
    for prediction, days, judged, warned, failed in lines:
        print(
            f"{prediction}: {days} days, {judged:,} lines judged, {warned} warned, {failed} failed"
        )
    assert [(one[0], one[1]) for one in lines] == [
        *((one, 10) for one in HOUSEHOLDS),
        (MAILINGS, 9),
    ]
    assert all(one[4] == 0 for one in lines)
