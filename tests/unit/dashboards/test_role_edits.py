"""Who sees a dashboard, as roles.yaml says it after somebody gave it otherwise in Superset."""

from __future__ import annotations

from foretell.dashboards.sync.roles import given, taken

PAGES = ["overview", "operations", "win_back"]
TEXT = """# who looks at what
stakeholder: {may: look, dashboards: [overview]}
analyst: {may: analyse, dashboards: all}
"""


def test_a_role_is_given_one_more_and_nothing_else_changes() -> None:
    assert given(TEXT, "stakeholder", "win_back", everything=PAGES) == TEXT.replace(
        "[overview]", "[overview, win_back]"
    )


def test_a_role_that_was_not_named_is_added() -> None:
    added = given(TEXT, "Marketing", "win_back", everything=PAGES)
    assert added == TEXT + "Marketing: {dashboards: [win_back]}\n"
    assert given("{}\n", "Gamma", "overview", everything=PAGES).startswith("Gamma")


def test_what_is_taken_from_all_leaves_the_others() -> None:
    assert taken(TEXT, "analyst", "operations", everything=PAGES) == TEXT.replace(
        "dashboards: all", "dashboards: [overview, win_back]"
    )
    assert "dashboards: []" in taken(TEXT, "stakeholder", "overview", everything=PAGES)
