"""What templates expand over: the predictions and KPIs of a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from foretell.dashboards.declared.kpis import Kpis, read_kpis
from foretell.dashboards.declared.manifest import (
    project_name_of,
    read_manifest,
    served_columns,
    serving_file_of,
)
from foretell.dashboards.declared.predictions import (
    DeclaredPrediction,
    PredictionSlice,
    declared_predictions,
)
from foretell.dashboards.declared.scored_rows import row_columns, row_metrics

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from foretell.dashboards.declared.manifest import Manifest

# Okabe and Ito's, without the two that mean good and bad.
_COLORS = ("#0072B2", "#56B4E9", "#CC79A7", "#E69F00", "#F0E442", "#000000")


@dataclass(frozen=True)
class DeclaredProject:
    """A project as templates see it; ``name`` is dbt's."""

    name: str
    predictions: tuple[DeclaredPrediction, ...]
    kpis: Kpis

    def scope(self) -> dict[str, object]:
        """Names that every template may use."""
        published = [prediction for prediction in self.predictions if prediction.is_published]
        return {
            "project": self.name,
            "predictions": list(self.predictions),
            "published": published,
            "slice_pairs": [
                PredictionSlice(prediction, name)
                for prediction in published
                for name in prediction.slices
            ],
            "kpis": list(self.kpis.headlines),
            "kpi_sources": list(self.kpis.sources),
            "titles": self._titles(),
            "kpi_colors": {kpi.label: _COLORS[0] for kpi in self.kpis.headlines},
            "title_colors": {
                prediction.title: _COLORS[place % len(_COLORS)]
                for place, prediction in enumerate(self.predictions)
            },
            "spread": spread,
            "row_columns": row_columns,
            "row_metrics": row_metrics,
        }

    def _titles(self) -> str:
        """SQL: the title and the order of each prediction, to join the store views with."""
        rows = ", ".join(
            f"({_text(prediction.name)}, {_text(prediction.title)}, {place})"
            for place, prediction in enumerate(self.predictions, start=1)
        )
        return f"(values {rows or '(null, null, null)'}) as titles (prediction, title, place)"


def read_project(project_dir: Path, serving: Path | None = None) -> DeclaredProject:
    """Predictions and KPIs of dbt's manifest, as far as the serving file has them.

    Raises
    ------
    SupersetError
        The manifest or the serving file is missing or damaged.
    """
    manifest = read_manifest(project_dir)
    return declared_project(
        manifest, served_columns(serving or serving_file_of(manifest, project_dir))
    )


def declared_project(manifest: Manifest, served: Mapping[str, tuple[str, ...]]) -> DeclaredProject:
    """Predictions and KPIs of the manifest, as far as relations with these columns are served."""
    return DeclaredProject(
        project_name_of(manifest),
        declared_predictions(manifest, served),
        read_kpis(manifest, served),
    )


def spread(count: int, total: int = 12) -> list[int]:
    """Widths of so many cells side by side that fill a page; the outer ones are the wider.

    >>> spread(5)
    [3, 2, 2, 2, 3]
    """
    if not 0 < count <= total:
        raise ValueError(f"{count} cells do not fit beside each other; 1 to {total} do")
    widths = [total // count] * count
    for extra in range(total - sum(widths)):
        widths[-1 - extra // 2 if extra % 2 else extra // 2] += 1
    return widths


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
