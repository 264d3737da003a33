"""A column of every dataset that says which dbt build its rows come from.

It is computed inside the query that reads the rows. In a serving copy, whatever a chart shows and
this column come from one build. Where dashboards read the warehouse itself, it is the last build
that ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foretell.warehouse.served import Served

BUILD_COLUMN = "shown_build"


def build_column(served: Served) -> dict[str, Any]:
    """The column as Superset imports it."""
    day = served.dialect.written_date("today", "%Y-%m-%d")
    instant = served.dialect.written_date("published_at", "%Y-%m-%d %H:%M:%S")
    expression = (
        f"(select {day} || ', published ' || {instant} || ' UTC, build ' || build_id "
        "from foretell_build)"
    )
    return {
        "column_name": BUILD_COLUMN,
        "verbose_name": "Build",
        "description": "The dbt build that these rows come from: the day that it was as of, when "
        "it was published, and dbt's id of it.",
        "type": "VARCHAR",
        "expression": served.placed(expression),
        "is_dttm": False,
        "groupby": True,
        "filterable": True,
    }
