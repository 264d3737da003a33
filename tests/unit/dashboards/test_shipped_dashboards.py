"""The three dashboards that every project gets, whatever it predicts."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest
from declared import declared_with, project

from foretell.dashboards.written.folder import Assets, read_assets, shipped_dashboards
from foretell.errors import SpecError, SupersetError

if TYPE_CHECKING:
    from pathlib import Path

THREE = {"analyst_workbench", "business_overview", "ml_operations"}


def tabs(assets: Assets, dashboard: str) -> list[str]:
    """Titles of a dashboard's tabs."""
    return [tab.title for tab in assets.dashboards[dashboard].spec.tabs]


def test_each_prediction_that_has_scores_gets_a_tab(tmp_path: Path) -> None:
    assets = read_assets(tmp_path / "none", project())
    farewells = 'Members\' "farewells": soon'
    assert set(assets.dashboards) == THREE
    assert tabs(assets, "business_overview") == ["Overview", farewells, "Member: spend"]
    assert tabs(assets, "ml_operations") == [
        "All predictions", farewells, "Member: spend", "Thing: grade",
    ]  # fmt: skip


def test_charts_fit_the_task(tmp_path: Path) -> None:
    charts = read_assets(tmp_path, project()).dashboards["analyst_workbench"].charts
    made = {tuple(name.split("__", 1)) for name in charts}
    assert ("calibration", "pred_member__quits") in made
    assert ("profit", "pred_member__quits") in made
    assert ("calibration", "pred_member__spend") not in made
    assert ("coverage", "pred_member__spend") in made


@pytest.mark.parametrize("dashboard", ["business_overview", "analyst_workbench"])
def test_a_prediction_is_narrowed_by_its_slices_on_its_own_tab(
    tmp_path: Path, dashboard: str
) -> None:
    filters = read_assets(tmp_path, project()).dashboards[dashboard].spec.filters
    (one,) = [one for one in filters if one.tab]
    assert (one.name, one.column, one.dataset) == ("Select", "select", "rows__pred_member__quits")
    assert one.tab == 'Members\' "farewells": soon'


@pytest.mark.parametrize("served", [{}, {"shop_days": ("DAY", "SOLD")}])
def test_a_project_without_scores_or_kpis_has_its_dashboards_too(
    tmp_path: Path, served: dict[str, tuple[str, ...]]
) -> None:
    assets = read_assets(tmp_path, project(served))
    assert tabs(assets, "business_overview") == ["Overview"]
    assert ("kpi__sold" in assets.dashboards["business_overview"].charts) == bool(served)


def test_a_file_of_the_projects_own_stands_for_one_copy_of_a_template(tmp_path: Path) -> None:
    shipped = shipped_dashboards() / "business_overview" / "charts" / "build.yaml"
    own = tmp_path / "business_overview" / "charts" / "figures__pred_member__quits.yaml"
    own.parent.mkdir(parents=True)
    shutil.copy(shipped, own)
    assets = read_assets(tmp_path, project())
    charts = assets.dashboards["business_overview"].charts
    assert charts["figures__pred_member__quits"].name == "Build shown"
    assert charts["figures__pred_member__spend"].name == "Figures: Member: spend"
    assert assets.chart_file("business_overview", "figures__pred_member__quits") == own


def test_what_is_empty_says_why(tmp_path: Path) -> None:
    charts = read_assets(tmp_path, project()).dashboards["ml_operations"].charts
    assert charts["quality__pred_member__quits"].empty == (
        "No outcome is known yet: each is known 28 days after its as-of date."
    )
    assert "labels of scored rows" in charts["quality__pred_thing__grade"].empty


def test_drift_ranks_by_what_is_unusual_for_a_feature(tmp_path: Path) -> None:
    drift = read_assets(tmp_path, project()).datasets["drift"]
    made = """
        create table foretell_drift as
        select 'p' prediction, day as today, feature, value, value / usual as drift, 9 current_rows
        from (values (date '2026-01-05'), (date '2026-01-07')) days (day), (values
            ('weather', 8.0, 8.5), ('age', 0.6, 0.1), ('foretell_score', 0.05, 0.1)
        ) features (feature, value, usual)
    """
    with duckdb.connect() as serving:
        serving.execute(made)
        serving.execute("update foretell_drift set drift = 3 where today = '2026-01-05'")
        shown = f"select feature, week, {drift.metrics['drift'].sql} from ({drift.sql}) "
        found = serving.sql(f"{shown} group by feature, week, place order by place").fetchall()
    assert [(feature, week, round(times, 2)) for feature, week, times in found] == [
        ("(score)", "2026-01-05", 0.5),
        ("age", "2026-01-05", 6.0),
        ("weather", "2026-01-05", 0.94),
    ]


