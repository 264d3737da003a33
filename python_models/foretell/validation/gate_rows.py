"""The rows that a prediction's gates look at, by what a line says in ``rows``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from foretell.ground.names import IS_MATURED, MATURES_AT, SCORE
from foretell.ground.relation import quoted
from foretell.registry.versions import Champion
from foretell.request import Request
from foretell.staging.staged import Staged
from foretell.validation.gate import GateRows
from foretell.validation.rows import MATURED, span_of
from foretell.validation.suite import Line
from foretell.warehouse.protocol import Warehouse


def arrived(staged: Staged, *, since: date | None) -> str:
    """Query for the rows that are new: those to be scored, and those newly matured.

    Parameters
    ----------
    since
        The day of the last run that succeeded; all rows are new without one.
    """
    everything = f"select * from {staged.relation}"
    if since is None:
        return everything
    condition = f"{MATURES_AT} > {staged.dialect.instant(since)}"
    return f"{everything} where {condition} or {MATURES_AT} is null"


def newly_matured(staged: Staged, *, since: date | None) -> str:
    """Query for the rows whose outcome has become known."""
    condition = f" and {MATURES_AT} > {staged.dialect.instant(since)}" if since else ""
    return f"{staged.labelled}{condition}"


def input_rows(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    lines: tuple[Line, ...],
    champion: Champion | None,
    *,
    since: date | None,
) -> dict[str | None, GateRows]:
    """What each line of the input gate looks at."""
    columns, dialect = warehouse.columns(staged.relation), staged.dialect
    known = {
        "today": request.today,
        "label": staged.spec.label,
        "reference": champion.reference if champion else None,
    }
    rows_by_choice: dict[str | None, GateRows] = {
        None: GateRows(arrived(staged, since=since), columns, staged.key, known),
        MATURED: GateRows(newly_matured(staged, since=since), columns, staged.key, known),
    }
    newest = _newest(str(staged.relation), staged, warehouse)
    everything = f"select * from {staged.relation}"
    rows_by_choice |= _newest_rows(lines, everything, columns, staged, known, newest)
    for view in request.views:
        if view.relation is not None and view.at and newest is not None:
            before = f"{quoted(view.at)} < {dialect.instant(newest)}"
            sql = f"select * from {view.relation} where {before}"
            of_view = warehouse.columns(view.relation)
            rows_by_choice[view.name] = GateRows(
                sql, of_view, (view.entity,), {**known, "today": newest}
            )
    return rows_by_choice


def output_rows(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    lines: tuple[Line, ...],
    champion: Champion | None,
    *,
    since: date | None,
    expected: int,
    scored: str,
) -> dict[str | None, GateRows]:
    """What each line of the output gate looks at.

    Parameters
    ----------
    expected
        How many rows were to be scored.
    scored
        Query for the scores of this run.
    """
    names = warehouse.names(scored)
    types = warehouse.columns(request.new_history)
    columns = {name: types[name] for name in names}
    known = {
        "today": request.today,
        "label": staged.spec.label,
        "expected": expected,
        "previous": _previous_mean(request, warehouse),
        "reference": _of_scores(champion) if champion else None,
    }
    rows_by_choice: dict[str | None, GateRows] = {
        None: GateRows(scored, columns, staged.key, known)
    }
    newest = _newest(f"({scored})", staged, warehouse)
    rows_by_choice |= _newest_rows(lines, scored, columns, staged, known, newest)
    if warehouse.exists(request.history):
        rows_by_choice[MATURED] = _judged(request, staged, warehouse, known, since=since)
    return rows_by_choice


def _of_scores(champion: Champion) -> dict[str, Any]:
    """At the output gate the column `score` is the score, also where a feature has that name."""
    return {**champion.reference, "score": champion.reference.get(SCORE)}


def _newest(rows: str, staged: Staged, warehouse: Warehouse) -> datetime | None:
    as_of = quoted(staged.key[1])
    last = staged.dialect.as_instant(f"max({as_of})")
    ((newest,),) = warehouse.rows(f"select {last} from {rows} as looked_at")
    instant: datetime | None = newest
    return instant


def _newest_rows(
    lines: tuple[Line, ...],
    everything: str,
    columns: Mapping[str, str],
    staged: Staged,
    known: Mapping[str, Any],
    newest: datetime | None,
) -> dict[str | None, GateRows]:
    """The newest as-of date, or days, as far as a line asks for them."""
    dialect = staged.dialect
    as_of = dialect.as_instant(quoted(staged.key[1]))
    rows_by_choice: dict[str | None, GateRows] = {}
    for choice in {line.expectation.rows for line in lines}:
        span = span_of(choice)
        if span is None:
            continue
        where = "1 = 0"
        if newest is not None:
            where = f"{as_of} = {dialect.instant(newest)}"
            if span.length is not None:
                where = f"{as_of} > {dialect.instant(newest - span.length)}"
        rows_by_choice[choice] = GateRows(
            f"select * from ({everything}) as looked_at where {where}", columns, staged.key, known
        )
    return rows_by_choice


def _judged(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    known: Mapping[str, Any],
    *,
    since: date | None,
) -> GateRows:
    """What was scored live, beside what came true."""
    label = quoted(staged.spec.label)
    same_key = " and ".join(f"made.{quoted(name)} = staged.{quoted(name)}" for name in staged.key)
    condition = f" and staged.{MATURES_AT} > {staged.dialect.instant(since)}" if since else ""
    sql = (
        f"select made.*, staged.{label} as {label} from {request.published} as made "
        f"inner join {staged.relation} as staged on {same_key} where made.origin = 'live' "
        f"and staged.{IS_MATURED} and staged.{label} is not null{condition}"
    )
    types = warehouse.columns(staged.relation)
    columns = {**warehouse.columns(request.history), staged.spec.label: types[staged.spec.label]}
    return GateRows(sql, columns, staged.key, known)


def _previous_mean(request: Request, warehouse: Warehouse) -> float | None:
    """The mean score of the run before, if there was one."""
    if not warehouse.exists(request.history):
        return None
    ((mean,),) = warehouse.rows(
        f"select avg(score) from {request.published} as made "
        "where origin = 'live' and scored_at = ("
        f"select max(scored_at) from {request.published} as newest where origin = 'live')"
    )
    return None if mean is None else float(mean)
