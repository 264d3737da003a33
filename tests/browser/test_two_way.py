"""Code and Superset in step, both ways: edits survive, and become YAML."""

from __future__ import annotations

import difflib
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from test_business_overview import arrive_logged_in

from foretell.dashboards.declared.manifest import stable_uuid
from foretell.dashboards.sync import push as push_module
from foretell.dashboards.sync.applied import AppliedRecords
from foretell.dashboards.sync.compare import Status
from foretell.dashboards.sync.live import live_assets
from foretell.dashboards.sync.pull import pull
from foretell.dashboards.sync.session import compared, diff
from foretell.dashboards.written.yaml_text import read_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

NAMED = "win_back/households_named"
CHART = "win_back/charts/households_named.yaml"
PAGE = "win_back/dashboard.yaml"


@pytest.fixture
def folder(demo_superset: Any, tmp_path: Path) -> Iterator[Path]:
    """The demo's own dashboards, as Superset has them; what a test edits is overwritten."""
    original = demo_superset.project_dir / "dashboards"
    yield shutil.copytree(original, tmp_path / "dashboards")
    demo_superset.push(original, ours=True, remove=True)


def replace(file: Path, old: str, new: str) -> None:
    """Edit a file; the old text must be there."""
    text = file.read_text()
    assert old in text, text
    file.write_text(text.replace(old, new))


def live(superset: Any, kind: str, name: str) -> dict[str, Any]:
    """An object by its title, as Superset's API shows it."""
    column = {"chart": "slice_name", "dashboard": "dashboard_title"}[kind]
    with superset.client() as client:
        rows = client.all(f"/api/v1/{kind}/", ("id", column))
        (number,) = [row["id"] for row in rows if row[column] == name]
        found: dict[str, Any] = client.get(f"/api/v1/{kind}/{number}")["result"]
        return found


def shown_page(superset: Any) -> dict[str, Any]:
    """The page to win households back as Superset exports it."""
    uuid = stable_uuid("grocery", "dashboard", "win_back")
    with superset.client() as client:
        return live_assets(client, [uuid])[uuid].content


def change(superset: Any, kind: str, number: int, **content: Any) -> None:
    """Save an object as Superset's pages do."""
    with superset.client() as client:
        client.put(f"/api/v1/{kind}/{number}", content)


def texts(root: Path) -> dict[str, list[str]]:
    """Lines of every file."""
    files = sorted(root.rglob("*.yaml"))
    return {str(file.relative_to(root)): file.read_text().splitlines() for file in files}


def changed_lines(before: dict[str, list[str]], after: dict[str, list[str]]) -> list[str]:
    """Lines that were taken out and put in, of all files."""
    return [
        line
        for file in sorted({*before, *after})
        for line in difflib.unified_diff(before.get(file, []), after.get(file, []), n=0)
        if not line.startswith(("---", "+++", "@@"))
    ]


def test_an_edit_made_in_the_browser_survives_a_push(
    watched: Any, demo_superset: Any, folder: Path
) -> None:
    page: Page = watched.page
    arrive_logged_in(page, demo_superset)
    page.goto(f"{demo_superset.url}/superset/dashboard/grocery-win-back/")
    page.click("[data-test=edit-dashboard-button]")
    page.click("[data-test=editable-title-input]")
    page.keyboard.press("Control+A")
    page.keyboard.type("Call them first")
    page.keyboard.press("Enter")
    with page.expect_response(re.compile(r"/api/v1/dashboard/\d+")) as saved:
        page.click("[data-test=header-save-button]")
    assert saved.value.ok

    replace(folder / PAGE, "description: ", "description: Now. ")
    pushed = demo_superset.push(folder)
    (edited,) = pushed.undecided
    assert (edited.name, pushed.changed) == ("win_back", False)
    assert [(e.path, e.after) for e in edited.edits] == [(("title",), "Call them first")]
    assert not shown_page(demo_superset)["description"].startswith("Now.")

    assert demo_superset.push(folder, names=["win_back"], ours=True).changed
    shown = shown_page(demo_superset)
    assert shown["title"] == "Households to win back"
    assert shown["description"].startswith("Now.")
    assert demo_superset.push(folder).changed is False


def test_saving_a_chart_untouched_in_the_browser_is_no_edit(
    watched: Any, demo_superset: Any, folder: Path
) -> None:
    page: Page = watched.page
    arrive_logged_in(page, demo_superset)
    chart = live(demo_superset, "chart", "Sales at stake by income")
    page.goto(f"{demo_superset.url}/explore/?slice_id={chart['id']}")
    page.locator("[data-test=query-save-button]:not([disabled])").click()
    page.click("#overwrite-radio")
    with page.expect_response(re.compile(r"/api/v1/chart/\d+$")) as saved:
        page.click("[data-test=btn-modal-save]")
    assert saved.value.ok
    saved_params = json.loads(live(demo_superset, "chart", "Sales at stake by income")["params"])
    with compared(demo_superset.target(folder)) as state:
        uuid = stable_uuid("grocery", "chart", "win_back", "stake_by_income")
        sent_params = read_plain(state.code[uuid].text)["params"]
    assert len(saved_params) > len(sent_params) + 20, "Superset fills in what the code is silent of"
    assert diff(demo_superset.target(folder)).verdicts == ()


