"""What every chart has in common: its settings, its query, and the rows that it leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foretell.dashboards.written.specs import ChartSpec, DatasetSpec

_ANY_TIME = "No filter"


@dataclass(frozen=True)
class BuiltChart:
    """Superset's settings of a chart and the query that fills it."""

    viz_type: str
    params: dict[str, Any]
    query: dict[str, Any]


def axis(column: str) -> dict[str, Any]:
    """A column as the axis that values run along."""
    return {
        "columnType": "BASE_AXIS",
        "expressionType": "SQL",
        "label": column,
        "sqlExpression": '"' + column.replace('"', '""') + '"',
    }


def finish(built: BuiltChart, chart: ChartSpec, dataset: DatasetSpec) -> BuiltChart:
    """The same with its condition, a place for the period that a reader may choose, and options."""
    filters: list[dict[str, Any]] = []
    query: dict[str, Any] = {"extras": {}, "filters": [], **built.query}
    if chart.where:
        filters.append({"expressionType": "SQL", "clause": "WHERE", "sqlExpression": chart.where})
        query["extras"] = {"where": f"({chart.where})"}
    if dataset.date:
        filters.append(
            {
                "expressionType": "SIMPLE",
                "clause": "WHERE",
                "subject": dataset.date,
                "operator": "TEMPORAL_RANGE",
                "comparator": _ANY_TIME,
            }
        )
        query["filters"] = [{"col": dataset.date, "op": "TEMPORAL_RANGE", "val": _ANY_TIME}]
    params = {**built.params, "adhoc_filters": filters, **chart.options}
    return BuiltChart(built.viz_type, params, query)
