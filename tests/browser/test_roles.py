"""What each role sees and may do, by logging in as each."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import expect
from test_business_overview import assets, log_in, wait_until_drawn

from foretell.dashboards.sync.live_roles import LiveRoles
from foretell.dashboards.sync.pull import pull
from foretell.dashboards.sync.session import diff
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from foretell.dashboards.superset.client import SupersetClient

__all__ = ["assets"]

pytestmark = pytest.mark.browser

ALL = ["analyst_workbench", "business_overview", "household", "ml_operations", "win_back"]
SEES = {"stakeholder": ["business_overview", "household", "win_back"], "analyst": ALL, "admin": ALL}


@pytest.mark.parametrize("role", SEES)
def test_each_role_sees_its_dashboards_with_every_chart_drawn(
    watched: Any, demo_superset: Any, people: Any, assets: Any, role: str
) -> None:
    page: Page = watched.page
    log_in(page, demo_superset, people[role])
    page.goto(f"{demo_superset.url}/dashboard/list/")
    shown = page.locator("[data-test=table-row] a[href*='/superset/dashboard/']")
    expect(shown).to_have_count(len(SEES[role]))
    for dashboard in SEES[role]:
        spec = assets.dashboards[dashboard].spec
        page.goto(f"{demo_superset.url}/superset/dashboard/grocery-{dashboard.replace('_', '-')}/")
        wait_until_drawn(page, assets, dashboard, spec.rows)
        for tab in spec.tabs:
            page.get_by_role("tab", name=tab.title).click()
            wait_until_drawn(page, assets, dashboard, tab.rows)
            expect(page.locator(".ant-alert-error")).to_have_count(0)
        may_edit = page.locator("[data-test=edit-dashboard-button]")
        expect(may_edit).to_have_count(1 if role == "admin" else 0)


def test_a_stakeholder_meets_neither_sql_lab_nor_data_nor_other_dashboards(
    watched: Any, demo_superset: Any, people: Any
) -> None:
    page: Page = watched.page
    log_in(page, demo_superset, people["stakeholder"])
    expect(page.get_by_role("menuitem", name="Dashboards")).to_be_visible()
    for hidden in ("SQL", "Datasets", "Charts"):
        expect(page.get_by_role("menuitem", name=hidden, exact=True)).to_have_count(0)
    page.goto(f"{demo_superset.url}/sqllab/")
    expect(page).to_have_url(re.compile("/welcome/"))
    other = page.goto(f"{demo_superset.url}/superset/dashboard/grocery-ml-operations/")
    assert other is not None
    assert other.status == 404
    with demo_superset.client() as admin, demo_superset.client(people["stakeholder"]) as client:
        page_id = number(admin, "dashboard", "dashboard_title", "Business overview")
        chart_id = number(admin, "chart", "slice_name", "Build shown")
        refused = [
            ("POST", "/api/v1/sqllab/execute/", {"database_id": 1, "sql": "select 1"}),
            ("PUT", f"/api/v1/dashboard/{page_id}", {"dashboard_title": "Mine"}),
            ("POST", "/api/v1/dashboard/", {"dashboard_title": "Mine"}),
            ("PUT", f"/api/v1/chart/{chart_id}", {"slice_name": "Mine"}),
            ("GET", f"/api/v1/chart/{chart_id}/data/", None),
            ("GET", "/api/v1/dataset/", None),
            ("GET", "/api/v1/dashboard/grocery-ml-operations", None),
            ("GET", "/api/v1/security/users/", None),
        ]
        for method, path, content in refused:
            assert status(client, method, path, content) in {403, 404}, path


def test_what_the_login_page_reports_late_logs_nobody_out(
    watched: Any, demo_superset: Any, people: Any
) -> None:
    events = f"{demo_superset.url}/superset/log/?explode=events"
    with httpx.Client() as before_login:
        page = before_login.get(f"{demo_superset.url}/login/")
        assert "session" in page.cookies
        late = before_login.post(events, data={"events": "[]"})
    # The browser keeps whatever session is answered last: this one would be nobody's.
    assert (late.status_code, dict(late.cookies)) == (204, {})
    log_in(watched.page, demo_superset, people["stakeholder"])
    kept = watched.page.context.request.post(events, form={"events": "[]"}, max_redirects=0)
    assert kept.status == 200


def test_an_analyst_has_all_data_and_sql_lab_but_administers_nobody(
    demo_superset: Any, people: Any
) -> None:
    query = {"sql": "select count(*) as n from kpi_daily", "runAsync": False, "schema": "main"}
    with demo_superset.client(people["analyst"]) as client:
        query["database_id"] = number(client, "database", "database_name", "foretell: grocery")
        assert client.post("/api/v1/sqllab/execute/", query)["data"][0]["n"] > 300
        own = client.post("/api/v1/dashboard/", {"dashboard_title": "Of an analyst"})["id"]
        client.put(f"/api/v1/dashboard/{own}", {"dashboard_title": "Of one analyst"})
        client.delete(f"/api/v1/dashboard/{own}")
        assert status(client, "GET", "/api/v1/security/users/", None) == 403
        assert status(client, "GET", "/api/v1/security/roles/", None) == 403


@pytest.fixture
def own(demo_superset: Any, tmp_path: Path) -> Any:
    """The demo's own dashboards, to edit; what became of the roles is overwritten at the end."""
    original = demo_superset.project_dir / "dashboards"
    shutil.copytree(original, tmp_path / "dashboards")
    yield tmp_path / "dashboards"
    demo_superset.push(original, ours=True, remove=True)


