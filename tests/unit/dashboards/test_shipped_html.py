"""What ships with foretell shows foreign text as text: in HTML, in links, in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import duckdb
import pytest
from declared import SERVED, declared_with, manifest
from foreign import FOREIGN, Elements

from foretell.dashboards.declared.project import declared_project
from foretell.dashboards.written.folder import read_assets
from foretell.errors import SpecError

if TYPE_CHECKING:
    from pathlib import Path


def serve_foreign(serving: duckdb.DuckDBPyConnection, text: str) -> None:
    """All that the datasets with HTML read, every text of it foreign."""
    serving.execute(
        """
        create table pred_member__quits as
        select $text as MEMBER_ID, date '2026-01-01' as seen_on, 0.5::double as score,
            true as is_named, 1.0::double as expected_value, $text as "select",
            timestamp '2026-02-01' as matures_at, true as is_latest;
        """,
        {"text": text},
    )
    serving.execute(
        """
        create table foretell_trust as
        select 'pred_member__quits' as prediction, 'green' as light,
            $text || '. ' || $text as sentence, 'green' as fresh, 'green' as valid,
            'green' as accurate, 'green' as calibrated, 1 as model_version,
            date '2026-01-05' as scored_on
        """,
        {"text": text},
    )
    serving.execute(
        "create table foretell_models as select 'pred_member__quits' as prediction, "
        "2 as model_version, $text as candidate, 'champion' as status",
        {"text": text},
    )
    serving.execute(
        """
        create table foretell_build as select date '2026-01-05' as today, today as stands_at;
        create table foretell_runs as
        select 'pred_member__quits' as prediction, day as today, day as finished_at,
            version as model_version, 'published' as status
        from (values (date '2026-01-04', 1), (date '2026-01-05', 2)) runs (day, version);
        """
    )


@pytest.mark.parametrize("text", [*FOREIGN[:4], FOREIGN[-3]])
def test_the_html_that_ships_holds_foreign_text_as_text(tmp_path: Path, text: str) -> None:
    linked = declared_with("pred_member__quits", entity_link="/customers/{}?a=1&b=2", title=text)
    assets = read_assets(tmp_path, linked)
    made = {}
    with duckdb.connect() as serving:
        serve_foreign(serving, text)
        for dataset, column in (
            ("rows__pred_member__quits", "entity_link"),
            ("trust", "answer_html"),
            ("changes", "change_html"),
        ):
            if dataset == "changes":
                serving.execute("create table pred_member__spend as from pred_member__quits")
            sql = assets.datasets[dataset].sql
            ((html,),) = serving.sql(
                f"select {column} from ({sql}) where {column} is not null limit 1"
            ).fetchall()
            made[column] = Elements(html)
    ((tag, attributes),) = made["entity_link"].tags
    address = str(attributes.pop("href"))
    assert (tag, attributes) == ("a", {})
    assert address.startswith("/customers/")
    assert address.endswith("?a=1&b=2")
    assert unquote(address.removeprefix("/customers/").removesuffix("?a=1&b=2")) == text
    assert made["entity_link"].text == text
    for column in ("answer_html", "change_html"):
        assert {tag for tag, _ in made[column].tags} <= {"div", "span", "b"}, column
        assert text in made[column].text, column


def test_a_key_cannot_leave_the_filter_of_a_link_to_a_dashboard(tmp_path: Path) -> None:
    page = tmp_path / "member" / "dashboard.yaml"
    page.parent.mkdir()
    page.write_text(
        "title: One\nfilters:\n"
        "  - {name: Who, dataset: rows__pred_member__quits, column: MEMBER_ID}\n"
    )
    assets = read_assets(tmp_path, declared_with("pred_member__quits", entity_link="member"))
    key = "o'hara!'),op:x&native_filters=<b>"
    with duckdb.connect() as serving:
        serve_foreign(serving, key)
        sql = assets.datasets["rows__pred_member__quits"].sql
        ((html,),) = serving.sql(f"select entity_link from ({sql})").fetchall()
    ((_, attributes),) = Elements(html).tags
    address = str(attributes["href"])
    assert address.startswith("/superset/dashboard/gym-member/?native_filters=")
    assert address.count("&") == 0
    in_rison = key.replace("!", "!!").replace("'", "!'")
    assert unquote(address).count(f"val:!('{in_rison}')") == 1


@pytest.mark.parametrize(
    "said", ["https://crm.example.com{}", "https://{}/", "/\\example.org/{}", "//example.org/{}"]
)
def test_a_key_cannot_choose_the_host_of_a_link(tmp_path: Path, said: str) -> None:
    with pytest.raises(SpecError, match="after the host"):
        read_assets(tmp_path, declared_with("pred_member__quits", entity_link=said))


def test_titles_are_text_in_markdown(tmp_path: Path) -> None:
    said = manifest()
    node = said["nodes"]["model.gym.pred_member__quits"]
    node["config"]["meta"]["title"] = "<b>Quits</b> & *soon*"
    node["description"] = "Is [it](x) <i>so</i>? One row each."
    said["metadata"] = {"project_name": "gym"}
    assets = read_assets(tmp_path, declared_project(said, SERVED, "duckdb"))
    for name in ("business_overview", "analyst_workbench"):
        texts = [
            cell.markdown
            for row in assets.dashboards[name].spec.all_rows
            for cell in row.cells
            if cell.markdown and "Quits" in cell.markdown
        ]
        assert texts, name
        for text in texts:
            assert r"## \<b\>Quits\</b\> \& \*soon\*" in text
            assert r"Is \[it\](x) \<i\>so\</i\>?" in text
