"""After publication: what came true, and how far the data have moved."""

from __future__ import annotations

import numpy as np

from foretell.features.catalog import catalog_rows
from foretell.features.changed import view_states
from foretell.ground.names import SCORE
from foretell.ground.relation import quoted
from foretell.ground.run_record import MONITORING
from foretell.monitoring.performance import realised
from foretell.monitoring.usual import usual_psi
from foretell.registry.versions import Champion, find_champion
from foretell.request import Request
from foretell.staging.staged import Staged
from foretell.stores.record import Row
from foretell.training.drift import psi
from foretell.training.rows import select_inputs, values_of
from foretell.warehouse.protocol import Warehouse

#: Scored rows that are compared with those learnt from: with these chance makes a PSI of .0004.
COMPARED = 50_000


def watch(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    *,
    of_run: str,
    run_id: str,
) -> None:
    """Add realised performance to `metrics`, `gains` and `calibration_bins`, what this run's rows
    are like to `feature_statistics`, the feature set to `features` where it changed, and the views'
    rows to `feature_views`.

    Drift compares the rows that were scored with those that the champion learnt from, and says how
    far single dates of those usually are from the others.

    Parameters
    ----------
    of_run
        The run that was published.
    run_id
        Under which all of this is written.
    """
    for store, rows in realised(request, staged, warehouse, run_id=run_id).items():
        warehouse.append(request.store(store), rows)
    warehouse.append(
        request.store("features"), catalog_rows(request, staged, warehouse, run_id=run_id)
    )
    warehouse.append(
        request.store("feature_views"), view_states(request, staged.spec, warehouse, run_id=run_id)
    )
    champion = find_champion(request, warehouse)
    if champion is not None:
        warehouse.append(
            request.store("feature_statistics"),
            _drift(request, staged, champion, warehouse, of_run=of_run, run_id=run_id)
            + _null_shares(request, staged, champion, warehouse, run_id=run_id),
        )


def _drift(
    request: Request,
    staged: Staged,
    champion: Champion,
    warehouse: Warehouse,
    *,
    of_run: str,
    run_id: str,
) -> list[Row]:
    features = champion.recipe.needs
    entity, as_of = (quoted(name) for name in staged.key)
    runs = ", ".join(f"'{run}'" for run in (of_run, *_not_monitored(request, warehouse)))
    scored = (
        f"select {entity}, {as_of}, score from {request.published} as made "
        f"where origin = 'live' and run_id in ({runs})"
    )
    # Drawn before features are joined: of very many rows most are never read.
    key = {name: staged.types[name] for name in staged.key}
    drawn = staged.dialect.sampled(scored, key=key, limit=COMPARED)
    arrived = (
        f"select staged.*, scored.score as {SCORE} "
        f"from {staged.relation} as staged join ({drawn}) as scored "
        f"on staged.{entity} = scored.{entity} and staged.{as_of} = scored.{as_of}"
    )
    inputs = select_inputs(staged, arrived, features=features, also=[SCORE])
    table = warehouse.sample(inputs, key=staged.key, limit=COMPARED)
    if not table.num_rows:
        return []
    current = values_of(table, features, is_flat=staged.spec.is_flat)
    current[SCORE] = np.asarray(table.column(SCORE).to_numpy(), dtype=np.float64)
    return [
        _statistic(request, champion, run_id, name, "psi", psi(champion.reference[name], values),
                   len(values), reference_rows=champion.reference[name]["rows"],
                   usual=usual_psi(champion.reference[name], len(values)))
        for name, values in current.items()
        if name in champion.reference
    ]  # fmt: skip


def _not_monitored(request: Request, warehouse: Warehouse) -> list[str]:
    """Runs that have published since the last one that was monitored."""
    runs = request.store("runs")
    run_ids = warehouse.rows(
        f"select run_id from {runs} where prediction = ? and step = 'monitoring' "
        "and status = 'crashed' and finished_at > (select coalesce(max(finished_at), "
        f"{warehouse.dialect.instant('1970-01-01')}) from {runs} where prediction = ? "
        "and step = 'monitoring' and status = 'published')",
        [request.prediction] * 2,
    )
    return [str(run_id).removesuffix(MONITORING) for (run_id,) in run_ids]


def _null_shares(
    request: Request, staged: Staged, champion: Champion, warehouse: Warehouse, *, run_id: str
) -> list[Row]:
    """Of the rows whose outcome is open: those that a decision looks at today."""
    counts = ", ".join(f"count({quoted(name)})" for name in staged.features)
    ((rows, *known_counts),) = warehouse.rows(
        f"select count(*), {counts} from ({staged.open}) as open"
    )
    if not rows:
        return []
    return [
        _statistic(request, champion, run_id, name, "null_share", 1 - count / rows, rows)
        for name, count in zip(staged.features, known_counts, strict=True)
    ]


def _statistic(
    request: Request,
    champion: Champion,
    run_id: str,
    feature: str,
    statistic: str,
    value: float,
    rows: int,
    *,
    reference_rows: int | None = None,
    usual: float | None = None,
) -> Row:
    return {
        "run_id": run_id,
        "prediction": request.prediction,
        "model_version": champion.version,
        "today": request.today,
        "feature": feature,
        "statistic": statistic,
        "value": value,
        "reference_rows": reference_rows,
        "current_rows": rows,
        "usual": usual,
    }
