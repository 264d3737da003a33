"""Rows of runs that never published: nobody has seen them, and the next run removes them."""

from __future__ import annotations

from dataclasses import asdict, replace

from foretell.ground.relation import Relation
from foretell.ground.run_record import MONITORING
from foretell.ground.stores import STORES, is_seen, published_runs
from foretell.publishing.judgement import read_judgement
from foretell.request import Request
from foretell.warehouse.protocol import Warehouse


def sweep(request: Request, warehouse: Warehouse) -> None:
    """Put runs of this prediction that were killed on record, and remove what they left."""
    _record_killed(request, warehouse)
    remove_unseen(request, warehouse)
    clean(request, warehouse)


def remove_unseen(request: Request, warehouse: Warehouse) -> None:
    """Remove the rows of a prediction's runs that are not on record as published."""
    places = _places(request, warehouse)
    queries = [
        f"select distinct {number} as place, {column} as run_id from {relation} where {unseen}"
        for number, (relation, column, unseen) in enumerate(places)
    ]
    unseen_runs = warehouse.rows("\nunion all\n".join(queries))
    for number, (relation, column, _) in enumerate(places):
        runs = {str(run_id) for place, run_id in unseen_runs if place == number}
        if runs:
            warehouse.forget_runs(relation, runs, column=column)


def clean(request: Request, warehouse: Warehouse) -> None:
    """Remove what only a run needs."""
    # A query's own table is what an earlier release staged.
    scratch = ("staged", "query", "set_aside", "plain", "reasons", "backtest")
    anew = ("history_anew", "features_anew")
    warehouse.drop(*(request.table(part) for part in (*scratch, *anew)), request.running)


def _places(request: Request, warehouse: Warehouse) -> list[tuple[Relation, str, str]]:
    """Tables with rows of runs, the column that names the run, and which rows nobody sees."""
    name = request.prediction.replace("'", "''")
    places = [
        (
            request.store(store),
            "run_id",
            f"prediction = '{name}' and not {is_seen(request.stores, store)}",
        )
        for store in STORES
        if store != "runs"
    ]
    runs = published_runs(request.stores, request.prediction)
    for relation, column in (
        (request.history, "run_id"),
        (request.kept, "foretell_run"),
        (request.quarantine, "foretell_run_id"),
    ):
        if warehouse.exists(relation):
            places.append((relation, column, f"{column} not in ({runs})"))
    return places


def _record_killed(request: Request, warehouse: Warehouse) -> None:
    judgement = read_judgement(request, warehouse)
    if judgement is None:
        return
    record = judgement.record
    statuses = dict(
        warehouse.rows(
            f"select run_id, status from {request.store('runs')} where run_id in (?, ?)",
            [record.run_id, monitoring_of(record.run_id)],
        )
    )
    if record.run_id not in statuses:
        warehouse.append(request.store("runs"), [asdict(record)])
    elif statuses[record.run_id] == "published" and monitoring_of(record.run_id) not in statuses:
        killed = replace(
            record,
            run_id=monitoring_of(record.run_id),
            step="monitoring",
            message="It was ended before it had compared predictions with what happened.",
        )
        warehouse.append(request.store("runs"), [asdict(killed)])


def monitoring_of(run_id: str) -> str:
    """The id under which what follows a run's publication is on record."""
    return run_id + MONITORING
