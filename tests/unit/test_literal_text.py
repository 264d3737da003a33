"""What somebody typed is shown as it was typed, by foretell's templates and through its YAML."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from foretell.dashboards.written.templates import expand
from foretell.dashboards.written.yaml_text import as_written, dump, read_plain
from foretell.literal_text import as_typed, literal, literals

ATTACK = "{{ cycler.__init__.__globals__.os.system('true') }}"
PARTS = st.sampled_from(
    [
        *("{{", "}}", "{%", "%}", "{#", "#}", "{", "}", "'", '"', "\\", "-", "\r", "\n", " ", "\t"),
        *("{% raw %}", "{% endraw %}", "{{ '{{' }}", "{{ '' }}", "when", "for_each", "é", "\u2028"),
    ]
)
TEXTS = st.lists(PARTS | st.characters(codec="utf-8"), max_size=12).map("".join)
VALUES: st.SearchStrategy[Any] = st.recursive(
    TEXTS | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(TEXTS)
@example(ATTACK)
@example(" {{")
@example("\r{{ \n")
def test_a_template_shows_what_was_typed(text: str) -> None:
    assert expand(literal(text), {}) == text
    assert as_typed(literal(text)) == text


@settings(deadline=None)
@given(VALUES)
@example([{"for_each": "x in [1]", "when": ATTACK}])
@example({"when": "false", ATTACK: [ATTACK]})
def test_values_keys_and_instructions_are_shown_as_typed(value: Any) -> None:
    assert expand(literals(value), {}) == value
    assert as_typed(literals(value)) == value


@settings(deadline=None)
@given(TEXTS | st.sampled_from(["yes", "1:30", "0o7", "1e3", "null", "=", "2025-01-01", "<<", "~"]))
def test_a_file_says_what_was_typed(text: str) -> None:
    document = as_written({"a": literal(text), "b": [literal(text)], "c": {literal(text): 1}})
    assert expand(read_plain(dump(document)), {}) == {"a": text, "b": [text], "c": {text: 1}}


def test_a_template_of_the_project_is_not_taken_for_text() -> None:
    for template in ("{{ prediction.title }}", "{{ 'x' }}", "{{ '{{' ~ a }}", "{% if a %}"):
        assert as_typed(template) == template
