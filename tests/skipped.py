"""Tests that a machine without a browser skips, and the line that says so at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

NO_BROWSER = "No Chromium found"


def line_about_browser_tests(skipped: Iterable[pytest.TestReport]) -> str:
    """How many tests a browser would have let run, and which package brings one; or nothing."""
    count = sum(NO_BROWSER in str(report.longrepr) for report in skipped)
    if not count:
        return ""
    return f"{count} tests that look at pages were skipped: install the package chromium."
