"""dbt's own metrics, as SQL over one relation: how headline figures get into dashboards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from foretell.dashboards.declared.metric_filters import CannotExpressError, condition_sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    from foretell.dashboards.declared.manifest import Manifest

_AGGREGATES = {
    "sum": "sum({})",
    "min": "min({})",
    "max": "max({})",
    "average": "avg({})",
    "count": "count({})",
    "count_distinct": "count(distinct {})",
    "sum_boolean": "sum(cast({} as integer))",
    "median": "percentile_cont(0.5) within group (order by {})",
}
_HEADLINES = 5


@dataclass(frozen=True)
class Kpi:
    """One dbt metric; ``source`` is the semantic model that it is measured on."""

    name: str
    label: str
    description: str
    format: str | None
    sql: str
    source: str


@dataclass(frozen=True)
class KpiSource:
    """One semantic model whose relation is served, with its metrics."""

    name: str
    label: str
    relation: str
    date: str
    kpis: tuple[Kpi, ...]

    @property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """The metrics as a dataset writes them: certified, since dbt defines them."""
        return {
            kpi.name: {
                "sql": kpi.sql,
                "label": kpi.label,
                "description": kpi.description or None,
                "format": kpi.format,
                "certified_by": "dbt",
            }
            for kpi in self.kpis
        }


@dataclass(frozen=True)
class Kpis:
    """All metrics that can be shown, which of them come first, and why others cannot."""

    sources: tuple[KpiSource, ...]
    headlines: tuple[Kpi, ...]
    left_out: tuple[str, ...]


def read_kpis(manifest: Manifest, served: Mapping[str, object]) -> Kpis:
    """Metrics of the manifest whose relation is in the serving file.

    Headlines are the metrics with a ``meta.position``, by it; where none has one, the first five.
    """
    models = {node["name"]: node for node in manifest.get("semantic_models", {}).values()}
    metrics = {node["name"]: node for node in manifest.get("metrics", {}).values()}
    kpis: list[Kpi] = []
    left_out: list[str] = []
    for name, metric in sorted(metrics.items()):
        try:
            model, sql = _resolve(metric, metrics, models)
            if _relation(models[model]) not in served:
                raise CannotExpressError(f"{_relation(models[model])} is not served")
            kpis.append(_kpi(metric, model, sql))
        except CannotExpressError as reason:
            left_out.append(f"dbt metric {name} is not shown: {reason}")
    sources = tuple(
        KpiSource(
            name=name,
            label=model.get("label") or name.replace("_", " ").capitalize(),
            relation=_relation(model),
            date=_time_of(model),
            kpis=tuple(kpi for kpi in kpis if kpi.source == name),
        )
        for name, model in sorted(models.items())
        if any(kpi.source == name for kpi in kpis)
    )
    positions = {name: _meta(node).get("position") for name, node in metrics.items()}
    headlines = [kpi for kpi in kpis if positions[kpi.name] is not None]
    headlines.sort(key=lambda kpi: positions[kpi.name] or 0)
    return Kpis(sources, tuple((headlines or kpis)[:_HEADLINES]), tuple(left_out))


def _kpi(metric: Mapping[str, Any], source: str, sql: str) -> Kpi:
    return Kpi(
        name=metric["name"],
        label=metric.get("label") or metric["name"].replace("_", " ").capitalize(),
        description=" ".join((metric.get("description") or "").split()),
        format=_meta(metric).get("format"),
        sql=sql,
        source=source,
    )


def _meta(metric: Mapping[str, Any]) -> Mapping[str, Any]:
    meta: Mapping[str, Any] = (metric.get("config") or {}).get("meta") or metric.get("meta") or {}
    return meta


def _relation(model: Mapping[str, Any]) -> str:
    return str(model["node_relation"]["alias"])


def _time_of(model: Mapping[str, Any]) -> str:
    """SQL of the time by which the model's measures are counted."""
    default = (model.get("defaults") or {}).get("agg_time_dimension")
    for dimension in model["dimensions"]:
        if dimension["type"] == "time" and default in (None, dimension["name"]):
            return _expression(dimension)
    raise CannotExpressError(f"semantic model {model['name']} has no default time dimension")


