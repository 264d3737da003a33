"""Tests that a machine without a program skips, and the line that says so at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

NO_BROWSER = "No Chromium found"
NO_POSTGRES = "No Postgres found"
#: What such tests do, and the package that lets them run.
_NEEDED = {NO_BROWSER: ("look at pages", "chromium"), NO_POSTGRES: ("need Postgres", "postgresql")}


def line_about_skipped_tests(skipped: Iterable[pytest.TestReport]) -> str:
    """How many tests a program would have let run, and which package brings it; or nothing."""
    reasons = [str(report.longrepr) for report in skipped]
    lines = []
    for reason, (what, package) in _NEEDED.items():
        if count := sum(reason in text for text in reasons):
            lines.append(f"{count} tests that {what} were skipped: install the package {package}.")
    return "\n".join(lines)
