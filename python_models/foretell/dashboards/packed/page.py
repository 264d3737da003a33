"""What belongs to a page as a whole: its filters, and the style that charts ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from foretell.dashboards.packed.layout import tab_id
from foretell.dashboards.written.specs import WordsSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from foretell.dashboards.written.specs import ChartSpec, DashboardSpec, FilterSpec

# Text needs no heading of a table. It keeps a pixel of height: a table whose head has none stays
# invisible.
_WORDS = """
{chart} th {{
  height: 1px; padding: 0 !important; border: none !important;
  font-size: 0; line-height: 0; color: transparent;
}}
{chart} th svg {{ display: none !important; }}
{chart} tr, {chart} td {{
  border: none !important; background: none !important; padding: 0 !important;
}}
"""
_BARE = '\n{chart} [data-test="slice-header"] {{ display: none !important; }}\n'
_EMPTY = """
{chart} [aria-label="empty"] > *, {chart} [aria-label="empty"] ~ * {{ display: none !important; }}
{chart} [aria-label="empty"]::after {{
  content: "{text}"; display: block; max-width: 480px; margin: 0 auto; padding: 24px 16px;
  text-align: center; font-size: 14px; line-height: 1.5; color: #595959;
}}
"""


def native_filters(spec: DashboardSpec, dataset_uuid: Callable[[str], str]) -> list[dict[str, Any]]:
    """The filter bar, for every chart of the page that has the column."""
    tabs = {tab.title: tab_id(number) for number, tab in enumerate(spec.tabs, start=1)}
    return [
        _select(shared, filter_spec, dataset_uuid(filter_spec.dataset))
        if filter_spec.dataset
        else _period(shared)
        for filter_spec, shared in (
            (filter_spec, _shared(filter_spec, number, tabs))
            for number, filter_spec in enumerate(spec.filters, start=1)
        )
    ]


def _select(shared: dict[str, Any], filter_spec: FilterSpec, dataset: str) -> dict[str, Any]:
    return {
        **shared,
        "filterType": "filter_select",
        **({"requiredFirst": True} if filter_spec.first else {}),
        "targets": [{"datasetUuid": dataset, "column": {"name": filter_spec.column}}],
        "controlValues": {
            "enableEmptyFilter": filter_spec.first,
            "defaultToFirstItem": filter_spec.first,
            "multiSelect": filter_spec.multiple,
            "searchAllOptions": False,
            "inverseSelection": False,
        },
    }


def _period(shared: dict[str, Any]) -> dict[str, Any]:
    return {
        **shared,
        "filterType": "filter_time",
        "targets": [{}],
        "controlValues": {"enableEmptyFilter": False},
    }


def _shared(filter_spec: FilterSpec, number: int, tabs: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": f"NATIVE_FILTER-{number}",
        "type": "NATIVE_FILTER",
        "name": filter_spec.name,
        "description": filter_spec.description,
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "cascadeParentIds": [],
        "scope": {
            "rootPath": [tabs[filter_spec.tab] if filter_spec.tab else "ROOT_ID"],
            "excluded": [],
        },
    }


def style(spec: DashboardSpec, charts: Mapping[str, ChartSpec]) -> str:
    """The page's own CSS, and what its charts need."""
    parts = [spec.css]
    on_page = {cell.chart for row in spec.all_rows for cell in row.cells if cell.chart}
    for name in sorted(on_page):
        chart = charts[name]
        # The chart's name, whatever title the page shows.
        selector = f'[data-test-chart-name="{_quoted(chart.name)}"]'
        if isinstance(chart, WordsSpec):
            parts.append(_WORDS.format(chart=selector))
            parts += [_BARE.format(chart=selector)] if chart.bare else []
        if chart.empty:
            parts.append(_EMPTY.format(chart=selector, text=_quoted(chart.empty)))
    return "".join(parts)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
