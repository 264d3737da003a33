"""Upstream faults on the demo, and which gate stops each, without anyone having written a line.

The project's own data tests are left out: many faults would not get past them to a gate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from faults import FAULTS, Fault
from suiteless import suiteless_demo

from foretell.demo.build import DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from project import Project

pytestmark = pytest.mark.prove

PREDICTION = "pred_household__lapse_28d"


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The demo without a suite, built as of all its days but the last."""
    project = suiteless_demo(tmp_path_factory.mktemp("faults") / "dbt_project")
    days = [day.isoformat() for day in DAYS[:-1]]
    replayed = project.foretell("replay", "--train", *days, today=None, timeout=3600)
    assert replayed.returncode == 0, replayed.stdout
    return project


@pytest.fixture(scope="module")
def table() -> Iterator[list[str]]:
    """Rows of the table in docs/reference/gates.md, printed when all are there."""
    rows: list[str] = []
    yield rows
    print("\n\n| What happened | Who noticed | What was said |\n| --- | --- | --- |")
    print("\n".join(rows))


@pytest.fixture(params=FAULTS)
def fault(request: pytest.FixtureRequest) -> Fault:
    return FAULTS[request.param]


def test_who_notices(learned: Project, fault: Fault, table: list[str], tmp_path: Path) -> None:
    project = learned.copy_to(tmp_path / "dbt_project")
    project.database = project.folder / "data/grocery.duckdb"
    if fault.sql:
        project.change(fault.sql)
    if fault.edit:
        project.replace(*fault.edit)
    before = project.query(f"select * from grocery.analytics.{PREDICTION} order by all")

    done = project.dbt(
        "build",
        "--exclude-resource-type",
        "test",
        "unit_test",
        today=DAYS[-1].isoformat(),
        timeout=1200,
    )

    said = " ".join(done.stdout.split())
    found = _findings(project)
    refused = f"training query of {PREDICTION}" in said
    who = found[0][0] if found else "foretell, of the query" if refused else "nobody"
    table.append(f"| {fault.what} | {who} | {'; '.join(what for _, what in found[:2])} |")
    assert who == fault.caught_by, said
    after = project.query(f"select * from grocery.analytics.{PREDICTION} order by all")
    if fault.caught_by == "nobody":
        assert done.returncode == 0, said
        assert len(after) >= len(before)
        return
    assert done.returncode == 1
    assert after == before
    assert "SKIP relation analytics.fct_households_at_risk" in said


def _findings(project: Project) -> list[tuple[str, str]]:
    """Which gate stopped the run, and what it said of each line, the clearest first."""
    return project.query(
        "select said_by || ' ' || stage || ' gate', description || '; found ' || observed "
        "from analytics_foretell.foretell_gate_results "
        f"where prediction = '{PREDICTION}' and is_latest_run and today = '{DAYS[-1]}' "
        "and status <> 'pass' and severity = 'critical' order by said_by, ran_at"
    )
