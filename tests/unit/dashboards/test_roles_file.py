"""What ``_shared/roles.yaml`` gives to whom, before any Superset is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from declared import project

from foretell.dashboards.declared.manifest import stable_uuid
from foretell.dashboards.sync.roles import roles_by_dashboard
from foretell.dashboards.written.folder import read_assets
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from pathlib import Path


def given(folder: Path, text: str | None = None) -> dict[str, list[str]]:
    """Roles of the shipped dashboards, by folder."""
    if text is not None:
        (folder / "_shared").mkdir()
        (folder / "_shared" / "roles.yaml").write_text(text)
    assets = read_assets(folder, project())
    found = roles_by_dashboard(assets)
    if not found:
        return {}
    return {
        name: found[stable_uuid(assets.project, "dashboard", name)] for name in assets.dashboards
    }


def test_a_stakeholder_is_given_the_overview_and_an_analyst_all(tmp_path: Path) -> None:
    assert given(tmp_path) == {
        "analyst_workbench": ["analyst"],
        "business_overview": ["stakeholder", "analyst"],
        "ml_operations": ["analyst"],
    }


def test_a_project_decides_for_itself(tmp_path: Path) -> None:
    assert given(tmp_path, "buyers: {dashboards: [ml_operations]}\n") == {
        "analyst_workbench": [],
        "business_overview": [],
        "ml_operations": ["buyers"],
    }


def test_without_roles_nothing_is_said_of_who_sees_what(tmp_path: Path) -> None:
    assert given(tmp_path, "{}\n") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("buyers: {dashboards: [none]}\n", r"role 'buyers' the dashboards \['none'\]; there is \["),
        ("Gamma: {may: look}\n", r"'Gamma'.* Superset's own"),
        ("buyers: {sees: all}\n", r"roles\.yaml cannot be used\. buyers\.sees: unknown key"),
    ],
)
def test_what_cannot_be_given_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SupersetError, match=said):
        given(tmp_path, text)
