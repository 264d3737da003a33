"""A project with a prediction of every task, declared as dbt's manifest has it."""

from __future__ import annotations

from typing import Any

from foretell.dashboards.declared.kpis import read_kpis
from foretell.dashboards.declared.predictions import declared_predictions
from foretell.dashboards.declared.project import DeclaredProject

TIMED = {"entity": "MEMBER_ID", "as_of": "seen_on", "horizon": "4 weeks"}
SPECS: dict[str, dict[str, Any]] = {
    "pred_member__quits": {
        **TIMED,
        "task": "binary",
        "label": "has_quit",
        "slices": ["select"],
        "value": {"true_positive": 5, "false_positive": -1},
    },
    "pred_member__spend": {**TIMED, "task": "regression", "label": "spend_28d"},
    "pred_thing__grade": {"task": "multiclass", "entity": "thing_id", "label": "grade"},
}
SERVED = {
    "pred_member__quits": ("MEMBER_ID", "seen_on", "score", "is_named", "expected_value", "select"),
    "pred_member__spend": ("MEMBER_ID", "seen_on", "score", "score_lower", "score_upper"),
    "shop_days": ("DAY", "SOLD"),
}


def metric(name: str, kind: str = "simple", **params: Any) -> dict[str, Any]:
    """A metric as dbt's manifest has it."""
    return {"name": name, "label": name, "type": kind, "type_params": params, "filter": None}


def one(name: str, **more: Any) -> dict[str, Any]:
    """A metric's input."""
    return {"name": name, "alias": None, "filter": None} | more


def manifest() -> dict[str, Any]:
    """All that dashboards look at."""
    nodes = {
        f"model.gym.{name}": {
            "resource_type": "model",
            "name": name,
            "alias": name,
            "original_file_path": "models/predictions.yml",
            "description": "Will it? One row each.",
            "database": "gym",
            "columns": {},
            "config": {"materialized": "prediction", "meta": {"prediction": spec}},
        }
        for name, spec in SPECS.items()
    }
    nodes["model.gym.pred_member__quits"]["config"]["meta"]["title"] = 'Members\' "farewells": soon'
    shop = {
        "name": "shop",
        "label": "Shop",
        "node_relation": {"alias": "shop_days"},
        "defaults": {"agg_time_dimension": "day"},
        "dimensions": [
            {"name": "day", "type": "time", "expr": "DAY"},
            {"name": "colour", "type": "categorical", "expr": None},
        ],
        "measures": [
            {"name": "sold", "agg": "sum", "expr": "SOLD"},
            {"name": "days", "agg": "count", "expr": None},
        ],
    }
    return {
        "nodes": nodes,
        "semantic_models": {"a": shop},
        "metrics": {"b": metric("sold", measure=one("sold"))},
    }


def project(served: dict[str, tuple[str, ...]] | None = None) -> DeclaredProject:
    """The same as templates see it."""
    return _declared(manifest(), SERVED if served is None else served)


def declared_with(prediction: str, **meta: object) -> DeclaredProject:
    """The same where a prediction's model says more in its ``meta``."""
    said = manifest()
    said["nodes"][f"model.gym.{prediction}"]["config"]["meta"] |= meta
    return _declared(said, SERVED)


def _declared(said: dict[str, Any], served: dict[str, tuple[str, ...]]) -> DeclaredProject:
    return DeclaredProject(
        "gym",
        declared_predictions(said, served),
        read_kpis(said, served),
        "duckdb",
    )
