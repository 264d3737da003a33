"""Read ``dashboards/``: every file parsed strictly, every name it mentions looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from foretell.dashboards.specs import (
    ChartSpec,
    DashboardSpec,
    DatabaseSpec,
    DatasetSpec,
    LineSpec,
)
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True)
class DashboardFolder:
    """One dashboard and its charts, by file name."""

    spec: DashboardSpec
    charts: Mapping[str, ChartSpec]


@dataclass(frozen=True)
class Assets:
    """All that is written in ``dashboards/``, by file and folder name."""

    root: Path
    database: DatabaseSpec
    datasets: Mapping[str, DatasetSpec]
    dashboards: Mapping[str, DashboardFolder]

    def dataset_file(self, name: str) -> Path:
        """File that a dataset was read from."""
        return self.root / "_shared" / "datasets" / f"{name}.yaml"


def read_assets(root: Path) -> Assets:
    """Parse the folder and look up every name.

    Raises:
        SupersetError: a file is missing or malformed, or mentions what does not exist.

    """
    shared = root / "_shared"
    datasets = {
        path.stem: _parse(path, TypeAdapter(DatasetSpec))
        for path in sorted((shared / "datasets").glob("*.yaml"))
    }
    dashboards = {}
    for file in sorted(root.glob("*/dashboard.yaml")):
        spec = _parse(file, TypeAdapter(DashboardSpec))
        paths = sorted((file.parent / "charts").glob("*.yaml"))
        charts: dict[str, ChartSpec] = {}
        for path in paths:
            charts[path.stem] = _parse_chart(path)
            _look_up_chart(path, charts[path.stem], datasets)
        _look_up_cells(file, spec, charts)
        for path in paths:
            _look_up_events(path, charts)
        dashboards[file.parent.name] = DashboardFolder(spec, charts)
    if not dashboards:
        raise SupersetError(
            f"No dashboard found in {root}: a dashboard is a folder with a dashboard.yaml. "
            "Name the folder that holds them with --dashboards."
        )
    database = _parse(shared / "database.yaml", TypeAdapter(DatabaseSpec))
    return Assets(root, database, datasets, dashboards)


def _load(path: Path) -> object:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SupersetError(f"{path} is missing.") from None
    except yaml.YAMLError as error:
        raise SupersetError(f"{path} is not YAML: {error}") from error


def _parse(path: Path, adapter: TypeAdapter[_Model]) -> _Model:
    try:
        return adapter.validate_python(_load(path))
    except ValidationError as error:
        raise _refusal(path, error) from error


def _parse_chart(path: Path) -> ChartSpec:
    adapter: TypeAdapter[ChartSpec] = TypeAdapter(ChartSpec)
    try:
        return adapter.validate_python(_load(path))
    except ValidationError as error:
        raise _refusal(path, error) from error


def _refusal(path: Path, error: ValidationError) -> SupersetError:
    faults = []
    for fault in error.errors():
        where = ".".join(str(part) for part in fault["loc"]) or "the file"
        unknown = fault["type"] == "extra_forbidden"
        faults.append(f"{where}: {'unknown key' if unknown else fault['msg']}")
    return SupersetError(f"{path} cannot be used. " + "; ".join(faults) + ".")


def _unknown(path: Path, what: str, name: str, known: Mapping[str, object]) -> SupersetError:
    return SupersetError(f"{path} mentions {what} {name!r}; there is {sorted(known)}.")


def _look_up_chart(path: Path, chart: ChartSpec, datasets: Mapping[str, DatasetSpec]) -> None:
    if chart.dataset not in datasets:
        raise _unknown(path, "dataset", chart.dataset, datasets)
    dataset = datasets[chart.dataset]
    if chart.kind == "table":
        return
    metrics = chart.metrics if isinstance(chart, LineSpec) else (chart.metric,)
    for metric in metrics:
        if metric not in dataset.metrics:
            raise _unknown(path, "metric", metric, dataset.metrics)
    if chart.kind != "number" and dataset.date is None:
        raise SupersetError(f"{path} runs over time, but dataset {chart.dataset!r} has no `date`.")


def _look_up_cells(path: Path, spec: DashboardSpec, charts: Mapping[str, ChartSpec]) -> None:
    for row in spec.rows:
        for cell in row.cells:
            if cell.chart is not None and cell.chart not in charts:
                raise _unknown(path, "chart", cell.chart, charts)


def _look_up_events(path: Path, charts: Mapping[str, ChartSpec]) -> None:
    chart = charts[path.stem]
    if isinstance(chart, LineSpec) and chart.events and chart.events.chart not in charts:
        raise _unknown(path, "chart", chart.events.chart, charts)