def test_pull_writes_what_was_edited_and_nothing_else(demo_superset: Any, folder: Path) -> None:
    chart = live(demo_superset, "chart", "Households named")
    params = json.loads(chart["params"]) | {"subtitle": "call these", "header_font_size": 0.4}
    change(demo_superset, "chart", chart["id"], params=json.dumps(params))
    page = live(demo_superset, "dashboard", "Households to win back")
    position = json.loads(page["position_json"])
    dragged = position["GRID_ID"]["children"]
    listed = live(demo_superset, "chart", "Households to act on")["id"]
    charts = [
        {position[c]["meta"].get("chartId") for c in position[r]["children"]} for r in dragged
    ]
    (row,) = (number for number, shown in enumerate(charts) if listed in shown)
    dragged[row - 1 : row + 1] = reversed(dragged[row - 1 : row + 1])
    for cell in position[dragged[row]]["children"]:
        position[cell]["meta"]["height"] += 10
    change(demo_superset, "dashboard", page["id"], position_json=json.dumps(position))
    before = texts(folder)

    pulled = pull(demo_superset.target(folder))
    assert not pulled.unsaid
    assert {str(path.relative_to(folder)) for path in pulled.written} == {CHART, PAGE}
    assert diff(demo_superset.target(folder)).verdicts == ()
    lines = changed_lines(before, texts(folder))
    assert {"-caption: worth a call first", "+caption: call these"} <= set(lines)
    assert {"+options:", "+  header_font_size: 0.4", "+  - height: 400"} <= set(lines)
    moved = [line[1:] for line in lines if "{chart: households_at_risk" in line]
    assert moved == [moved[0]] * 2
    assert len(lines) < 25
    assert demo_superset.push(folder).changed is False


def test_what_somebody_typed_is_pulled_as_text_and_never_run(
    demo_superset: Any, folder: Path, tmp_path: Path
) -> None:
    owned = tmp_path / "owned"
    attack = f"{{{{ cycler.__init__.__globals__.os.system('touch {owned}') }}}}"
    chart = live(demo_superset, "chart", "Households named")
    params = json.loads(chart["params"]) | {"when": attack[3:-3]}
    change(
        demo_superset,
        "chart",
        chart["id"],
        slice_name=attack,
        description=f"{{# {attack}",
        params=json.dumps(params),
    )
    # A copy of a template, too: its file has to be written first.
    copy = live(demo_superset, "chart", "Gates: Households about to lapse")
    change(demo_superset, "chart", copy["id"], slice_name=attack)
    page = live(demo_superset, "dashboard", "Households to win back")
    position = json.loads(page["position_json"])
    texts_of_page = [
        one for one in position.values() if isinstance(one, dict) and one["type"] == "MARKDOWN"
    ]
    for one in texts_of_page:
        one["meta"]["code"] = attack
    change(
        demo_superset,
        "dashboard",
        page["id"],
        dashboard_title=attack,
        position_json=json.dumps(position),
    )

    pulled = pull(demo_superset.target(folder))
    assert not owned.exists()
    assert not pulled.unsaid
    # Styles name charts, so a page may have changed with them; nothing is left to decide.
    assert demo_superset.push(folder).undecided == ()
    assert diff(demo_superset.target(folder)).verdicts == ()
    with demo_superset.client() as client:
        shown = client.get(f"/api/v1/chart/{chart['id']}")["result"]
    assert shown["slice_name"] == attack
    assert json.loads(shown["params"])["when"] == attack[3:-3]
    assert shown_page(demo_superset)["title"] == attack
    assert not owned.exists()


def test_a_column_added_beside_links_is_pulled_as_it_is_stored_and_shown_as_text(
    demo_superset: Any, folder: Path
) -> None:
    name = "To act on: Households about to lapse"
    chart = live(demo_superset, "chart", name)
    params = json.loads(chart["params"])
    assert "income (as text)" in params["all_columns"]
    params["all_columns"].append("household_size")
    change(demo_superset, "chart", chart["id"], params=json.dumps(params))
    pulled = pull(demo_superset.target(folder), ["business_overview"])
    assert not pulled.unsaid
    (file,) = pulled.written
    assert "household_size" in file.read_text()
    assert "(as text)" not in file.read_text()
    demo_superset.push(folder, ours=True)  # with its dataset, which has one column more
    shown = json.loads(live(demo_superset, "chart", name)["params"])["all_columns"]
    assert shown[-1] == "household_size (as text)"
    assert demo_superset.push(folder).changed is False


