"""What `foretell features` lists: the catalog of each prediction, grouped by feature view."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CATALOG = "select * from {{ ref('foretell_features') }}"
VIEWS = (
    "select prediction, name, worth, worth_lower, worth_upper, verdict "
    "from {{ ref('foretell_feature_worth') }} where is_latest and scope = 'view'"
)

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ViewListing:
    """One feature view of a prediction: its own worth, and its features, most important first."""

    name: str
    kind: str
    owner: str
    worth: Row | None
    features: list[Row]


@dataclass(frozen=True)
class PredictionListing:
    """The catalog of one prediction, most worthy view first."""

    name: str
    version: int | None
    metric: str | None
    views: list[ViewListing]

    @property
    def features(self) -> list[Row]:
        """All its features."""
        return [feature for view in self.views for feature in view.features]

    def called(self, verdict: str) -> list[str]:
        """Names of the features of a verdict."""
        return [feature["feature"] for feature in self.features if feature["verdict"] == verdict]

    @property
    def unused(self) -> list[str]:
        """Names of the features that the champion does not look at."""
        return [feature["feature"] for feature in self.features if not feature["is_used"]]


def listings(catalog: Sequence[Row], views: Sequence[Row]) -> list[PredictionListing]:
    """The rows of the store views as they are shown."""
    worth = {(view["prediction"], view["name"]): view for view in views}
    grouped: dict[str, dict[str, list[Row]]] = {}
    for row in catalog:
        grouped.setdefault(row["prediction"], {}).setdefault(row["feature_view"], []).append(row)
    catalogs = []
    for prediction, by_view in sorted(grouped.items()):
        view_listings = [
            ViewListing(
                name or "(the training query)",
                rows[0]["kind"],
                rows[0]["owner"],
                worth.get((prediction, name)),
                sorted(rows, key=lambda feature: -_number(feature["importance"])),
            )
            for name, rows in by_view.items()
        ]
        view_listings.sort(
            key=lambda listing: -_number(listing.worth["worth"] if listing.worth else None)
        )
        first_row = view_listings[0].features[0]
        version, metric = first_row["model_version"], first_row["metric"]
        catalogs.append(
            PredictionListing(
                prediction, None if version is None else int(version), metric, view_listings
            )
        )
    return catalogs


def users_of(catalog: Sequence[Row]) -> dict[tuple[str, str], list[str]]:
    """Predictions whose champion looks at a feature, by its view and name."""
    users: dict[tuple[str, str], list[str]] = {}
    for row in catalog:
        if row["is_used"]:
            users.setdefault((row["feature_view"], row["feature"]), []).append(row["prediction"])
    return users


def unjoined_views(manifest: Path) -> list[str]:
    """Feature views of a project that no prediction joins, from dbt's manifest."""
    if not manifest.is_file():
        return []
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    joined = {
        parent
        for node in nodes.values()
        if node["config"].get("materialized") == "prediction"
        for parent in node["depends_on"]["nodes"]
    }
    return sorted(
        node["name"]
        for key, node in nodes.items()
        if (node["config"].get("meta") or {}).get("feature_view") and key not in joined
    )


def _number(value: Any) -> float:
    return float("-inf") if value is None else float(value)
