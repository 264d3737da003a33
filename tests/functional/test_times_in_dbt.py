"""Times that dbt is told or joins: each is one instant, or refused in one line."""

from __future__ import annotations

import json
import shutil

import pytest

from project import ROOT, Project


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("lab") / "lab"
    shutil.copytree(ROOT / "tests" / "projects" / "lab", folder)
    lab = Project(folder, folder / "lab.duckdb")
    assert lab.dbt("deps").returncode == 0
    return lab


def statuses(project: Project) -> dict[str, str]:
    """How the project's own nodes ended, as dbt has written it down."""
    file = project.folder / "target" / "run_results.json"
    results = json.loads(file.read_text(encoding="utf-8"))["results"]
    return {
        one["unique_id"].split(".")[2]: one["status"]
        for one in results
        if one["unique_id"].startswith("model.")
    }


CLOCKED = "select 1 as opened where {{ foretell.today() }} > '2025-01-01'"


def test_a_today_that_is_no_date_fails_what_reads_it_and_nothing_else(lab: Project) -> None:
    lab.write("models/clocked.sql", CLOCKED)
    both = ("--select", "as_of_customer", "clocked", "--vars", "foretell_retention: {runs: 9 days}")
    said = lab.refused(*both, today="2025-02-30")
    assert "foretell_today is 2025-02-30, which is no date; write it as 2025-02-28" in said
    assert "Dashboards are not told of this build: foretell_today is" in said
    assert statuses(lab) == {"as_of_customer": "success", "clocked": "error"}
    assert lab.value("select count(*) from shop.as_of_customer") == 2

    done = lab.dbt("retry", today="2025-02-28")
    assert done.returncode == 0, done.stdout
    assert statuses(lab) == {"clocked": "success"}


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ("2024-02-30", "which is no date; write it as 2024-02-29"),
        ("1900-02-29", "which is no date; write it as 1900-02-28"),
        ("2025-13-01", "which is no date; write one in quotes, such as '2017-10-09'"),
        ("yesterday", "which is no date; write one in quotes"),
        ("9999-12-31T23:00-12:00", "which is no time in UTC of the years 1000 to 9999"),
        ("1000-01-01 00:00+14:00", "which is no time in UTC of the years 1000 to 9999"),
    ],
)
def test_what_is_no_date_is_refused_with_one_that_is(lab: Project, told: str, answer: str) -> None:
    said = lab.dbt("compile", "--inline", "{{ foretell.today() }}", today=told).stdout
    assert f"foretell_today is {told}, {answer}" in said
    assert "Traceback" not in said


def test_a_var_is_refused_as_the_environment_is_and_wins(lab: Project) -> None:
    asked = ("compile", "--inline", "{{ foretell.today() }}", "--vars")
    said = lab.dbt(*asked, "{foretell_today: '2025-06-31'}", today="2024-02-29").stdout
    assert "foretell_today is 2025-06-31, which is no date; write it as 2025-06-30" in said


def test_a_replay_refuses_what_is_no_date(lab: Project) -> None:
    said = lab.foretell("replay", "2025-02-28", "2025-02-30")
    assert said.returncode == 2
    assert "2025-02-30 is no date; write one such as 2017-10-09." in said.stdout


ZONED = """
with asked as (
    select customer_id, as_of_at::timestamptz as as_of_at from {{ ref('as_of_customer') }}
)

{{ foretell.join_features('asked', [ref('feat_customer__person'), ref('feat_customer__plans')],
    entity='customer_id', as_of='as_of_at') }}
"""


def test_an_as_of_time_with_a_zone_is_refused_where_no_prediction_joins(lab: Project) -> None:
    lab.write("models/joined_zoned.sql", ZONED)
    lab.write("models/joined_plainly.sql", ZONED.replace("::timestamptz", ""))
    said = " ".join(lab.refused("--select", "+joined_zoned", "+joined_plainly").split())
    for phrase in (
        "foretell.join_features: as_of_at of asked (`as_of`) has a time zone",
        "`as_of_at at time zone 'UTC' as as_of_at`",
        "PASS=",
        "ERROR=1",
    ):
        assert phrase in said
    assert lab.value("select count(*) from shop.joined_plainly") == lab.value(
        "select count(*) from shop.as_of_customer"
    )
