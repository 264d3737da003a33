"""Pages of a project on Postgres: Superset reads the warehouse itself, as its own role."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from beside import shown_beside
from playwright.sync_api import expect
from test_business_overview import arrive_logged_in, wait_until_drawn

from foretell.dashboards.sync.session import compared
from foretell.resources import dbt_package_dir
from foretell.warehouse.postgres_reader import READER
from portable import PostgresProject, make_portable_gym, on_postgres
from project import PREDICTION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from foretell.dashboards.sync.session import Target
    from postgres_server import Server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def gym(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> PostgresProject:
    """The portable gym, built on three days with its gates."""
    folder = tmp_path_factory.mktemp("pages")
    gym = on_postgres(
        make_portable_gym(folder / "duckdb"), postgres_server, folder / "postgres", "pages"
    )
    for today in ("2025-08-01", "2025-09-02", "2025-10-02"):
        gym.build(today=today)
    return gym


@pytest.fixture(scope="module")
def target(demo_superset: Any, gym: PostgresProject) -> Iterator[Target]:
    """Where it is shown, beside the demo."""
    with pytest.MonkeyPatch.context() as environment:
        for name in os.environ:
            if name.startswith("DBT_"):
                environment.delenv(name)
        environment.setenv("FORETELL_DBT_PACKAGE", str(dbt_package_dir()))
        with shown_beside(demo_superset, gym) as target:
            yield target
    gym.change(f"drop owned by {READER}")
    gym.change(f"drop role {READER}")


def test_every_chart_is_answered_by_postgres(target: Target) -> None:
    with compared(target) as state:
        charts = {
            one.id: state.names[one.uuid] for one in state.live.values() if one.kind == "chart"
        }
        answers = {
            name: state.client.get(f"/api/v1/chart/{number}/data/")["result"]
            for number, name in charts.items()
        }
    assert len(answers) > 20
    assert {name for name, (one,) in answers.items() if one["error"]} == set()
    empty = {name for name, (one,) in answers.items() if not one["rowcount"]}
    assert empty == set()


def test_pages_are_drawn_and_name_those_to_act_on(
    watched: Any, demo_superset: Any, target: Target, gym: PostgresProject
) -> None:
    with compared(target) as state:
        assets = state.written.read
    page: Page = watched.page
    arrive_logged_in(page, demo_superset)
    for dashboard, one in assets.dashboards.items():
        page.goto(f"{target.url}/superset/dashboard/gym-{dashboard.replace('_', '-')}/")
        wait_until_drawn(page, assets, dashboard, one.spec.rows)
        for tab in one.spec.tabs:
            page.get_by_role("tab", name=tab.title).click()
            wait_until_drawn(page, assets, dashboard, tab.rows)
        expect(page.locator(".ant-alert-error")).to_have_count(0)
    page.goto(f"{target.url}/superset/dashboard/gym-business-overview/")
    page.get_by_role("tab").nth(1).click()
    rows = page.locator('[data-test-chart-name^="To act on"]:visible tbody tr')
    expect(rows).to_have_count(10)
    shown = [row.locator("td").first.inner_text() for row in rows.all()]
    named = f"select member_id::text from gym.{PREDICTION} where is_latest and is_named"
    assert {(key,) for key in shown} <= set(gym.query(named))
