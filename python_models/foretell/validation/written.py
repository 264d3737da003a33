"""The gates of a prediction as somebody wrote them, checked as far as that needs no data."""

from __future__ import annotations

from foretell.request import Request
from foretell.validation.gate import check_lines
from foretell.validation.rows import check_row_choice
from foretell.validation.suite import Suite, read_suite


def read_written(request: Request) -> Suite:
    """The prediction's suite; an empty one where nobody wrote any.

    Raises
    ------
    SpecError
        A line cannot be evaluated, whatever the data; names the file and the line.
    """
    suite = read_suite(request.suite)
    lines = (*suite.input, *suite.output)
    for line in lines:
        check_row_choice(line, request.views)
    check_lines(lines, custom=request.suite.parent / "custom")
    return suite