def test_a_role_that_somebody_edited_is_reported_and_left(
    demo_superset: Any, people: Any, own: Path
) -> None:
    before = (own / "_shared" / "roles.yaml").read_text()
    with demo_superset.client() as client:
        roles = LiveRoles(client)
        allowed = {"permissions": {*roles.permissions_of("stakeholder"), "can_explore on Superset"}}
        # The set of permissions is sent whole, with the dataset that it already has.
        on_data = {one for one in allowed["permissions"] if "datasource_access" in one}
        assert on_data
        roles.put("stakeholder", {**allowed, "datasets": {}}, {})
        page = number(client, "dashboard", "dashboard_title", "Households to win back")
        client.put(f"/api/v1/dashboard/{page}", {"roles": [roles.ids["analyst"]]})
    pushed = demo_superset.push(own)
    assert {one.name: [edit.path for edit in one.edits] for one in pushed.undecided} == {
        "stakeholder": [("permissions", "can_explore on Superset")],
        "win_back": [("roles", "stakeholder")],
    }
    assert not pushed.changed
    pulled = pull(demo_superset.target(own), ["win_back"])
    assert [file.name for file in pulled.written] == ["roles.yaml"]
    assert pulled.unsaid == {}
    assert [one.name for one in diff(demo_superset.target(own)).verdicts] == ["stakeholder"]
    roles = own / "_shared" / "roles.yaml"
    assert roles.read_text() == before.replace("household, win_back]", "household]")
    roles.write_text(before)
    assert {one.name for one in demo_superset.push(own, ours=True).sent} == {
        "stakeholder",
        "win_back",
    }
    assert diff(demo_superset.target(own)).verdicts == ()


def test_a_role_is_made_changed_and_taken_away_again(demo_superset: Any, own: Path) -> None:
    file = own / "_shared" / "roles.yaml"
    file.write_text(file.read_text() + "buyers: {may: look, dashboards: [win_back]}\n")
    assert {one.name for one in demo_superset.push(own).sent} == {"buyers", "win_back"}
    file.write_text(file.read_text().replace("buyers: {may: look, dashboards: [win_back]}\n", ""))
    assert [one.name for one in demo_superset.push(own).left_over] == ["buyers"]
    assert [one.name for one in demo_superset.push(own, remove=True).removed] == ["buyers"]
    file.write_text(file.read_text() + "Marketing: {dashboards: [win_back]}\n")
    with pytest.raises(SupersetError, match=r"roles.yaml gives .* 'Marketing', .* does not have"):
        demo_superset.push(own)


def test_only_an_admin_may_push_roles(
    demo_superset: Any, people: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORETELL_SUPERSET_USER", people["analyst"].name)
    monkeypatch.setenv("FORETELL_SUPERSET_PASSWORD", people["analyst"].password)
    with pytest.raises(SupersetError, match=r"takes Superset's role Admin.*roles\.yaml"):
        demo_superset.push()


def number(client: SupersetClient, kind: str, column: str, name: str) -> int:
    """Superset's number of the first object that has this name."""
    rows = client.all(f"/api/v1/{kind}/", ("id", column))
    return next(int(row["id"]) for row in rows if row[column] == name)


def status(client: SupersetClient, method: str, path: str, content: Any) -> int:
    """How Superset answers, whatever it is."""
    return client._send(method, path, **({"json": content} if content else {})).status_code
