"""Pinning learned lines: what a person wrote stays, to the letter."""

from __future__ import annotations

import pytest
import yaml

from foretell.errors import SpecError
from foretell.validation.pinned import pin
from foretell.validation.suite import Expectation, SuiteFile

WRITTEN = """# Gates of x.
input:
  # The one that matters.
  - type: expect_column_values_to_not_be_null   # never
    kwargs: {column: a}

  # Another.
  - {type: expect_column_to_exist, kwargs: {column: "b: c"}}

# Scores.
output:
  - type: expect_column_values_to_be_between
    kwargs: {column: score, min_value: 0}
max_quarantined: 0.02
"""


def learned(column: str, *, high: float = 2.5) -> Expectation:
    return Expectation(
        type="expect_column_mean_to_be_between",
        kwargs={"column": column, "max_value": high},
        rows="newest",
        description=f"Mean of {column}: 1 to 2",
    )


def pinned(text: str, *lines: Expectation, version: int = 3) -> str:
    return pin(text, lines, version=version, file="pred_x.yml")


def test_learned_lines_follow_the_others_and_nothing_else_changes() -> None:
    found = pinned(WRITTEN, learned("a"), learned("select"))
    rows = found.splitlines()
    assert [row for row in rows if row not in WRITTEN.splitlines()] == [
        "  - type: expect_column_mean_to_be_between",
        "    kwargs: {column: a, max_value: 2.5}",
        "    severity: critical",
        "    rows: newest",
        "    description: 'Mean of a: 1 to 2'",
        "    meta: {learned: true, version: 3}",
        "  - type: expect_column_mean_to_be_between",
        "    kwargs: {column: select, max_value: 2.5}",
        "    severity: critical",
        "    rows: newest",
        "    description: 'Mean of select: 1 to 2'",
        "    meta: {learned: true, version: 3}",
    ]
    assert [row for row in rows if row in WRITTEN.splitlines()] == WRITTEN.splitlines()
    said = SuiteFile.model_validate(yaml.safe_load(found))
    assert [one.kwargs.get("column") for one in said.input] == ["a", "b: c", "a", "select"]
    assert len(said.output) == 1


def test_pinning_again_replaces_learned_lines_alone() -> None:
    once = pinned(WRITTEN, learned("a"), learned("b"))
    edited = once.replace("# Scores.", "# Scores of x.")
    twice = pinned(edited, learned("b", high=9), version=4)
    assert pinned(twice, learned("b", high=9), version=4) == twice
    assert twice == pinned(WRITTEN, learned("b", high=9), version=4).replace(
        "# Scores.", "# Scores of x."
    )
    assert pinned(once) == WRITTEN


@pytest.mark.parametrize("text", ["", "# Nothing yet.\n", "output: []\n", "input: []\n"])
def test_a_suite_without_input_gets_one(text: str) -> None:
    said = SuiteFile.model_validate(yaml.safe_load(pinned(text, learned("a"))))
    assert [one.meta for one in said.input] == [{"learned": True, "version": 3}]


def test_a_suite_of_learned_lines_alone_can_be_pinned_anew() -> None:
    once = pinned("", learned("a"), learned("b"))
    assert pinned(once, learned("c")) == pinned("", learned("c"))


def test_a_list_that_is_indented_otherwise_stays_so() -> None:
    text = "input:\n- type: expect_column_to_exist\n  kwargs: {column: a}\n"
    found = pinned(text, learned("a"))
    assert found.startswith(text)
    assert len(SuiteFile.model_validate(yaml.safe_load(found)).input) == 2


def test_a_list_in_one_line_is_refused() -> None:
    text = "input: [{type: expect_column_to_exist, kwargs: {column: a}}]"
    with pytest.raises(SpecError, match="written in one line"):
        pinned(text, learned("a"))


def test_words_of_any_language_are_readable_in_the_file() -> None:
    one = Expectation(
        type="expect_column_values_to_be_in_set",
        kwargs={"column": "città", "value_set": ["Zürich", "Genève"]},
        description="città has one of the 2 values that it had",
    )
    found = pinned("", one)
    assert "    kwargs: {column: città, value_set: [Zürich, Genève]}" in found.splitlines()
    assert "    description: città has one of the 2 values that it had" in found.splitlines()


def test_learned_lines_stand_before_the_comments_of_what_follows() -> None:
    """At the end of the list, before the empty line and the heading of the next one."""
    rows = pinned(WRITTEN, learned("a")).splitlines()
    at = rows.index("  - type: expect_column_mean_to_be_between")
    assert rows[at - 1] == '  - {type: expect_column_to_exist, kwargs: {column: "b: c"}}'
    assert rows[at + 6 : at + 9] == ["", "# Scores.", "output:"]
