"""Two versions score the same rows: how alike their orders are, and who moves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from foretell.errors import DataError
from foretell.monitoring.performance import capacity_of
from foretell.questions.scratch import compared_of
from foretell.questions.stored import refuse_lost, stage_scores
from foretell.registry.versions import Champion
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.staging import Staged, stage
from foretell.warehouse.protocol import Warehouse
from foretell.warehouse.relation import Relation, quoted

#: Rows of the newest as-of date from which they alone are compared.
ENOUGH_ROWS = 50
#: How many who move most are listed, up and down.
MOVERS = 5


@dataclass(frozen=True)
class Mover:
    """A row whose score is another: by its key, as the warehouse writes it."""

    entity: str
    as_of: str
    then: float
    now: float


@dataclass(frozen=True)
class Comparison:
    """Both versions' scores of the same rows.

    Attributes
    ----------
    rows, what
        How many, and which.
    rank_correlation
        Spearman's: 1 where both order the rows alike; None where one gives all the same score.
    mean_then, mean_now
        Of all scores.
    named, entering
        How many are named, and how many of those were not then; as many leave.
    capacity
        ``value.capacity``, or None where one in ten is named.
    up, down
        Whose score rises and falls most.
    """

    rows: int
    what: str
    rank_correlation: float | None
    mean_then: float
    mean_now: float
    named: int
    entering: int
    capacity: int | None
    up: tuple[Mover, ...]
    down: tuple[Mover, ...]


def compare(
    request: Request,
    spec: PredictionSpec,
    then: Champion,
    now: Champion,
    warehouse: Warehouse,
) -> Comparison:
    """Let two versions score the newest rows of the training query.

    Raises:
        DataError: there are none, or a version no longer finds what it looks at.
        RegistryError: an artifact cannot be loaded.
    """
    staged = stage(request, spec, warehouse)
    for version in (then, now):
        refuse_lost(request, spec, staged, version, warehouse)
    rows, what = _newest(request, staged, warehouse)
    scores = [
        stage_scores(request, staged, then, warehouse, rows=rows, side="then"),
        stage_scores(request, staged, now, warehouse, rows=rows, side="now"),
    ]
    _stage_both(request, staged, warehouse, *scores)
    both = compared_of(request)
    ((count, correlation, mean_then, mean_now),) = warehouse.rows(
        f"select count(*), case when min(score_then) < max(score_then) and min(score_now) < "
        f"max(score_now) then corr(rank_then, rank_now) end, avg(score_then), avg(score_now) "
        f"from {both}"
    )
    named = capacity_of(spec, count)
    ((entering,),) = warehouse.rows(
        f"select count(*) from {both} where place_now <= {named} and place_then > {named}"
    )
    return Comparison(
        rows=int(count),
        what=what,
        rank_correlation=_finite(correlation),
        mean_then=float(mean_then),
        mean_now=float(mean_now),
        named=named,
        entering=int(entering),
        capacity=spec.value.capacity,
        up=_movers(both, warehouse, "score_now - score_then"),
        down=_movers(both, warehouse, "score_then - score_now"),
    )


def _newest(request: Request, staged: Staged, warehouse: Warehouse) -> tuple[str, str]:
    """Query for the rows that are compared, and which they are in words.

    Those of the newest as-of date; all open rows where these are more and that date has few, as
    when the as-of time is an instant.
    """
    day = f"cast({quoted(staged.spec.as_of)} as date)"
    ((newest, first, last, opened),) = warehouse.rows(
        f"select (select max({day}) from {staged.relation}), min({day}), max({day}), count(*) "
        f"from ({staged.open}) as opened"
    )
    if newest is None:
        raise DataError(f"the training query of {request.prediction} returned no rows.")
    of_newest = f"select * from {staged.relation} where {day} = cast('{newest}' as date)"
    ((count,),) = warehouse.rows(f"select count(*) from ({of_newest}) as newest")
    if count < ENOUGH_ROWS and opened > count:
        return staged.open, f"open rows as of {first} to {last}"
    return of_newest, f"rows as of {newest}"


def _stage_both(
    request: Request, staged: Staged, warehouse: Warehouse, then: Relation, now: Relation
) -> None:
    entity, as_of = (quoted(name) for name in staged.key)

    def placed(name: str) -> str:
        # The rank of equal scores is the mean of their places; a place is each row's own.
        score = f"score_{name}"
        return (
            f"rank() over (order by {score} desc) + (count(*) over (partition by {score}) - 1) "
            f"/ 2.0 as rank_{name},\n    "
            f"row_number() over (order by {score} desc, entity, as_of) as place_{name}"
        )

    warehouse.stage(
        compared_of(request),
        f"""with both_scored as (
    select
        was.{entity} as entity,
        was.{as_of} as as_of,
        was.score as score_then,
        made.score as score_now
    from {then} as was
    inner join {now} as made on was.{entity} = made.{entity} and was.{as_of} = made.{as_of}
)

select
    cast(entity as varchar) as entity,
    cast(as_of as varchar) as as_of,
    score_then,
    score_now,
    {placed("then")},
    {placed("now")}
from both_scored""",
    )


def _movers(both: Relation, warehouse: Warehouse, by: str) -> tuple[Mover, ...]:
    found: list[tuple[Any, ...]] = warehouse.rows(
        f"select entity, as_of, score_then, score_now from {both} where {by} > 0 "
        f"order by {by} desc, entity, as_of limit {MOVERS}"
    )
    return tuple(Mover(entity, as_of, float(was), float(is_)) for entity, as_of, was, is_ in found)


def _finite(value: Any) -> float | None:
    return None if value is None or math.isnan(value) else float(value)
