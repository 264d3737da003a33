"""The business overview as a person sees it: logged in, every chart drawn, nothing sent away."""

from __future__ import annotations

import dataclasses
import os
import re
import socket
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from foretell.dashboards.folder import Assets, read_assets
from foretell.dashboards.packer import slug
from foretell.dashboards.project import read_project
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from foretell.dashboards.client import SupersetClient

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def assets(demo_superset: Any) -> Assets:
    """What the demo's dashboards are made of."""
    project = read_project(demo_superset.project_dir, demo_superset.serving)
    return read_assets(demo_superset.project_dir / "dashboards", project)


def log_in(page: Page, superset: Any) -> None:
    """Through the page, as a person does."""
    page.goto(f"{superset.url}/login/")
    page.fill("[data-test=username-input]", superset.user)
    page.fill("[data-test=password-input]", superset.password)
    page.click("[data-test=login-button]")
    page.wait_for_url(re.compile("/welcome/"))


def wait_until_drawn(page: Page, assets: Assets, dashboard: str, rows: Any) -> None:
    """Every chart of some rows shows a picture, a figure or a row."""
    charts = assets.dashboards[dashboard].charts
    for name in [charts[cell.chart].name for row in rows for cell in row.cells if cell.chart]:
        chart = page.locator(f'[data-test-chart-name="{name}"]:visible').first
        expect(chart, name).to_be_visible(timeout=60_000)
        drawn = chart.locator("canvas, tbody td, .header-line").first
        expect(drawn, name).to_be_visible(timeout=60_000)


def test_every_chart_of_the_overview_is_drawn_and_no_request_leaves_the_machine(
    watched: Any, demo_superset: Any, assets: Assets
) -> None:
    page: Page = watched.page
    log_in(page, demo_superset)
    page.goto(f"{demo_superset.url}/superset/dashboard/grocery-business-overview/")
    first = assets.dashboards["business_overview"].spec.tabs[0]
    wait_until_drawn(page, assets, "business_overview", first.rows)
    expect(page.locator(".loading")).to_have_count(0, timeout=30_000)
    expect(page.locator(".ant-alert-error")).to_have_count(0)
    if shot := os.environ.get("FORETELL_SCREENSHOT"):
        # Lines grow into place: a picture taken at once shows them half drawn.
        page.wait_for_timeout(2_000)
        page.screenshot(path=shot, full_page=True)
    assert watched.strayed == []


@pytest.mark.parametrize("dashboard", ["business_overview", "analyst_workbench", "ml_operations"])
def test_every_tab_of_every_dashboard_is_drawn(
    watched: Any, demo_superset: Any, assets: Assets, dashboard: str
) -> None:
    page: Page = watched.page
    log_in(page, demo_superset)
    page.goto(f"{demo_superset.url}/superset/dashboard/{slug('grocery', dashboard)}/")
    for tab in assets.dashboards[dashboard].spec.tabs:
        page.get_by_role("tab", name=tab.title).click()
        wait_until_drawn(page, assets, dashboard, tab.rows)
        expect(page.locator(".ant-alert-error")).to_have_count(0)


def test_every_chart_can_be_asked_through_the_api(demo_superset: Any, assets: Assets) -> None:
    with demo_superset.client() as client:
        charts = live_charts(client)
        made = {chart.name for one in assets.dashboards.values() for chart in one.charts.values()}
        assert {chart["slice_name"] for chart in charts} >= made
        for chart in charts:
            (result,) = client.get(f"/api/v1/chart/{chart['id']}/data/")["result"]
            assert result["error"] is None, chart["slice_name"]
            assert result["rowcount"] > 0, chart["slice_name"]


def test_pushing_again_changes_nothing(demo_superset: Any) -> None:
    with demo_superset.client() as client:
        before = (live_charts(client), count_dashboards(client))
        assert demo_superset.push().changed is False
        assert (live_charts(client), count_dashboards(client)) == before


def test_a_superset_that_is_down_is_named(demo_superset: Any) -> None:
    with socket.socket() as taken:  # bound, never listening: nothing can answer there
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SupersetError, match=rf"No Superset answers at {url}.*superset up"):
            dataclasses.replace(demo_superset, url=url).push()


def test_a_wrong_password_is_refused_with_the_next_step(
    demo_superset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORETELL_SUPERSET_PASSWORD", "wrong")
    with pytest.raises(SupersetError, match=r"refuses the password.*FORETELL_SUPERSET_PASSWORD"):
        demo_superset.push()


def live_charts(client: SupersetClient) -> list[dict[str, Any]]:
    """Id and name of all charts."""
    found: list[dict[str, Any]] = []
    while True:
        query = (
            "(columns:!(id,slice_name),order_column:slice_name,order_direction:asc,"
            f"page:{len(found) // 100},page_size:100)"
        )
        rows = client.get(f"/api/v1/chart/?q={query}")["result"]
        found += rows
        if len(rows) < 100:
            return found


def count_dashboards(client: SupersetClient) -> int:
    """Number of dashboards."""
    count: int = client.get("/api/v1/dashboard/")["count"]
    return count