def test_rows_link_to_their_entity(tmp_path: Path) -> None:
    linked = declared_with("pred_member__quits", entity_link="https://crm.example.com/{}?all=1")
    assets = read_assets(tmp_path, linked)
    charts = assets.dashboards["business_overview"].charts
    assert charts["act_on__pred_member__quits"].columns[0] == "entity_link"
    assert "entity_link" not in charts["act_on__pred_member__spend"].columns
    rows = "select 1 as MEMBER_ID, date '2026-01-01' as seen_on, .5 as score, date '2026-02-01' as "
    rows += "matures_at, true as is_latest, true as is_named, 1.0 as expected_value, 'a' as select "
    rows += "union all by name select 'a/<b>&c' as MEMBER_ID"
    with duckdb.connect() as serving:
        serving.execute(f"create table pred_member__quits as {rows}")
        serving.execute(
            "create table foretell_trust as select '' prediction, '' light, 1 scored_on"
        )
        serving.execute(
            "create table foretell_build as select date '2026-01-05' as today, today as stands_at"
        )
        sql = assets.datasets["rows__pred_member__quits"].sql
        found = serving.sql(f"select entity_link from ({sql}) order by 1").fetchall()
    assert found == [
        ('<a href="https://crm.example.com/1?all=1">1</a>',),
        ('<a href="https://crm.example.com/a%2F%3Cb%3E%26c?all=1">a/&lt;b&gt;&amp;c</a>',),
    ]


def test_a_list_that_comes_page_by_page_is_searched_by_key_and_links_beside_it(
    tmp_path: Path,
) -> None:
    linked = declared_with("pred_member__spend", entity_link="https://crm.example.com/{}")
    charts = read_assets(tmp_path, linked).dashboards["business_overview"].charts
    columns = charts["act_on__pred_member__spend"].columns
    assert (columns[0], columns[-1]) == ("MEMBER_ID", "entity_link")


@pytest.mark.parametrize(
    ("said", "error", "match"),
    [
        (
            "https://crm.example.com/",
            SpecError,
            r"predictions\.yml: .*entity_link.*address with \{\}",
        ),
        ("javascript:alert({})", SpecError, "entity_link"),
        ('https://crm.example.com/"onclick="{}', SpecError, "entity_link"),
        (7, SpecError, "entity_link"),
        ("member", SupersetError, r"names no dashboard; there are analyst_workbench, business"),
        ("business_overview", SupersetError, r"cannot be asked for one MEMBER_ID"),
    ],
)
def test_a_link_that_leads_nowhere_is_refused(
    tmp_path: Path, said: object, error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        read_assets(tmp_path, declared_with("pred_member__quits", entity_link=said))


def test_what_is_forgotten_is_in_no_figure_of_quality(tmp_path: Path) -> None:
    assets = read_assets(tmp_path, project())
    judged = "select 'pred_member__quits' as prediction, date '2026-01-01' as as_of_date, "
    with duckdb.connect() as serving:
        serving.execute(
            f"create table foretell_prediction_quality as {judged} 1 as model_version, "
            "'live' as origin, .9 as metric_value, 'roc_auc' as metric, 'forgotten' as "
            f"version_status union all {judged} 2, 'backtest', .7, 'roc_auc', 'champion'"
        )
        quality = assets.datasets["quality"].sql
        shown = serving.sql(f"select model_version, metric_value from ({quality})").fetchall()
    assert [(version, float(value)) for version, value in shown] == [(2, 0.7)]


@pytest.mark.parametrize(
    ("stands", "shown"), [("2026-01-05", "built at 14:03 UTC"), ("2017-10-09", None)]
)
def test_the_build_is_shown_by_one_clock(tmp_path: Path, stands: str, shown: str | None) -> None:
    with duckdb.connect() as serving:
        serving.execute(
            f"create table foretell_build as select date '{stands}' as today, "
            "timestamp '2026-01-05 14:03:10' as published_at"
        )
        build = read_assets(tmp_path, project()).datasets["build"].sql
        ((html,),) = serving.sql(build).fetchall()
    assert ("2026" in html) == (shown is not None)
    assert (shown or "9 October 2017") in html
