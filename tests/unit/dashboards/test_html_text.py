"""Text that data brings is shown as text, inside HTML and where Superset looks for HTML."""

from __future__ import annotations

from typing import Any

import pytest
from foreign import FOREIGN, Elements, computed

from foretell.dashboards.written.html_text import cell, escaped
from foretell.warehouse import dialect_of


def in_duckdb(sql: str) -> str:
    """SQL of a cell in a serving copy."""
    return cell(sql, dialect_of("duckdb"))


@pytest.mark.parametrize("text", FOREIGN)
def test_escaped_text_is_one_text_in_an_element_and_in_an_attribute(text: str) -> None:
    made = computed(escaped("said"), text)
    found = Elements(f"<i title=\"{made}\" class='{made}'>{made}</i>")
    assert found.tags == [("i", {"title": text, "class": text})]
    assert found.text == text


@pytest.mark.parametrize("text", FOREIGN)
def test_a_cell_is_left_as_it_is_unless_it_could_be_a_tag(text: str) -> None:
    made = computed(in_duckdb("said"), text)
    if made != text:
        assert Elements(made).tags == [("span", {})]
        assert Elements(made).text == text
    else:
        assert Elements(made).tags == []


@pytest.mark.parametrize("make", [escaped, in_duckdb])
def test_what_is_unknown_stays_unknown_and_numbers_are_text(make: Any) -> None:
    assert computed(make("said"), None) is None
    assert computed(make("said"), 7) == "7"
