"""Who would notice a change: the predictions, and the charts that people look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from foretell.dashboards.declared.manifest import (
    Manifest,
    dialect_of,
    is_prediction,
    relations_of,
)
from foretell.dashboards.lineage.reach import (
    Touch,
    downstream,
    find_node,
    is_feature_view,
    touched_features,
)
from foretell.dashboards.written.mentioned import wanted_columns
from foretell.dashboards.written.specs import (
    BarSpec,
    CurveSpec,
    HeatmapSpec,
    LineSpec,
    NumberSpec,
    TrendSpec,
)
from foretell.warehouse.serving import DIALECT as SERVED_IN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from foretell.dashboards.written.folder import Assets
    from foretell.dashboards.written.specs import ChartSpec, DatasetSpec

_STORES = "foretell"  # dbt package whose views show what predictions wrote


@dataclass(frozen=True)
class TouchedPrediction:
    """A prediction with the features that may be other, by view; and what else it reads."""

    name: str
    title: str
    is_sure: bool
    features: Mapping[str, list[str]]
    others: tuple[str, ...]


@dataclass(frozen=True)
class TouchedDashboard:
    """A dashboard with the names of its charts that may show something else."""

    name: str
    title: str
    charts: tuple[str, ...]
    total: int


@dataclass(frozen=True)
class Impact:
    """All that a change may touch; ``is_column`` if only one column changes."""

    asked: str
    is_column: bool
    models: tuple[str, ...]
    predictions: tuple[TouchedPrediction, ...]
    datasets: tuple[str, ...]
    dashboards: tuple[TouchedDashboard, ...]


def impact_of(asked: str, manifest: Manifest, assets: Assets) -> Impact:
    """What a change of ``model`` or ``model.column`` may touch.

    Raises:
        ForetellError: there is no such model or column.

    """
    start, column = find_node(manifest, asked)
    touched = downstream(manifest, start, column)
    nodes = {one["unique_id"]: one for one in relations_of(manifest)}
    predictions = tuple(
        _prediction(nodes[key], touch, touched, nodes, dialect_of(manifest))
        for key, touch in touched.items()
        if is_prediction(nodes[key])
    )
    relations = {nodes[key]["alias"]: touch for key, touch in touched.items()}
    stores = {one["alias"] for one in nodes.values() if one["package_name"] == _STORES}
    if predictions:
        relations |= {alias: Touch(None, is_sure=False) for alias in stores}
    stores.add("foretell_build")  # made with each serving copy
    known = {one["name"] for one in nodes.values() if is_prediction(one)}
    datasets = {
        name: touch
        for name, spec in assets.datasets.items()
        if (touch := _dataset(spec, relations, stores)) is not None
    }
    about = {one.name for one in predictions}
    return Impact(
        asked=asked,
        is_column=column is not None,
        models=tuple(
            nodes[key]["name"]
            for key in touched
            if key != start["unique_id"] and not is_prediction(nodes[key])
        ),
        predictions=tuple(sorted(predictions, key=lambda one: one.name)),
        datasets=tuple(sorted(datasets)),
        dashboards=tuple(_dashboards(assets, datasets, about, known)),
    )


def _prediction(
    node: Mapping[str, Any],
    touch: Touch,
    touched: Mapping[str, Touch],
    nodes: Mapping[str, dict[str, Any]],
    dialect: str,
) -> TouchedPrediction:
    parents = [key for key in node["depends_on"]["nodes"] if key in touched]
    views = {key for key in parents if is_feature_view(nodes[key])}
    found = {
        nodes[key]["name"]: names
        for key in sorted(views)
        if (names := touched_features(nodes[key], touched[key]))
    }
    return TouchedPrediction(
        name=node["name"],
        title=str((node["config"].get("meta") or {}).get("title") or ""),
        is_sure=touch.is_sure,
        features=found,
        others=tuple(
            sorted(
                nodes[key]["name"]
                for key in parents
                if key not in views and touched[key].in_sql(node["raw_code"], dialect)
            )
        ),
    )


def _dataset(spec: DatasetSpec, relations: Mapping[str, Touch], stores: set[str]) -> Touch | None:
    # The stores hold rows of all predictions: they only decide where nothing else is read.
    own = [one for one in spec.relations if one not in stores]
    found: Touch | None = None
    for relation in own or spec.relations:
        if relation not in relations:
            continue
        touch = relations[relation]
        new = touch.in_sql(spec.sql, SERVED_IN) if spec.sql else touch
        if new is not None:
            found = found | new if found else new
    return found


def _dashboards(
    assets: Assets, datasets: Mapping[str, Touch], about: set[str], known: set[str]
) -> list[TouchedDashboard]:
    found = []
    for name, dashboard in sorted(assets.dashboards.items()):
        charts = tuple(
            chart.name
            for chart in dashboard.charts.values()
            if chart.dataset in datasets
            and _is_about(chart, about, known)
            and _shows(chart, assets.datasets[chart.dataset], datasets[chart.dataset])
        )
        if charts:
            found.append(
                TouchedDashboard(name, dashboard.spec.title, charts, len(dashboard.charts))
            )
    return found


def _is_about(chart: ChartSpec, about: set[str], known: set[str]) -> bool:
    """Whether a chart that is narrowed to one prediction is narrowed to a touched one."""
    named = {name for name in known if f"'{name}'" in (chart.where or "")}
    return not named or bool(named & about)


def _shows(chart: ChartSpec, dataset: DatasetSpec, touch: Touch) -> bool:
    """Whether the chart shows any of the columns, or a metric made of them."""
    return touch.names(
        [
            *wanted_columns(chart),
            *(dataset.metrics[name].sql for name in _metrics(chart)),
            chart.where or "",
            *([dataset.date] if dataset.date and chart.kind in {"line", "trend"} else []),
        ]
    )


def _metrics(chart: ChartSpec) -> tuple[str, ...]:
    if isinstance(chart, LineSpec | CurveSpec | BarSpec):
        return chart.metrics
    return (chart.metric,) if isinstance(chart, NumberSpec | TrendSpec | HeatmapSpec) else ()
