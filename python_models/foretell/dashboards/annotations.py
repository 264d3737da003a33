"""Events on a line chart: drawn from a table chart, set after the import, which strips them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from foretell.dashboards.packer import stable_uuid
from foretell.dashboards.specs import LineSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from foretell.dashboards.client import SupersetClient
    from foretell.dashboards.folder import Assets
    from foretell.dashboards.specs import EventsSpec


def put_events(client: SupersetClient, assets: Assets, chart_ids: Mapping[str, int]) -> None:
    """Give every line chart with ``events`` its layer.

    Superset refers to the table chart by the id of its own database, known only now.
    """
    for folder, dashboard in assets.dashboards.items():
        for name, chart in dashboard.charts.items():
            if not isinstance(chart, LineSpec) or chart.events is None:
                continue
            source = chart_ids[stable_uuid("chart", folder, chart.events.chart)]
            path = f"/api/v1/chart/{chart_ids[stable_uuid('chart', folder, name)]}"
            kept = client.get(path)["result"]
            layers = [_layer(chart.events, source)]
            params = {**json.loads(kept["params"]), "annotation_layers": layers}
            context = json.loads(kept["query_context"])
            context["form_data"] = params
            for query in context["queries"]:
                query["annotation_layers"] = layers
            client.put(path, {"params": json.dumps(params), "query_context": json.dumps(context)})


def _layer(events: EventsSpec, source: int) -> dict[str, Any]:
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
