"""The feature catalog: what each feature of a prediction is, recorded when it changes."""

from __future__ import annotations

import re

from foretell.ground.views import FeatureView
from foretell.request import Request
from foretell.staging.staged import Staged
from foretell.stores.record import Row, now
from foretell.warehouse.protocol import Warehouse

_RECORDED = (
    "feature",
    "feature_view",
    "kind",
    "entity",
    "owner",
    "description",
    "definition_fingerprint",
)


def catalog_rows(
    request: Request, staged: Staged, warehouse: Warehouse, *, run_id: str
) -> list[Row]:
    """Rows of `features`: the whole feature set if it is not what was recorded last, else none."""
    recorded = request.seen("features")
    entries = [_entry(request, staged, name) for name in staged.features]
    last = warehouse.rows(
        f"select {', '.join(_RECORDED)} from {recorded} as features where prediction = ? "
        f"and run_id = (select run_id from {recorded} as newest where prediction = ? "
        "order by recorded_at desc limit 1)",
        [request.prediction] * 2,
    )
    if sorted(last, key=str) == sorted(entries, key=str):
        return []
    recorded_at = now()
    return [
        {
            "run_id": run_id,
            "prediction": request.prediction,
            "today": request.today,
            "recorded_at": recorded_at,
            **dict(zip(_RECORDED, entry, strict=True)),
        }
        for entry in entries
    ]


def _entry(request: Request, staged: Staged, name: str) -> tuple[str, ...]:
    view = request.view_of(name)
    if view is None:
        described = " ".join(request.descriptions.get(name.lower(), "").split())
        words = described or "Computed in the training query"
        return name, "", "query", staged.spec.entity, "", words, ""
    (feature,) = (declared for declared in view.features if declared.column == name)
    return (
        name,
        view.name,
        view.kind,
        view.entity,
        view.owner,
        " ".join(feature.description.split()),
        view.fingerprint(feature),
    )


def undeclared(view: FeatureView, warehouse: Warehouse) -> list[str]:
    """Columns of a view that no feature is made of: perhaps forgotten in its declaration.

    Those that dbt adds to a snapshot are not meant.
    """
    if view.relation is None:
        return []
    words = {word for text in view.filters for word in re.findall(r"\w+", text)}
    used = {*view.keys, *view.reads, *words}
    return [
        name
        for name in warehouse.columns(view.relation)
        if name not in used and not name.startswith("dbt_")
    ]
