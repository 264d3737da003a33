"""Which tables render HTML, and what they show of every other column: its text.

Superset renders HTML in all cells of a table or in none. A table does so where it shows a column
that its dataset declares as HTML; of every other column that can hold text it then shows another
column of the dataset, in which what could be a tag is escaped. The columns themselves stay as they
are: filters, conditions and the order of rows go by what is stored.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from foretell.dashboards.written.html_text import cell
from foretell.dashboards.written.shown_build import BUILD_COLUMN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from foretell.dashboards.packed.built import BuiltChart
    from foretell.dashboards.written.columns import Columns
    from foretell.dashboards.written.specs import DatasetSpec

_SUFFIX = " (as text)"
_HOLDS_NO_TEXT = re.compile(
    r"BOOLEAN|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\([\d,]+\)"
    r"|DATE|TIME(STAMP(_\w+)?)?( WITH TIME ZONE)?|INTERVAL|UUID"
)


def stored_name(name: str) -> str:
    """The column that a table shows the text of; any other name as it is.

    >>> stored_name("reason_1 (as text)")
    'reason_1'
    """
    return name.removesuffix(_SUFFIX)


def with_stored_names(settings: Any) -> Any:
    """Settings of a chart as its file says them, which names no column of our own making."""
    if isinstance(settings, str):
        return stored_name(settings)
    if isinstance(settings, dict):
        return {stored_name(key): with_stored_names(one) for key, one in settings.items()}
    if isinstance(settings, list):
        return [with_stored_names(one) for one in settings]
    return settings


def with_html_where_declared(
    built: BuiltChart, dataset: DatasetSpec, columns: Columns
) -> BuiltChart:
    """Settings of a table that renders HTML only in columns declared as such; others unchanged.

    Parameters
    ----------
    columns
        DuckDB types of the dataset's columns. A table that shows anything else, such as SQL of its
        own, renders no HTML.
    """
    if built.viz_type != "table":
        return built
    params, query = built.params, built.query
    listed = params.get("all_columns") or []
    names = [stored_name(one) for one in listed if isinstance(one, str)]
    declared = {name for name, column in dataset.columns.items() if column.html}
    renders = (
        params.get("query_mode") == "raw"
        and not declared.isdisjoint(names)
        and len(names) == len(listed)
        and {*columns, BUILD_COLUMN}.issuperset(names)
    )

    def shown(one: Any) -> Any:
        if not isinstance(one, str):
            return one
        name = stored_name(one)
        safe = name in declared or name == BUILD_COLUMN or name not in columns
        return name if not renders or safe or _holds_no_text(columns[name]) else name + _SUFFIX

    return replace(
        built,
        params={
            **params,
            "all_columns": [shown(one) for one in listed],
            "column_config": {
                shown(one): kept for one, kept in (params.get("column_config") or {}).items()
            },
            "conditional_formatting": [
                {**one, "column": shown(one.get("column"))}
                for one in params.get("conditional_formatting") or []
            ],
            "allow_render_html": renders,
        },
        query={**query, "columns": [shown(one) for one in query.get("columns") or []]},
    )


def text_columns(charts: Iterable[BuiltChart]) -> list[str]:
    """Columns of a dataset of which its charts show the text, by the charts' settings."""
    listed = (one for chart in charts for one in chart.params.get("all_columns") or [])
    return sorted({stored_name(one) for one in listed if str(one).endswith(_SUFFIX)})


def text_column(stored: dict[str, Any]) -> dict[str, Any]:
    """The column with the text of another one, as Superset imports it."""
    name = stored["column_name"]
    return {
        **stored,
        "column_name": name + _SUFFIX,
        "description": f"{name}, as tables show it that render HTML.",
        "type": "VARCHAR",
        "expression": cell('"' + name.replace('"', '""') + '"'),
        "filterable": False,
    }


def _holds_no_text(kind: str) -> bool:
    return _HOLDS_NO_TEXT.fullmatch(kind) is not None
