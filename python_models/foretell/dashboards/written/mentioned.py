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

    Raises
    ------
    SupersetError
        It does; says in which file, and what there is.
    """
    for name, chart in charts.items():
        _look_up_chart(files[f"{folder}/{name}"], chart, datasets)
        if isinstance(chart, LineSpec) and chart.events and chart.events.chart not in charts:
            raise _unknown(files[f"{folder}/{name}"], "chart", chart.events.chart, charts)
    for row in spec.all_rows:
        for cell in row.cells:
            if cell.chart is not None and cell.chart not in charts:
                raise _unknown(files[folder], "chart", cell.chart, charts)
    for filter_spec in spec.filters:
        if filter_spec.dataset is not None and filter_spec.dataset not in datasets:
            raise _unknown(files[folder], "dataset", filter_spec.dataset, datasets)


def look_up_link(link: EntityLink, pages: Mapping[str, DashboardSpec]) -> None:
    """See that the dashboard that an entity's link names is there and can be asked for one entity.

    Raises
    ------
    SupersetError
        It is not, or it cannot.
    """
    if link.dashboard is None:
        return
    page = pages.get(link.dashboard)
    if page is None:
        raise SupersetError(
            f"{link.declared_in}: `entity_link: {link.target}` names no dashboard; there are "
            f"{', '.join(sorted(pages))}"
        )
    if not page.filters or page.filters[0].column != link.entity:
        raise SupersetError(
            f"{link.declared_in}: `entity_link: {link.target}` leads to a dashboard that cannot be "
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
            columns = [*chart.columns, *chart.bars, *chart.widths, *chart.colors, chart.sort]
        case WordsSpec():
            columns = [chart.column, chart.sort]
        case LineSpec():
            columns = [chart.by]
        case CurveSpec() | BarSpec():
            columns = [chart.x, chart.by]
        case _:
            columns = [getattr(chart, "x", None), getattr(chart, "y", None)]
    return [column for column in columns if column]


def _unknown(path: Path, kind: str, name: str, names: Mapping[str, object]) -> SupersetError:
    return SupersetError(f"{path} mentions {kind} {name!r}; there is {sorted(names)}.")
