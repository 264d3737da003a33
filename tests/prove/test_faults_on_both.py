"""Upstream faults on a small project: gates that nobody wrote say the same on both warehouses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from portable import PostgresProject, make_portable_gym, on_postgres
from project import PREDICTION

if TYPE_CHECKING:
    from pathlib import Path

    from postgres_server import Server
    from project import Project

pytestmark = pytest.mark.prove

LATER = "2025-09-05"
VISITS = "models/fct_visits.sql"
#: What happens to the visits after the first build: what stood in a file, and what stands there.
FAULTS = {
    "seconds": (VISITS, "20 + seed * seed % 2147483647 % 60", "1200 + 60 * (seed % 60)"),
    "half": (VISITS, "day_number <= stops_after", "day_number <= stops_after and member_id > 200"),
    "late": (VISITS, "day < {{ foretell.today() }}", "day < date '2025-07-20'"),
    "sign": (VISITS, "20 + seed * seed", "-20 - seed * seed"),
    "constant": (VISITS, "20 + seed * seed % 2147483647 % 60", "0"),
    "doubled": (
        VISITS,
        "cross join days",
        "cross join (select * from days union all select * from days) as days",
    ),
    "nulls": (VISITS, "20 + seed * seed % 2147483647 % 60", "cast(null as integer)"),
    "none": (VISITS, "members.*,", "members.*,"),
}
#: Five as-of dates say little of how many rows are usual.
ONLY_WARNED_OF = ("half", "doubled")


@pytest.fixture(scope="module")
def learned(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Project, PostgresProject]:
    """One project without a suite, built on each, so that its gates have learned."""
    folder = tmp_path_factory.mktemp("learned")
    here = make_portable_gym(folder / "duckdb")
    (here.folder / f"expectations/{PREDICTION}.yml").unlink()
    there = on_postgres(here, postgres_server, folder / "postgres", "learned")
    for project in (here, there):
        project.build()
    return here, there


@pytest.mark.parametrize("fault", FAULTS)
def test_both_say_the_same(
    learned: tuple[Project, PostgresProject], fault: str, tmp_path: Path
) -> None:
    ours, theirs = (
        verdict(project.copy_to(tmp_path / name / fault), fault)
        for project, name in zip(learned, ("duckdb", "postgres"), strict=True)
    )
    assert ours == theirs
    status, failed = ours
    assert bool(failed) == (fault != "none"), ours
    assert status == ("published" if fault in ("none", *ONLY_WARNED_OF) else "refused"), ours


def verdict(project: Project, fault: str) -> tuple[str, Any]:
    """How a build ended a month later, and the lines that did not hold."""
    project.replace(*FAULTS[fault])
    project.dbt("build", today=LATER)
    ((status,),) = project.query(
        f"select status from gym_foretell.foretell_store_runs where today = '{LATER}' "
        "and step = 'build'"
    )
    failed = project.query(
        "select stage, said_by, severity, expectation, column_name, status, "
        "case when expectation <> 'expect_column_quantile_between' then observed end "
        "from gym_foretell.foretell_store_validation_results "
        f"where today = '{LATER}' and status <> 'pass'"
    )
    return status, sorted(map(str, failed))
