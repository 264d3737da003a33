"""The page about the types: none is missing, and each example is one that a suite may hold."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from asking import evaluate, session_of

from foretell.validation.suite import SuiteFile
from foretell.validation.types import register

PAGE = (Path(__file__).parents[4] / "docs" / "reference" / "expectations.md").read_text("utf-8")


def test_each_type_has_its_section_and_says_what_is_filled_in() -> None:
    from great_expectations.expectations import registry

    register()
    own = {
        name: impl
        for name in registry.list_registered_expectation_implementations()
        if (impl := registry.get_expectation_impl(name)).__module__.startswith("foretell.")
    }
    assert set(re.findall(r"^## (expect_\w+)$", PAGE, re.M)) == set(own)
    rows = dict(re.findall(r"^\| \[`(expect_\w+)`\].*\|([^|]*)\|$", PAGE, re.M))
    assert {name: said.strip() for name, said in rows.items()} == {
        name: ", ".join(f"`{one}`" for one in impl.filled) for name, impl in own.items()
    }


def test_each_example_is_a_line_of_a_suite() -> None:
    sections = re.findall(r"^## (expect_\w+)$.*?```yaml\n(.*?)```", PAGE, re.M | re.S)
    assert len(sections) == len(re.findall(r"^## expect_", PAGE, re.M))
    for name, example in sections:
        suite = SuiteFile.model_validate({"input": yaml.safe_load(example)})
        assert [line.type for line in suite.input] == [name]
        # Columns and what foretell fills in are missing here; a wrong argument would be refused.
        evaluate(session_of({"x": [1]}), [(line.type, line.kwargs) for line in suite.input])
