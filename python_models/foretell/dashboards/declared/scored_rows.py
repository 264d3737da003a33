"""The scored rows of one prediction: what their columns are called, how they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from foretell.dashboards.declared.predictions import DeclaredPrediction

_DATE = "%-d %b %Y"
_ORDER = ("Main reason", "Second reason", "Third reason")


def row_columns(prediction: DeclaredPrediction) -> dict[str, dict[str, Any]]:
    """Labels and formats of the columns of a prediction's rows, for its dataset."""
    score = {"label": prediction.score_words, "format": prediction.score_format}
    settings: dict[str, dict[str, Any]] = {
        "score": score,
        "score_from": score,
        "score_lower": {"label": "At least", "format": prediction.score_format},
        "score_upper": {"label": "At most", "format": prediction.score_format},
        "predicted": {"label": f"Expected {prediction.happening}"},
        "expected_value": {"label": "Expected value", "format": ",.2f"},
        "is_named": {"label": "Named", "description": "Whether it is among those to act on."},
        "matures_at": {"label": "Known on", "format": _DATE},
        "scored_at": {"label": "Scored at", "format": f"{_DATE} %H:%M"},
        "model_version": {"label": "Version", "format": "d"},
    }
    columns = {
        name: setting
        for name, setting in settings.items()
        if name in (*prediction.columns, "score_from")
    }
    for name in prediction.columns:
        if name.startswith("score_") and name not in settings:
            words = name.removeprefix("score_").replace("_", " ")
            columns[name] = {"label": f"Probability: {words}", "format": ".0%"}
    for place, name in enumerate(prediction.reasons):
        columns[name] = {"label": _ORDER[place] if place < len(_ORDER) else f"Reason {place + 1}"}
    columns[prediction.entity] = {"label": prediction.noun.capitalize()}
    if prediction.link:
        noun = prediction.noun
        columns["entity_link"] = {
            "label": noun.capitalize() if prediction.task == "binary" else f"The {noun}",
            "html": True,
        }
    columns["as_of"] = {"label": "As of", "format": _DATE}
    columns["trust"] = {"label": "Trust", "description": "The prediction's trust light today."}
    columns["is_open"] = {"label": "Open", "description": "Whether its outcome is still ahead."}
    return columns


def row_metrics(prediction: DeclaredPrediction) -> dict[str, dict[str, Any]]:
    """What may be said of many rows at once; medians are never summed."""
    metrics = {
        "rows": {"sql": "count(*)", "label": prediction.nouns.capitalize(), "format": ",d"},
        "mean_score": {
            "sql": "avg(score)",
            "label": f"Average {prediction.score_words.lower()}",
            "format": prediction.score_format,
        },
    }
    if prediction.sums:
        metrics["total_score"] = {
            "sql": "sum(score)",
            "label": f"Expected {prediction.happening}",
            "format": ",.0f",
        }
    if prediction.is_priced:
        metrics["value_of_named"] = {
            "sql": f"sum(expected_value) filter (where {prediction.named})",
            "label": "Expected value of those named",
            "format": ",.0f",
        }
    return metrics
