"""Texts of customers that look like HTML: the real pages show them as text, wherever they get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from beside import shown_beside
from hostile import IMAGE, KEYS, LINK, TITLE, bring_in_foreign_text
from playwright.sync_api import expect
from test_business_overview import arrive_logged_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page

    from project import Project

pytestmark = pytest.mark.browser

# What a page made of a text: an image, or a link to anywhere else than a customer's page.
MADE = """() => [...document.querySelectorAll(
    'td img, td a, .dashboard-markdown b'
)].filter(one => one.host !== 'crm.example.com').map(one => one.outerHTML)"""
ACT_ON = f"To act on: {TITLE}"


@pytest.fixture(scope="module")
def foreign(
    demo_superset: Any, _built_quick_gym: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where a project is shown, beside the demo, whose rows hold foreign text."""
    gym = _built_quick_gym.copy_to(tmp_path_factory.mktemp("foreign") / "gym")
    bring_in_foreign_text(gym)
    with shown_beside(demo_superset, gym, gym.serving):
        yield f"{demo_superset.url}/superset/dashboard/gym-"


@pytest.fixture
def page(watched: Any, demo_superset: Any) -> Page:
    """Logged in."""
    arrive_logged_in(watched.page, demo_superset)
    page: Page = watched.page
    return page


def chart(page: Page, name: str) -> Locator:
    """The chart of that name on the tab that is open."""
    quoted = name.replace('"', '\\"')
    return page.locator(f'[data-test-chart-name="{quoted}"]:visible').first


def open_tab(page: Page, address: str, title: str) -> None:
    page.goto(address)
    page.get_by_role("tab", name=title).click(timeout=60_000)


def settled(page: Page) -> Page:
    """The page, once nothing on it is being drawn."""
    expect(page.locator(".loading")).to_have_count(0, timeout=60_000)
    expect(page.locator(".ant-alert-error")).to_have_count(0)
    return page


def test_keys_reasons_and_slices_are_text_beside_a_link_to_the_customer(
    page: Page, foreign: str
) -> None:
    open_tab(page, f"{foreign}business-overview/", TITLE)
    rows = chart(page, ACT_ON).locator("tbody tr")
    expect(rows).to_have_count(10, timeout=60_000)
    settled(page)
    for row, key in zip(rows.all(), KEYS, strict=False):
        link = row.locator("a")
        expect(link).to_have_text(key)
        address = f"https://crm.example.com/{quote(key, safe='')}?all=1&by=key"
        assert link.get_attribute("href") == address
        cells = row.locator("td")
        expect(cells.nth(3)).to_have_text(f"Said: {LINK}, typically 3")
        expect(cells.nth(4)).to_have_text(IMAGE)
        expect(cells.nth(5)).to_have_text("Tom & Jerry's <25")
    plans = {row.locator("td").nth(6).inner_text() for row in rows.all()}
    assert plans == {LINK, IMAGE, "Tom & Jerry's"}
    expect(page.locator(".dashboard-markdown h2:visible")).to_have_text(TITLE)
    assert page.evaluate(MADE) == []
    assert page.evaluate("window.__hit") is None


def test_what_a_light_says_and_what_a_run_reports_is_text(page: Page, foreign: str) -> None:
    page.goto(f"{foreign}business-overview/")
    light = chart(page, "Can I trust this?")
    expect(light).to_contain_text(f"{TITLE}  Not known.", timeout=60_000)
    expect(light).to_contain_text(f"It's {LINK} & {IMAGE}")
    expect(chart(page, "What changed since the last run")).to_contain_text(TITLE, timeout=60_000)
    assert settled(page).evaluate(MADE) == []
    page.goto(f"{foreign}ml-operations/")
    # Superset leaves out attributes that it does not know, and shows the rest as text
    expect(chart(page, "Runs")).to_contain_text(f"{LINK} and <img src", timeout=60_000)
    assert settled(page).evaluate(MADE) == []
    open_tab(page, f"{foreign}analyst-workbench/", TITLE)
    expect(chart(page, f"Scored rows: {TITLE}")).to_contain_text(f"Said: {LINK}", timeout=60_000)
    expect(chart(page, f"Quality by slice: {TITLE}")).to_contain_text("plan = <img src")
    assert settled(page).evaluate(MADE) == []
    assert page.evaluate("window.__hit") is None


def test_a_page_is_narrowed_by_what_is_stored_and_tooltips_are_text(
    page: Page, foreign: str
) -> None:
    open_tab(page, f"{foreign}business-overview/", TITLE)
    bars = chart(page, f"{TITLE} by plan").locator("canvas").first
    expect(bars).to_be_visible(timeout=60_000)
    settled(page).wait_for_timeout(2_000)  # bars grow into place
    bars.scroll_into_view_if_needed()
    shown = page.locator("body > div", has_text="Average probability").last
    seen = ""
    for share in (0.2, 0.4, 0.6):
        bars.hover(position={"x": 500, "y": share * (bars.bounding_box() or {})["height"]})
        expect(shown).to_be_visible()
        seen += shown.inner_text()
        expect(shown.locator("a, img")).to_have_count(0)
    assert "\u2039a href=" in seen  # what begins a tag, as a sign that looks like it
    page.mouse.move(5, 5)
    page.locator("[data-test=form-item-value] .ant-select").last.click()
    expect(page.locator(".ant-select-item-option").first).to_be_visible()
    assert page.locator(".ant-select-item-option").all_inner_texts() == [
        LINK, IMAGE, "Tom & Jerry's",
    ]  # fmt: skip
    page.locator(".ant-select-item-option", has_text=IMAGE).click()
    page.keyboard.press("Escape")
    page.locator("[data-test=filter-bar__apply-button]").click()
    rows = chart(page, ACT_ON).locator("tbody tr")
    expect(rows.filter(has_text="Tom & Jerry's\n")).to_have_count(0)
    expect(rows.nth(0).locator("td").nth(6)).to_have_text(IMAGE, timeout=60_000)
    expect(rows.filter(has_not_text=f"<25{IMAGE}")).to_have_count(0, timeout=60_000)
    assert settled(page).evaluate(MADE) == []
    assert page.evaluate("window.__hit") is None
