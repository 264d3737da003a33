"""Every name that a file of ``dashboards/`` mentions must exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from foretell.dashboards.written.specs import BarSpec, CurveSpec, LineSpec, TableSpec, WordsSpec
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from foretell.dashboards.declared.entity_links import EntityLink
    from foretell.dashboards.written.specs import ChartSpec, DashboardSpec, DatasetSpec


def look_up(
    folder: str,
    spec: DashboardSpec,
    charts: Mapping[str, ChartSpec],
    datasets: Mapping[str, DatasetSpec],
    files: Mapping[str, Path],
) -> None:
    """Refuse a dashboard that mentions a chart, dataset, metric or column that is not there.

    Raises:
        SupersetError: it does; says in which file, and what there is.

    """
    for name, chart in charts.items():
        _look_up_chart(files[f"{folder}/{name}"], chart, datasets)
        if isinstance(chart, LineSpec) and chart.events and chart.events.chart not in charts:
            raise _unknown(files[f"{folder}/{name}"], "chart", chart.events.chart, charts)
    for row in spec.all_rows:
        for cell in row.cells:
            if cell.chart is not None and cell.chart not in charts:
                raise _unknown(files[folder], "chart", cell.chart, charts)
    for one in spec.filters:
        if one.dataset is not None and one.dataset not in datasets:
            raise _unknown(files[folder], "dataset", one.dataset, datasets)


def look_up_link(link: EntityLink, pages: Mapping[str, DashboardSpec]) -> None:
    """See that the dashboard that an entity's link names is there and can be asked for one entity.

    Raises:
        SupersetError: it is not, or it cannot.

    """
    if link.dashboard is None:
        return
    page = pages.get(link.dashboard)
    if page is None:
        raise SupersetError(
            f"{link.said_in}: `entity_link: {link.said}` names no dashboard; there are "
            f"{', '.join(sorted(pages))}"
        )
    if not page.filters or page.filters[0].column != link.entity:
        raise SupersetError(
            f"{link.said_in}: `entity_link: {link.said}` leads to a dashboard that cannot be "
            f"asked for one {link.entity}; let that be the column of its first filter"
        )


def _look_up_chart(path: Path, chart: ChartSpec, datasets: Mapping[str, DatasetSpec]) -> None:
    if chart.dataset not in datasets:
        raise _unknown(path, "dataset", chart.dataset, datasets)
    dataset = datasets[chart.dataset]
    if isinstance(chart, TableSpec | WordsSpec):
        return
    metrics = (
        chart.metrics if isinstance(chart, LineSpec | CurveSpec | BarSpec) else (chart.metric,)
    )
    for metric in metrics:
        if metric not in dataset.metrics:
            raise _unknown(path, "metric", metric, dataset.metrics)
    if chart.kind in {"line", "trend"} and dataset.date is None:
        raise SupersetError(f"{path} runs over time, but dataset {chart.dataset!r} has no `date`.")


def wanted_columns(chart: ChartSpec) -> list[str]:
    """Columns of its dataset that a chart shows, sorts by or formats."""
    match chart:
        case TableSpec():
            named = [*chart.columns, *chart.bars, *chart.widths, *chart.colors, chart.sort]
        case WordsSpec():
            named = [chart.column, chart.sort]
        case LineSpec():
            named = [chart.by]
        case CurveSpec() | BarSpec():
            named = [chart.x, chart.by]
        case _:
            named = [getattr(chart, "x", None), getattr(chart, "y", None)]
    return [name for name in named if name]


def _unknown(path: Path, what: str, name: str, known: Mapping[str, object]) -> SupersetError:
    return SupersetError(f"{path} mentions {what} {name!r}; there is {sorted(known)}.")
