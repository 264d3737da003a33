"""A column of every dataset that says which dbt build its rows come from.

It is computed inside the query that reads the rows, on the same file: whatever a chart shows and
this column come from one build.
"""

from __future__ import annotations

from typing import Any

BUILD_COLUMN = "shown_build"
_EXPRESSION = (
    "(select strftime(today, '%Y-%m-%d') || ', published ' "
    "|| strftime(published_at, '%Y-%m-%d %H:%M:%S') || ' UTC, build ' || build_id "
    "from foretell_build)"
)


def build_column() -> dict[str, Any]:
    """The column as Superset imports it."""
    return {
        "column_name": BUILD_COLUMN,
        "verbose_name": "Build",
        "description": "The dbt build that these rows come from: the day that it was as of, when "
        "it was published, and dbt's id of it.",
        "type": "VARCHAR",
        "expression": _EXPRESSION,
        "is_dttm": False,
        "groupby": True,
        "filterable": True,
    }
