"""Limits that no data can keep, or that all data keep: refused with the file and the line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from foretell.errors import SpecError
from foretell.validation.gate import check_lines
from foretell.validation.suite import read_suite

if TYPE_CHECKING:
    from pathlib import Path

COLUMN = "expect_column_{}_to_be_between, kwargs: {{column: a{}}}"
QUANTILES = (
    "expect_column_quantile_values_to_be_between, kwargs: {{column: a, quantile_ranges: {}}}"
)
NOTHING = "without a limit nothing can fail"


def check(tmp_path: Path, line: str) -> None:
    file = tmp_path / "expectations" / "pred_x.yml"
    file.parent.mkdir()
    file.write_text(f"# Ours.\ninput:\n  - {{type: {line}}}\n", encoding="utf-8")
    check_lines(read_suite(file).input, custom=file.parent / "custom")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            COLUMN.format("mean", ", min_value: 3, max_value: 2.5"),
            "min_value 3 is above max_value 2.5",
        ),
        (
            COLUMN.format("values", ", min_value: 3, max_value: 2"),
            "min_value 3 is above max_value 2",
        ),
        (
            COLUMN.format("max", ", min_value: 2025-02-01, max_value: 2025-01-31"),
            "min_value 2025-02-01 is above max_value 2025-01-31",
        ),
        ("expect_mean_score_between, kwargs: {min_value: 1, max_value: 0}", "is above max_value 0"),
        ("expect_table_row_count_to_be_between", NOTHING),
        (COLUMN.format("unique_value_count", ""), NOTHING),
        ("expect_mean_score_between", NOTHING),
        (
            QUANTILES.format("{quantiles: [0.5, 0.9], value_ranges: [[1, 2], [3, 2]]}"),
            "min_value 3 of the quantile 0.9 is above max_value 2",
        ),
        (QUANTILES.format("{quantiles: [0.5], value_ranges: [[null, null]]}"), NOTHING),
        (
            QUANTILES.format("{quantiles: [0.5], value_ranges: []}"),
            "1 quantiles and 0 value_ranges",
        ),
    ],
)
def test_limits_that_cannot_be_meant_are_refused(tmp_path: Path, line: str, problem: str) -> None:
    with pytest.raises(SpecError) as refusal:
        check(tmp_path, line)
    assert "expectations/pred_x.yml:3: " in str(refusal.value)
    assert problem in str(refusal.value)


@pytest.mark.parametrize(
    "line",
    [
        COLUMN.format("mean", ", min_value: 3, max_value: 3"),
        COLUMN.format("min", ", max_value: 2025-01-31"),
        COLUMN.format("value_lengths", ", min_value: 1"),
        QUANTILES.format("{quantiles: [0.5, 0.9], value_ranges: [[1, 1], [null, 2]]}"),
        "expect_table_row_count_to_equal, kwargs: {value: 3}",
    ],
)
def test_one_limit_or_two_that_are_one_are_fine(tmp_path: Path, line: str) -> None:
    check(tmp_path, line)
