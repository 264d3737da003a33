"""Who would notice a change: the predictions, and the charts that people look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from foretell.dashboards.declared.manifest import (
    Manifest,
    dialect_of,
    is_prediction,
    relations_of,
    served_in,
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

if TYPE_CHECKING:
    from collections.abc import Mapping

    from foretell.dashboards.written.folder import Assets
    from foretell.dashboards.written.specs import ChartSpec, DatasetSpec

_STORES = "foretell"  # dbt package whose views show what predictions wrote


@dataclass(frozen=True)
class TouchedPrediction:
    """A prediction: its features that may change, by view; and the other relations it reads."""

    name: str
    title: str
    is_sure: bool
    features: Mapping[str, list[str]]
    relations: tuple[str, ...]


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

    target: str
    is_column: bool
    models: tuple[str, ...]
    predictions: tuple[TouchedPrediction, ...]
    datasets: tuple[str, ...]
    dashboards: tuple[TouchedDashboard, ...]


def impact_of(target: str, manifest: Manifest, assets: Assets) -> Impact:
    """What a change of ``model`` or ``model.column`` may touch.

    Raises
    ------
    ForetellError
        There is no such model or column.
    """
    start, column = find_node(manifest, target)
    touched = downstream(manifest, start, column)
    nodes = {node["unique_id"]: node for node in relations_of(manifest)}
    predictions = tuple(
        _prediction(nodes[key], touch, touched, nodes, dialect_of(manifest))
        for key, touch in touched.items()
        if is_prediction(nodes[key])
    )
    relations = {nodes[key]["alias"]: touch for key, touch in touched.items()}
    stores = {node["alias"] for node in nodes.values() if node["package_name"] == _STORES}
    if predictions:
        relations |= {alias: Touch(None, is_sure=False) for alias in stores}
    stores.add("foretell_build")  # made at the end of each build
    all_names = {node["name"] for node in nodes.values() if is_prediction(node)}
    datasets = {
        name: touch
        for name, spec in assets.datasets.items()
        if (touch := _dataset(spec, relations, stores, served_in(manifest))) is not None
    }
    touched_names = {prediction.name for prediction in predictions}
    return Impact(
        target=target,
        is_column=column is not None,
        models=tuple(
            nodes[key]["name"]
            for key in touched
            if key != start["unique_id"] and not is_prediction(nodes[key])
        ),
        predictions=tuple(sorted(predictions, key=lambda prediction: prediction.name)),
        datasets=tuple(sorted(datasets)),
        dashboards=tuple(_dashboards(assets, datasets, touched_names, all_names)),
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
    features = {
        nodes[key]["name"]: names
        for key in sorted(views)
        if (names := touched_features(nodes[key], touched[key]))
    }
    return TouchedPrediction(
        name=node["name"],
        title=str((node["config"].get("meta") or {}).get("title") or ""),
        is_sure=touch.is_sure,
        features=features,
        relations=tuple(
            sorted(
                nodes[key]["name"]
                for key in parents
                if key not in views and touched[key].in_sql(node["raw_code"], dialect)
            )
        ),
    )


def _dataset(
    spec: DatasetSpec, relations: Mapping[str, Touch], stores: set[str], dialect: str
) -> Touch | None:
    # The stores hold rows of all predictions: they only decide where nothing else is read.
    own = [name for name in spec.relations if name not in stores]
    union: Touch | None = None
    for relation in own or spec.relations:
        if relation not in relations:
            continue
        touch = relations[relation]
        effect = touch.in_sql(spec.sql, dialect) if spec.sql else touch
        if effect is not None:
            union = union | effect if union else effect
    return union


def _dashboards(
    assets: Assets, datasets: Mapping[str, Touch], touched_names: set[str], all_names: set[str]
) -> list[TouchedDashboard]:
    dashboards = []
    for name, dashboard in sorted(assets.dashboards.items()):
        charts = tuple(
            chart.name
            for chart in dashboard.charts.values()
            if chart.dataset in datasets
            and _is_about(chart, touched_names, all_names)
            and _shows(chart, assets.datasets[chart.dataset], datasets[chart.dataset])
        )
        if charts:
            dashboards.append(
                TouchedDashboard(name, dashboard.spec.title, charts, len(dashboard.charts))
            )
    return dashboards


def _is_about(chart: ChartSpec, touched_names: set[str], all_names: set[str]) -> bool:
    """Whether a chart that is narrowed to one prediction is narrowed to a touched one."""
    named = {name for name in all_names if f"'{name}'" in (chart.where or "")}
    return not named or bool(named & touched_names)


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
