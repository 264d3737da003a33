"""Events on a line chart: drawn from a table chart, set after the import, which strips them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from foretell.dashboards.declared.manifest import stable_uuid
from foretell.dashboards.written.specs import LineSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from foretell.dashboards.superset.client import SupersetClient
    from foretell.dashboards.sync.assets import CodeAsset
    from foretell.dashboards.written.folder import Assets
    from foretell.dashboards.written.specs import EventsSpec


def events_of(assets: Assets) -> dict[str, list[dict[str, Any]]]:
    """Layers of every line chart with ``events``, by the chart's uuid.

    The table chart that they are drawn from is named by its uuid.
    """
    return {
        stable_uuid(assets.project, "chart", folder, name): [
            _layer(chart.events, stable_uuid(assets.project, "chart", folder, chart.events.chart))
        ]
        for folder, dashboard in assets.dashboards.items()
        for name, chart in dashboard.charts.items()
        if isinstance(chart, LineSpec) and chart.events is not None
    }


def put_events(client: SupersetClient, chart: CodeAsset, ids: Mapping[str, int]) -> None:
    """Give a chart its layers, which name the table chart by this Superset's own number."""
    path = f"/api/v1/chart/{ids[chart.uuid]}"
    settings = client.get(path)["result"]
    layers = [{**layer, "value": ids.get(layer["value"], layer["value"])} for layer in chart.layers]
    params = {**json.loads(settings["params"]), "annotation_layers": layers}
    context = json.loads(settings["query_context"])
    context["form_data"] = params
    for query in context["queries"]:
        query["annotation_layers"] = layers
    client.put(path, {"params": json.dumps(params), "query_context": json.dumps(context)})


def _layer(events: EventsSpec, source: str) -> dict[str, Any]:
    return {
        "name": events.name,
        "annotationType": "EVENT",
        "sourceType": "table",
        "value": source,
        "timeColumn": events.date,
        "titleColumn": events.title,
        "descriptionColumns": [],
        "intervalEndColumn": "",
        "overrides": {"time_range": None},
        "show": True,
        "showLabel": True,
        "showMarkers": False,
        "hideLine": False,
        "style": "dashed",
        "width": 1,
        "color": events.color,
        "opacity": "",
    }
