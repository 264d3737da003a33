"""Templates: copies for each, what does not apply dropped, types kept, mistakes named."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from foretell.dashboards.written.templates import TemplateMistakeError, expand, expand_file


@dataclass(frozen=True)
class One:
    """Something that templates read."""

    name: str
    title: str
    slices: list[str]


SCOPE = {
    "predictions": [
        One(name="lapse", title='Say: "yes"', slices=["a", "b"]),
        One(name="spend", title="Spend", slices=[]),
    ]
}


def test_a_file_makes_a_copy_for_each_and_drops_what_does_not_apply() -> None:
    file = {
        "for_each": "prediction in predictions",
        "when": "prediction.slices",
        "name": "Of {{ prediction.title }}",
    }
    assert list(expand_file(file, SCOPE)) == [("__lapse", {"name": 'Of Say: "yes"'})]


def test_members_of_a_list_are_spread_and_see_the_names_around_them() -> None:
    rows = [
        {
            "for_each": "prediction in predictions",
            "cells": [
                {
                    "for_each": "slice in prediction.slices",
                    "chart": "{{ prediction.name }}_{{ slice }}_{{ index }}",
                }
            ],
        }
    ]
    assert expand(rows, SCOPE) == [
        {"cells": [{"chart": "lapse_a_0"}, {"chart": "lapse_b_1"}]},
        {"cells": []},
    ]


def test_one_expression_keeps_its_type_and_a_list_in_a_list_is_spread() -> None:
    scope = {"many": ["x", "y"], "width": 3}
    assert expand({"width": "{{ width }}", "all": "{{ many }}"}, scope) == {
        "width": 3,
        "all": ["x", "y"],
    }
    assert expand(["a", "{{ many }}", "b"], scope) == ["a", "x", "y", "b"]
    assert expand("{{ width }} of {{ width }}", scope) == "3 of 3"


def test_names_and_texts_become_sql_that_cannot_be_broken() -> None:
    scope = {"text": "it's", "name": 'a"b'}
    assert expand("{{ text | sql_text }} = {{ name | sql_name }}", scope) == "'it''s' = \"a\"\"b\""


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"for_each": "predictions"}, "write `prediction in predictions`"),
        ({"for_each": "one in nothing"}, "'nothing' is not known; there is predictions"),
        ({"for_each": "one in 3"}, "3 is no list"),
        ({"name": "{{ predictions[0].colour }}"}, "predictions\\[0\\].colour"),
        ({"name": "Of {{ colour }}"}, "'colour' is undefined"),
        ({"name": "{% if %}"}, "Expected an expression"),
    ],
)
def test_a_mistake_is_named(value: dict[str, str], said: str) -> None:
    with pytest.raises(TemplateMistakeError, match=said):
        list(expand_file(value, SCOPE))
