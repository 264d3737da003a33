"""The three dashboards that every project gets, whatever it predicts."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from declared import project

from foretell.dashboards.folder import Assets, read_assets, shipped_dashboards

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