def test_what_yaml_cannot_say_is_said(demo_superset: Any, folder: Path) -> None:
    chart = live(demo_superset, "chart", "Households named")
    change(demo_superset, "chart", chart["id"], viz_type="gauge_chart", cache_timeout=60)
    pulled = pull(demo_superset.target(folder), [NAMED])
    assert not pulled.written
    said = " ".join(pulled.unsaid[f"chart {NAMED}"])
    assert "cache_timeout: nothing -> 60 (no key of the file says this)" in said
    kept = demo_superset.push(folder, names=[NAMED], theirs=True)
    assert [one.name for one in kept.kept] == [NAMED]
    assert demo_superset.push(folder).undecided == ()
    (quiet,) = diff(demo_superset.target(folder)).verdicts
    assert quiet.status is Status.KEPT
    # It is only given up by name.
    assert demo_superset.push(folder, ours=True).sent == ()
    assert [one.name for one in demo_superset.push(folder, names=[NAMED], ours=True).sent] == [
        NAMED
    ]


def test_what_only_superset_can_say_is_overwritten_as_well(
    demo_superset: Any, folder: Path
) -> None:
    edits = {
        "chart": {"cache_timeout": 60, "certified_by": "Finance", "certification_details": "x"},
        "dashboard": {"certified_by": "Finance", "certification_details": "x"},
        "dataset": {
            **{"cache_timeout": 60, "offset": 3, "fetch_values_predicate": "1 = 1"},
            **{"filter_select_enabled": False, "default_endpoint": "/x", "template_params": "{}"},
        },
    }
    with demo_superset.client() as client:
        titles = {"chart": "slice_name", "dashboard": "dashboard_title", "dataset": "table_name"}
        named = {"Households named", "Households to win back", "fct_households_at_risk"}
        ids = {
            kind: next(
                row["id"]
                for row in client.all(f"/api/v1/{kind}/", ("id", title))
                if row[title] in named
            )
            for kind, title in titles.items()
        }
        for kind, content in edits.items():
            client.put(f"/api/v1/{kind}/{ids[kind]}", content)
    verdicts = diff(demo_superset.target(folder)).verdicts
    edited = {verdict.kind: {edit.path[0] for edit in verdict.edits} for verdict in verdicts}
    # Of a template's parameters an empty map is as good as none.
    assert edited == {kind: set(content) - {"template_params"} for kind, content in edits.items()}
    pushed = demo_superset.push(folder, ours=True)
    assert {verdict.kind for verdict in pushed.sent} == set(edits)
    assert diff(demo_superset.target(folder)).verdicts == ()
    with demo_superset.client() as client:
        live_now = {
            kind: client.get(f"/api/v1/{kind}/{number}")["result"] for kind, number in ids.items()
        }
    for kind in edits:
        assert not live_now[kind].get("cache_timeout")
        assert not live_now[kind].get("certified_by")
    assert live_now["dataset"]["offset"] == 0
    assert live_now["dataset"]["filter_select_enabled"]


def test_what_the_code_lost_is_offered_and_then_removed(demo_superset: Any, folder: Path) -> None:
    shutil.copyfile(folder / CHART, folder / "win_back/charts/spare.yaml")
    replace(folder / "win_back/charts/spare.yaml", "name: Households named", "name: Spare")
    assert [one.name for one in demo_superset.push(folder).sent] == ["win_back/spare"]
    (folder / "win_back/charts/spare.yaml").unlink()
    offered = demo_superset.push(folder)
    assert [one.name for one in offered.left_over] == ["win_back/spare"]
    assert live(demo_superset, "chart", "Spare")
    assert [one.name for one in demo_superset.push(folder, remove=True).removed] == [
        "win_back/spare"
    ]
    assert demo_superset.push(folder).left_over == ()


def test_a_push_that_ended_half_way_is_completed_by_the_next(
    demo_superset: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chart = "business_overview/charts/weekly.yaml"
    (folder / chart).parent.mkdir(parents=True)
    (folder / chart).write_text(
        "kind: line\nname: Weekly\ndataset: quality\nmetrics: [prediction]\n"
        "events: {chart: promotions, name: Model, date: happened_on, title: mark}\n"
    )

    class EndedError(Exception):
        pass

    def end(*_: Any) -> None:
        raise EndedError

    with monkeypatch.context() as ended:
        ended.setattr(push_module, "put_events", end)
        with pytest.raises(EndedError):
            demo_superset.push(folder)
    replace(folder / CHART, "name: Households named", "name: Named now")
    with monkeypatch.context() as ended:
        ended.setattr(AppliedRecords, "write", end)
        with pytest.raises(EndedError):
            demo_superset.push(folder)
    completed = demo_superset.push(folder)
    assert (completed.undecided, completed.changed) == ((), False)
    (layer,) = json.loads(live(demo_superset, "chart", "Weekly")["params"])["annotation_layers"]
    assert layer["value"] == live(demo_superset, "chart", "Model promotions")["id"]
