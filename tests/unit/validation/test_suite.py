"""Reading a suite: strict, with the file and the line named in each refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from foretell.errors import SpecError
from foretell.validation.results import Result, worst_of_each
from foretell.validation.suite import Expectation, Line, Suite, read_suite

if TYPE_CHECKING:
    from pathlib import Path


def suite(tmp_path: Path, text: str) -> Suite:
    file = tmp_path / "expectations" / "pred_x.yml"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    return read_suite(file)


@pytest.mark.parametrize("text", [None, "", "# nothing yet\n"])
def test_no_file_and_an_empty_file_expect_nothing(tmp_path: Path, text: str | None) -> None:
    found = (
        read_suite(tmp_path / "expectations" / "pred_x.yml")
        if text is None
        else suite(tmp_path, text)
    )
    assert found == Suite("expectations/pred_x.yml")


def test_lines_are_critical_unless_they_say_otherwise_and_know_where_they_stand(
    tmp_path: Path,
) -> None:
    read = suite(
        tmp_path,
        """
# of x
input:
  - type: expect_column_values_to_not_be_null
    kwargs: {column: a}
  # a comment
  - {type: expect_table_row_count_to_be_between, kwargs: {min_value: 1}, severity: warning}
output:
  - kwargs: {column: score}
    type: expect_column_values_to_be_between
    description: Words
    rows: newest
max_quarantined: 0.05
""",
    )
    assert [line.expectation.severity for line in read.at("input")] == ["critical", "warning"]
    assert [line.where for line in (*read.input, *read.output)] == [
        "expectations/pred_x.yml:4",
        "expectations/pred_x.yml:7",
        "expectations/pred_x.yml:9",
    ]
    (line,) = read.at("output")
    assert (line.expectation.description, line.expectation.rows) == ("Words", "newest")
    assert line.expectation.kwargs == {"column": "score"}
    assert read.max_quarantined == 0.05


def test_a_suite_of_another_relation_has_one_list(tmp_path: Path) -> None:
    read = suite(
        tmp_path,
        "relation: fct_x\nexpectations: [{type: expect_column_to_exist, kwargs: {column: a}}]",
    )
    assert read.relation == "fct_x"
    assert [line.columns for line in read.input] == [("a",)]


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("a: 1\ninput: [", ["expectations/pred_x.yml:2", "no valid YAML"]),
        ("inputs: []", ["expectations/pred_x.yml:1", "`inputs`", "`input:` and `output:`"]),
        ("- a", ["expectations/pred_x.yml:1", "`input:` and `output:`"]),
        ("\ninput:\n  - kwargs: {}", ["pred_x.yml:3: `input.0.type`", "required"]),
        ("input: [{type: not_null}]", ["`input.0.type`", "expect_"]),
        (
            "input:\n  - type: expect_x\n    kwargs: {}\n    severity: bad",
            ["pred_x.yml:4", "'critical', 'warning' or 'info'"],
        ),
        ("input: [{type: expect_x, column: a}]", ["`input.0.column`", "type, kwargs, severity"]),
        ("relation: x\ninput: [{type: expect_x}]", ["for predictions"]),
        ("expectations: [{type: expect_x}]", ["names its `relation:`"]),
        ("input: [{type: expect_x, kwargs: {min_value: .nan}}]", ["`min_value` is NaN"]),
        ("input: [{type: expect_x, kwargs: {value_set: [1, .nan]}}]", ["`value_set` is NaN"]),
        ("max_quarantined: .nan", ["`max_quarantined`"]),
        ("max_quarantined: 5", ["`max_quarantined`", "less than or equal to 1"]),
        (
            "output:\n  - {type: expect_x, on_failure: quarantine}",
            ["pred_x.yml:1", "`on_failure: quarantine` is for `input:`"],
        ),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, phrases: list[str]) -> None:
    with pytest.raises(SpecError) as refused:
        suite(tmp_path, text)
    for phrase in phrases:
        assert phrase in str(refused.value)


def line(severity: str, **more: object) -> Line:
    said = Expectation(
        type="expect_column_values_to_be_between",
        kwargs={"column": "score", "max_value": 1},
        severity=severity,  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )
    return Line(said, "written", "expectations/pred_x.yml:1")


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
    result = Result("output", line(severity), status, "2 of 9 rows", 0.1)  # type: ignore[arg-type]
    assert (result.blocks, result.warns) == (blocks, warns)
    what = "score column values to be between max_value 1"
    assert result.sentence() == (
        f"output gate: expectations/pred_x.yml:1: {what}: could not be evaluated: 2 of 9 rows"
        if status == "error"
        else f"output gate: {what}; found 2 of 9 rows"
    )


def test_a_line_that_sets_rows_aside_warns_unless_it_could_not_be_evaluated() -> None:
    aside = line("critical", on_failure="quarantine")
    failed = Result("input", aside, "fail", "2 of 9 rows", 0.1)
    broken = Result("input", aside, "error", "no such column", 0.1)
    assert (failed.blocks, failed.warns) == (False, True)
    assert (broken.blocks, broken.warns) == (True, False)


def test_a_warning_about_what_stops_the_run_already_is_not_said_twice() -> None:
    stops = Result("input", line("critical"), "fail", "9", 0.1)
    again = Result("input", line("warning"), "fail", "9", 0.1)
    other = Result("input", line("warning", rows="newest"), "fail", "9", 0.1)
    assert worst_of_each([stops, again, other]) == [stops, other]
