"""What somebody typed into Superset is text in whatever file a pull tries: never a template."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from foretell.dashboards.sync.candidates import candidates
from foretell.dashboards.sync.compare import FieldDifference
from foretell.dashboards.written.specs import DashboardSpec, TableSpec
from foretell.dashboards.written.templates import TemplateMistakeError, expand_file
from foretell.dashboards.written.yaml_text import dump, load, read_plain

TYPED = "{{ touch() }}"
CHART = """
when: kpis
for_each: one in ones
kind: table
name: "{{ one }}"
dataset: rows
columns: [a]
widths: {a: 1}
options: {b: [kpis, ones], "{{ '{{' }} touch() }}": x}
"""
PAGE = """
title: Page
tabs:
  - when: kpis
    title: One
    rows: [{height: 80, cells: [{markdown: kpis, width: 6}]}]
"""


def tried(
    text: str, edit: FieldDifference, spec: Any, shown: dict[str, Any]
) -> list[dict[str, Any]]:
    """What each file that is tried says, where calling `touch` fails the test."""

    def touch() -> None:
        pytest.fail("text was rendered")

    scope = {"touch": touch, "kpis": ["k"], "ones": ["x"]}
    found = []
    for document in candidates(load(text), edit, content=shown, spec=spec, charts={}):
        with contextlib.suppress(TemplateMistakeError):
            found += [said for _, said in expand_file(read_plain(dump(document)), scope)]
    return found


@pytest.mark.parametrize("before", [None, "kpis", TYPED])
@pytest.mark.parametrize("after", [TYPED, "touch()", [TYPED], [{"when": "touch()", TYPED: TYPED}]])
@pytest.mark.parametrize(
    "path",
    [
        ("name",),
        ("params", "subtitle"),
        ("params", "when"),
        ("params", "for_each"),
        ("params", TYPED),
        ("params", "adhoc_filters"),
        ("params", "column_config", TYPED, "when"),
    ],
)
def test_a_charts_edit_is_text(path: tuple[str, ...], after: Any, before: Any) -> None:
    spec = TableSpec(kind="table", name="x", dataset="rows", columns=("a",))
    params = {path[1]: after} if len(path) == 2 else {}
    said = tried(CHART, FieldDifference(path, before, after), spec, {"params": params})
    if path == ("params", "subtitle"):
        assert after in [one.get("options", {}).get("subtitle") for one in said]
    if path == ("params", "when"):
        assert after in [one.get("options", {}).get("when") for one in said]


def test_a_pages_texts_are_text() -> None:
    row = {
        "type": "row",
        "children": [{"type": "markdown", "width": 6, "height": 10, "code": TYPED}],
    }
    page = [{"type": "tabs", "children": [{"type": "tab", "text": TYPED, "children": [row]}]}]
    (said,) = tried(PAGE, FieldDifference(("page",), None, page), DashboardSpec(title="Page"), {})
    (tab,) = said["tabs"]
    assert tab["title"] == TYPED
    assert tab["rows"][0]["cells"][0]["markdown"] == TYPED


def test_a_text_that_was_pulled_can_be_edited_again() -> None:
    edit = FieldDifference(("params", "subtitle"), "{{ touch() }}: more", "{{ touch() }}: less")
    text = """
kind: table
name: x
dataset: rows
columns: [a]
description: "{{ '{{' }} touch() }}: more"
"""
    spec = TableSpec(kind="table", name="x", dataset="rows", columns=("a",))
    said = tried(text, edit, spec, {"params": {}})
    assert "{{ touch() }}: less" in [one["description"] for one in said]
