"""Two versions score the same rows: how alike their orders are, and who moves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from foretell.errors import DataError
from foretell.ground.relation import Relation, quoted
from foretell.questions.scratch import compared_of
from foretell.questions.stored import refuse_lost, stage_scores
from foretell.registry.versions import Champion
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.staging.stage import stage
from foretell.staging.staged import Staged
from foretell.warehouse.protocol import Warehouse

#: Rows of the newest as-of date from which they alone are compared.
ENOUGH_ROWS = 50
#: How many who move most are listed, up and down.
MOVERS = 5


@dataclass(frozen=True)
class Mover:
    """A row whose score has changed: by its key, as the warehouse writes it.

    Attributes
    ----------
    was, becomes
        Of task multiclass: the class that each version predicts.
    """

    entity: str
    as_of: str
    then: float
    now: float
    was: str | None = None
    becomes: str | None = None


@dataclass(frozen=True)
class Named:
    """Whom each version names, as ``is_named`` of the prediction says it; of task binary.

    Attributes
    ----------
    then, now
        How many.
    entering, leaving
        How many are named now and were not, and the other way round.
    by
        What decides, in words.
    """

    then: int
    now: int
    entering: int
    leaving: int
    by: str


@dataclass(frozen=True)
class Reclassed:
    """How many rows are predicted to be of a different class; of task multiclass."""

    was: str
    becomes: str
    rows: int


@dataclass(frozen=True)
class Comparison:
    """Both versions' scores of the same rows.

    Attributes
    ----------
    rows, what
        How many, and which.
    rank_correlation
        Spearman's: 1 where both order the rows alike; None where one gives all the same score,
        and of task multiclass, where each row's score is the probability of a class of its own.
    mean_then, mean_now
        Of all scores.
    named
        Of task binary; None of others.
    reclassed
        Of task multiclass: all pairs of classes, the most frequent first; None of others.
    up, down
        Whose score rises and falls most.
    """

    rows: int
    what: str
    rank_correlation: float | None
    mean_then: float
    mean_now: float
    named: Named | None
    reclassed: tuple[Reclassed, ...] | None
    up: tuple[Mover, ...]
    down: tuple[Mover, ...]


def compare_versions(
    request: Request,
    spec: PredictionSpec,
    then: Champion,
    now: Champion,
    warehouse: Warehouse,
) -> Comparison:
    """Let two versions score the newest rows of the training query.

    Raises
    ------
    DataError
        There are none, or a version no longer finds what it looks at, or has a different
        task.
    RegistryError
        An artifact cannot be loaded.
    """
    staged = stage(request, spec, warehouse)
    for version in (then, now):
        refuse_lost(request, spec, staged, version, warehouse)
    query, description = _newest(request, staged, warehouse)
    scores = [
        stage_scores(request, staged, then, warehouse, rows=query, side="then"),
        stage_scores(request, staged, now, warehouse, rows=query, side="now"),
    ]
    _stage_both(request, staged, warehouse, *scores)
    compared = compared_of(request)
    ((count, correlation, mean_then, mean_now),) = warehouse.rows(
        f"select count(*), case when min(score_then) < max(score_then) and min(score_now) < "
        f"max(score_now) then corr(rank_then, rank_now) end, avg(score_then), avg(score_now) "
        f"from {compared}"
    )
    return Comparison(
        rows=int(count),
        what=description,
        rank_correlation=None if spec.task == "multiclass" else _finite(correlation),
        mean_then=float(mean_then),
        mean_now=float(mean_now),
        named=_named(compared, spec, warehouse) if spec.task == "binary" else None,
        reclassed=_reclassed(compared, warehouse) if spec.task == "multiclass" else None,
        up=_movers(compared, warehouse, "score_now - score_then"),
        down=_movers(compared, warehouse, "score_then - score_now"),
    )


def _named(compared: Relation, spec: PredictionSpec, warehouse: Warehouse) -> Named:
    ((then, now, entering, leaving),) = warehouse.rows(
        f"select {_count('named_then')}, {_count('named_now')}, "
        f"{_count('named_now and not named_then')}, {_count('named_then and not named_now')} "
        f"from {compared}"
    )
    rule = "value.capacity" if spec.value.capacity else "one in ten"
    if spec.value.is_priced:
        limit = ", at most value.capacity" if spec.value.capacity else ""
        rule = f"worth more than acting costs{limit}"
    return Named(int(then), int(now), int(entering), int(leaving), rule)


def _count(condition: str) -> str:
    return f"sum(case when {condition} then 1 else 0 end)"


def _reclassed(compared: Relation, warehouse: Warehouse) -> tuple[Reclassed, ...]:
    rows = warehouse.rows(
        f"select class_then, class_now, count(*) from {compared} where class_then <> class_now "
        "group by class_then, class_now order by 3 desc, 1, 2"
    )
    return tuple(Reclassed(was, becomes, int(count)) for was, becomes, count in rows)


def _newest(request: Request, staged: Staged, warehouse: Warehouse) -> tuple[str, str]:
    """Query for the rows that are compared, and which they are in words.

    Those of the newest as-of date; all open rows where these are more and that date has few, as
    when the as-of time is an instant. Of a flat table the open rows, if there are any.
    """
    day = staged.dialect.as_day(quoted(staged.key[1]))
    ((newest, first, last, opened),) = warehouse.rows(
        f"select (select max({day}) from {staged.relation}), min({day}), max({day}), count(*) "
        f"from ({staged.open}) as opened"
    )
    if newest is None:
        raise DataError(f"the training query of {request.prediction} returned no rows.")
    if staged.spec.is_flat:
        if opened:
            return staged.open, "rows whose outcome is not known"
        return f"select * from {staged.relation}", "rows, all with an outcome that is known"
    newest_rows = f"select * from {staged.relation} where {day} = {staged.dialect.day(newest)}"
    ((count,),) = warehouse.rows(f"select count(*) from ({newest_rows}) as newest")
    if count < ENOUGH_ROWS and opened > count:
        return staged.open, f"open rows as of {first} to {last}"
    return newest_rows, f"rows as of {newest}"


def _stage_both(
    request: Request, staged: Staged, warehouse: Warehouse, then: Relation, now: Relation
) -> None:
    entity, as_of = (quoted(name) for name in staged.key)

    def placed(name: str) -> str:
        # The rank of equal scores is the mean of their places.
        score = f"score_{name}"
        return (
            f"rank() over (order by {score} desc) + (count(*) over (partition by {score}) - 1) "
            f"/ 2.0 as rank_{name}"
        )

    columns_of_task = {"binary": ("is_named", "named"), "multiclass": ("predicted", "class")}
    column, alias = columns_of_task.get(staged.spec.task, (None, None))
    selected = f",\n        was.{column} as {alias}_then,\n        made.{column} as {alias}_now"
    passed = f",\n    {alias}_then,\n    {alias}_now"

    warehouse.stage(
        compared_of(request),
        f"""with both_scored as (
    select
        was.{entity} as entity,
        was.{as_of} as as_of,
        was.score as score_then,
        made.score as score_now{selected if column else ""}
    from {then} as was
    inner join {now} as made on was.{entity} = made.{entity} and was.{as_of} = made.{as_of}
)

select
    {staged.dialect.as_text("entity")} as entity,
    {staged.dialect.as_text("as_of")} as as_of,
    score_then,
    score_now{passed if column else ""},
    {placed("then")},
    {placed("now")}
from both_scored""",
    )


def _movers(compared: Relation, warehouse: Warehouse, change: str) -> tuple[Mover, ...]:
    classes = [name for name in ("class_then", "class_now") if name in warehouse.columns(compared)]
    columns = ", ".join(["entity", "as_of", "score_then", "score_now", *classes])
    rows: list[tuple[Any, ...]] = warehouse.rows(
        f"select {columns} from {compared} where {change} > 0 "
        f"order by {change} desc, entity, as_of limit {MOVERS}"
    )
    return tuple(
        Mover(entity, as_of, float(then), float(now), *of_class)
        for entity, as_of, then, now, *of_class in rows
    )


def _finite(value: Any) -> float | None:
    return None if value is None or math.isnan(value) else float(value)
