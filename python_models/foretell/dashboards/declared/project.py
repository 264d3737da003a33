"""What templates expand over: the predictions and KPIs of a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from foretell.dashboards.declared.kpis import Kpis, read_kpis
from foretell.dashboards.declared.manifest import (
    project_name_of,
    read_manifest,
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
    from foretell.warehouse.served import Served

# Okabe and Ito's, without the two that mean good and bad.
_COLORS = ("#0072B2", "#56B4E9", "#CC79A7", "#E69F00", "#F0E442", "#000000")


@dataclass(frozen=True)
class DeclaredProject:
    """A project as templates see it.

    Attributes
    ----------
    name
        dbt's.
    warehouse
        In whose SQL dashboards read: the dialect's name.
    """

    name: str
    predictions: tuple[DeclaredPrediction, ...]
    kpis: Kpis
    warehouse: str

    def scope(self) -> dict[str, object]:
        """Names that every template may use."""
        published = [prediction for prediction in self.predictions if prediction.is_published]
        return {
            "project": self.name,
            "warehouse": self.warehouse,
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
        nobody = "(cast(null as varchar), cast(null as varchar), 0)"
        return f"(values {rows or nobody}) as titles (prediction, title, place)"


def read_project(project_dir: Path, served: Served) -> DeclaredProject:
    """Predictions and KPIs of dbt's manifest, as far as dashboards may read them.

    Raises
    ------
    SupersetError
        The manifest is missing or damaged, or nothing can be read.
    """
    return declared_project(read_manifest(project_dir), served.columns(), served.dialect.name)


def declared_project(
    manifest: Manifest, served: Mapping[str, tuple[str, ...]], warehouse: str
) -> DeclaredProject:
    """Predictions and KPIs of the manifest, as far as relations with these columns are served."""
    return DeclaredProject(
        project_name_of(manifest),
        declared_predictions(manifest, served),
        read_kpis(manifest, served),
        warehouse,
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
