"""Reading a suite: strict, with the file named in each refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from foretell.errors import SpecError
from foretell.validation.results import Result
from foretell.validation.suite import Expectation, Suite, read_suite

if TYPE_CHECKING:
    from pathlib import Path


def suite(tmp_path: Path, text: str) -> Suite:
    file = tmp_path / "pred_x.yml"
    file.write_text(text, encoding="utf-8")
    return read_suite(file)


def test_no_file_and_an_empty_file_expect_nothing(tmp_path: Path) -> None:
    assert read_suite(tmp_path / "none.yml") == Suite()
    assert suite(tmp_path, "") == Suite()
    assert suite(tmp_path, "# nothing yet\n") == Suite()


def test_lines_are_critical_unless_they_say_otherwise(tmp_path: Path) -> None:
    read = suite(
        tmp_path,
        """
input:
  - type: expect_column_values_to_not_be_null
    kwargs: {column: a}
  - {type: expect_table_row_count_to_be_between, kwargs: {min_value: 1}, severity: warning}
output:
  - {type: expect_column_values_to_be_between, kwargs: {column: score}, description: Words}
""",
    )
    assert [line.severity for line in read.at("input")] == ["critical", "warning"]
    assert read.at("output")[0].description == "Words"
    assert read.at("output")[0].kwargs == {"column": "score"}


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("input: [", ["pred_x.yml", "no valid YAML"]),
        ("inputs: []", ["expectations/pred_x.yml", "`inputs`", "`input:` and `output:`"]),
        ("- a", ["expectations/pred_x.yml", "`input:` and `output:`"]),
        ("input: [{kwargs: {}}]", ["`input.0.type`", "required"]),
        ("input: [{type: not_null}]", ["`input.0.type`", "expect_"]),
        ("input: [{type: expect_x, severity: bad}]", ["'critical', 'warning' or 'info'"]),
        ("input: [{type: expect_x, column: a}]", ["`input.0.column`", "type, kwargs, severity"]),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, phrases: list[str]) -> None:
    with pytest.raises(SpecError) as refused:
        suite(tmp_path, text)
    for phrase in phrases:
        assert phrase in str(refused.value)


@pytest.mark.parametrize(
    ("status", "severity", "blocks", "warns"),
    [
        ("pass", "critical", False, False),
        ("fail", "critical", True, False),
        ("error", "critical", True, False),
        ("fail", "warning", False, True),
        ("error", "warning", False, True),
        ("fail", "info", False, False),
    ],
)
def test_what_stops_and_what_warns(status: str, severity: str, blocks: bool, warns: bool) -> None:
    line = Expectation(
        type="expect_column_values_to_be_between",
        kwargs={"column": "score", "max_value": 1},
        severity=severity,  # type: ignore[arg-type]
    )
    result = Result("output", line, status, "2 of 9 rows", 0.1)  # type: ignore[arg-type]
    assert (result.blocks, result.warns) == (blocks, warns)
    verb = "could not be evaluated" if status == "error" else "failed"
    assert result.sentence() == (
        f"output gate: score column values to be between max_value 1 {verb}: 2 of 9 rows"
    )