def _resolve(
    metric: Mapping[str, Any], metrics: Mapping[str, Any], models: Mapping[str, Any]
) -> tuple[str, str]:
    """The semantic model that a metric is measured on, and its SQL."""
    params = metric["type_params"]
    conditions = _conditions(metric)
    if metric["type"] == "simple":
        return _simple(params["measure"], conditions, models)
    if metric["type"] == "ratio":
        parts = [params["numerator"], params["denominator"]]
        (model,), (above, below) = _inputs(parts, conditions, metrics, models)
        # Of two whole numbers, some databases make a third.
        return model, f"(cast({above} as double precision) / nullif({below}, 0))"
    if metric["type"] == "derived":
        (model,), inputs = _inputs(params["metrics"], conditions, metrics, models)
        by_name = dict(
            zip([part["alias"] or part["name"] for part in params["metrics"]], inputs, strict=True)
        )
        names = "|".join(sorted(map(re.escape, by_name), key=len, reverse=True))
        sql = re.sub(rf"\b({names})\b", lambda match: by_name[match[1]], params["expr"])
        return model, f"({sql})"
    raise CannotExpressError(f"type {metric['type']} is no aggregate of rows")


def _inputs(
    parts: list[Mapping[str, Any]],
    conditions: list[str],
    metrics: Mapping[str, Any],
    models: Mapping[str, Any],
) -> tuple[list[str], list[str]]:
    """SQL of a metric's input metrics, all measured on one semantic model."""
    resolved = []
    for part in parts:
        if part.get("offset_window") or part.get("offset_to_grain"):
            raise CannotExpressError("it compares with another time")
        of_part = [*conditions, *_conditions(part)]
        metric = metrics[part["name"]]
        narrowed = {
            **metric,
            "filter": {
                "where_filters": [
                    {"where_sql_template": condition}
                    for condition in [*of_part, *_conditions(metric)]
                ]
            },
        }
        resolved.append(_resolve(narrowed, metrics, models))
    measured_on = sorted({model for model, _ in resolved})
    if len(measured_on) != 1:
        raise CannotExpressError(f"it is measured on several semantic models: {measured_on}")
    return measured_on, [sql for _, sql in resolved]


def _simple(
    used: Mapping[str, Any], conditions: list[str], models: Mapping[str, Any]
) -> tuple[str, str]:
    for model in models.values():
        for measure in model["measures"]:
            if measure["name"] == used["name"]:
                if measure.get("non_additive_dimension"):
                    raise CannotExpressError("its measure is not additive")
                columns = {
                    dimension["name"]: _expression(dimension) for dimension in model["dimensions"]
                }
                where = [
                    condition_sql(condition, columns)
                    for condition in [*conditions, *_conditions(used)]
                ]
                return model["name"], _aggregate(measure, where)
    raise CannotExpressError(f"measure {used['name']} is in no semantic model")


def _aggregate(measure: Mapping[str, Any], where: list[str]) -> str:
    column = _expression(measure)
    if measure["agg"] == "percentile":
        share = (measure.get("agg_params") or {}).get("percentile")
        sql = f"percentile_cont({share}) within group (order by {column})"
    elif measure["agg"] in _AGGREGATES:
        sql = _AGGREGATES[measure["agg"]].format(column)
    else:
        raise CannotExpressError(f"aggregation {measure['agg']} is not known")
    return f"{sql} filter (where {' and '.join(where)})" if where else sql


def _conditions(part: Mapping[str, Any]) -> list[str]:
    filters = (part.get("filter") or {}).get("where_filters") or []
    return [f"({entry['where_sql_template']})" for entry in filters]


def _expression(element: Mapping[str, Any]) -> str:
    """SQL of a dimension or measure: its ``expr``, else the column of its name."""
    expression = element.get("expr")
    if expression and not str(expression).isidentifier():
        return f"({expression})"
    column = str(expression or element["name"]).replace('"', '""')
    return f'"{column}"'
