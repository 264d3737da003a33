"""The business overview as a person sees it: logged in, every chart drawn, nothing sent away."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Error, expect

from foretell.dashboards.declared.project import read_project
from foretell.dashboards.declared.serving_copy import ServingCopy
from foretell.dashboards.written.folder import Assets, read_assets

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from foretell.dashboards.superset.client import SupersetClient

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def assets(demo_superset: Any) -> Assets:
    """What the demo's dashboards are made of."""
    project = read_project(demo_superset.project_dir, ServingCopy(demo_superset.serving))
    return read_assets(demo_superset.project_dir / "dashboards", project)


def log_in(page: Page, superset: Any, person: Any = None) -> None:
    """Through the page, as a person does; as the admin unless somebody else is named."""
    who = person or superset.admin
    page.goto(f"{superset.url}/login/")
    page.fill("[data-test=username-input]", who.name)
    page.fill("[data-test=password-input]", who.password)
    page.click("[data-test=login-button]")
    page.wait_for_url(re.compile("/welcome/"), wait_until="commit")


def arrive_logged_in(page: Page, superset: Any, person: Any = None) -> None:
    """By what the login page sends, for tests of other pages: to draw it takes seconds."""
    who = person or superset.admin
    address = f"{superset.url}/login/"
    (token,) = re.findall(r'id="csrf_token"\s+value="([^"]+)"', page.request.get(address).text())
    form = {"username": who.name, "password": who.password, "csrf_token": token}
    answer = page.request.post(address, form=form, max_redirects=0)
    assert (answer.status, answer.headers["location"]) == (302, "/")


def wait_until_drawn(page: Page, assets: Assets, dashboard: str, rows: Any) -> None:
    """Every chart of some rows shows a picture, a figure or a row."""
    charts = assets.dashboards[dashboard].charts
    for name in [charts[cell.chart].name for row in rows for cell in row.cells if cell.chart]:
        chart = page.locator(f'[data-test-chart-name="{name}"]:visible').first
        expect(chart, name).to_be_visible()
        drawn = chart.locator("canvas, tbody td, .header-line").first
        expect(drawn, name).to_be_visible()


def test_every_chart_of_the_overview_is_drawn_and_no_request_leaves_the_machine(
    watched: Any, demo_superset: Any, assets: Assets
) -> None:
    page: Page = watched.page
    log_in(page, demo_superset)
    page.goto(f"{demo_superset.url}/superset/dashboard/grocery-business-overview/")
    first = assets.dashboards["business_overview"].spec.tabs[0]
    wait_until_drawn(page, assets, "business_overview", first.rows)
    expect(page.locator(".loading")).to_have_count(0)
    expect(page.locator(".ant-alert-error")).to_have_count(0)
    if shot := os.environ.get("FORETELL_SCREENSHOT"):
        # Lines grow into place: a picture taken at once shows them half drawn.
        page.wait_for_timeout(2_000)
        page.screenshot(path=shot, full_page=True)
    assert watched.strayed == []


@pytest.mark.parametrize("elsewhere", ["http://example.com/", "http://192.0.2.1/"])
def test_what_leaves_the_machine_is_refused_and_noticed(watched: Any, elsewhere: str) -> None:
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        watched.page.goto(elsewhere)
    assert watched.strayed == [elsewhere]


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
