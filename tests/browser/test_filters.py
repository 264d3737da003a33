"""Filters narrow what a page shows, and the day of a promotion is marked on the line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from playwright.sync_api import expect
from test_business_overview import arrive_logged_in, assets, wait_until_drawn

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["assets"]

pytestmark = pytest.mark.browser

# Height of the tallest dark column of pixels, as a share of the picture's: a dashed line has gaps.
TALLEST = """canvas => {
  const {width, height} = canvas;
  const {data} = canvas.getContext('2d').getImageData(0, 0, width, height);
  let most = 0;
  for (let x = 0; x < width; x++) {
    let dark = 0;
    for (let y = 0; y < height; y++) {
      const at = 4 * (y * width + x);
      const [r, g, b, a] = data.slice(at, at + 4);
      const grey = Math.max(r, g, b) - Math.min(r, g, b) < 12;
      if (grey && a > 80 && r < 190) dark++;
    }
    most = Math.max(most, dark);
  }
  return most / height;
}"""


def test_a_filter_changes_what_is_shown(
    watched: Any, demo_superset: Any, people: Any, assets: Any
) -> None:
    with duckdb.connect(str(demo_superset.serving.resolve()), read_only=True) as con:
        spend, named = con.execute(
            "select usual_spend, count(*) filter (where is_named) from fct_households_at_risk "
            "group by usual_spend having count(*) filter (where is_named) > 0 order by 2 limit 1"
        ).fetchall()[0]
        (every,) = con.execute(
            "select count(*) from fct_households_at_risk where is_named"
        ).fetchall()[0]
    assert named < every
    page: Page = watched.page
    arrive_logged_in(page, demo_superset, people["stakeholder"])
    page.goto(f"{demo_superset.url}/superset/dashboard/grocery-win-back/")
    wait_until_drawn(page, assets, "win_back", assets.dashboards["win_back"].spec.rows)
    figure = page.locator('[data-test-chart-name="Households named"] .header-line')
    expect(figure).to_have_text(f"{every:,}")
    page.locator("[data-test=form-item-value]").first.locator(".ant-select").click()
    page.keyboard.type(spend)
    page.locator(f'.ant-select-item-option[title="{spend}"]').click()
    page.keyboard.press("Escape")
    page.locator("[data-test=filter-bar__apply-button]").click()
    expect(figure).to_have_text(f"{named:,}")
    rows = page.locator('[data-test-chart-name="Households to act on"] tbody tr')
    expect(rows).to_have_count(min(named, 10))


def test_a_household_that_is_named_leads_to_its_own_page(
    watched: Any, demo_superset: Any, people: Any, assets: Any
) -> None:
    page: Page = watched.page
    arrive_logged_in(page, demo_superset, people["stakeholder"])
    page.goto(f"{demo_superset.url}/superset/dashboard/grocery-business-overview/")
    page.get_by_role("tab", name="Households about to lapse").click()
    named = page.locator('[data-test-chart-name="To act on: Households about to lapse"] tbody a')
    expect(named).to_have_count(10)
    # what is still being drawn would push the list away beneath the pointer
    expect(page.locator(".loading")).to_have_count(0)
    # not the first, which the page would begin with
    household = named.nth(4).inner_text()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.url != page.url else None)
    named.nth(4).click()
    page.wait_for_url(re.compile("/dashboard/grocery-household/"), wait_until="commit")
    left = next(n for n, url in enumerate(asked) if "grocery-household" in url)
    assert not [url for url in asked[:left] if "/chart/data" in url], "the page filtered itself"
    wait_until_drawn(page, assets, "household", assets.dashboards["household"].spec.rows)
    about = page.locator('[data-test-chart-name="Who they are"] tbody tr')
    expect(about).to_have_count(1)
    expect(about.locator("td").first).to_have_text(household)


def test_the_day_of_a_promotion_is_marked_for_a_stakeholder(
    watched: Any, demo_superset: Any, people: Any, assets: Any
) -> None:
    page: Page = watched.page
    arrive_logged_in(page, demo_superset, people["stakeholder"])
    with page.expect_response(lambda answer: _has_marks(answer)) as answered:
        page.goto(f"{demo_superset.url}/superset/dashboard/grocery-business-overview/")
    (result,) = answered.value.json()["result"]
    assert result["annotation_data"]["Model"]["records"]
    name = next(
        chart.name
        for file, chart in assets.dashboards["business_overview"].charts.items()
        if file.startswith("main_kpi__")
    )
    line = page.locator(f'[data-test-chart-name="{name}"] canvas').first
    expect(line).to_be_visible()
    # lines grow into place
    page.wait_for_function(f"canvas => ({TALLEST})(canvas) > 0.3", arg=line.element_handle())


def _has_marks(answer: Any) -> bool:
    if "/api/v1/chart/data" not in answer.url or not answer.ok:
        return False
    return any(one.get("annotation_data") for one in answer.json()["result"])
