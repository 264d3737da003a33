"""Why one row scores as it does: its score among others, and what each feature does to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from foretell.errors import DataError, RegistryError
from foretell.ground.names import MATURES_AT, RULE
from foretell.ground.relation import Relation, quoted
from foretell.questions.asked import AskExplain
from foretell.questions.scratch import asked_of
from foretell.questions.stored import (
    explain_row,
    get_version,
    refuse_lost,
    refuse_unbuilt,
    stage_scores,
)
from foretell.registry.versions import Champion, champions
from foretell.request import Request
from foretell.scoring.reasons import is_text, label_of, worded
from foretell.spec import PredictionSpec, read_spec
from foretell.staging.stage import stage
from foretell.staging.staged import Staged
from foretell.warehouse.dialect import TypeKind
from foretell.warehouse.protocol import Warehouse


@dataclass(frozen=True)
class Contribution:
    """What one feature does to a score.

    Attributes
    ----------
    label
        Its description's first sentence, else its name.
    value, typical
        The row's, and the median or commonest string of the training rows; None where unknown. A
        date is the days from it to the as-of time, in a flat table the days since 1970.
    said, typically
        The same in words; nothing is typical of texts.
    contribution
        By how much the score is higher than it would be with the typical value, all else as it is.
    """

    feature: str
    label: str
    value: float | str | None
    typical: float | str | None
    said: str
    typically: str
    contribution: float


@dataclass(frozen=True)
class Published:
    """The newest live score of the row: what readers of the prediction see.

    Attributes
    ----------
    predicted
        Of task multiclass: the class whose probability the score is.
    """

    score: float
    version: int
    on: date
    predicted: str | None


@dataclass(frozen=True)
class Explanation:
    """A row's score by the champion, and why.

    Attributes
    ----------
    entity_column, entity, as_of
        The row, as the warehouse writes it.
    estimator
        The champion's.
    predicted
        Of task multiclass: the class that is likeliest, whose probability the score is, and which
        all else here is about.
    rank, ties, rows
        Its place among the rows of its as-of date by this version, 1 for the highest; how many
        others have the same score; how many rows there are. Of task multiclass, among the rows
        that are predicted to be of the same class.
    typical_score
        The median of their scores.
    published
        None where the row has no live score.
    outcome, matures_at
        What happened, where that is known, and from when on it is.
    is_learnt
        Whether its outcome was known when the version was trained: its score is no forecast. None
        where that cannot be told: a flat table does not say since when an outcome is known.
    contributions
        Of all that the version looks at: what raises the score most comes first, what lowers it
        most comes last.
    """

    prediction: str
    version: int
    estimator: str
    entity_column: str
    entity: str
    as_of: str
    score: float
    predicted: str | None
    rank: int
    ties: int
    rows: int
    typical_score: float
    published: Published | None
    label: str
    outcome: str | None
    matures_at: datetime | None
    is_learnt: bool | None
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True)
class _Row:
    entity: str
    as_of: str
    day: date
    matures_at: datetime | None
    outcome: str | None


def explain(request: Request, warehouse: Warehouse, question: AskExplain) -> Explanation:
    """Explain a row of the training query by the champion.

    Raises
    ------
    ForetellError
        There is no champion, no such row, or the champion cannot score it.
    """
    spec = read_spec(
        request.declared, prediction=request.prediction, file=request.file, folder=request.folder
    )
    refuse_unbuilt(request, warehouse)
    champion = _champion(request, warehouse)
    day = _day(question.as_of)
    staged = stage(request, spec, warehouse)
    row = _find(request, staged, warehouse, question, day)
    refuse_lost(request, spec, staged, champion, warehouse)
    row_query = _query_for(request, staged, warehouse, row)
    day_query = (
        f"select * from {staged.relation} "
        f"where {staged.dialect.as_day(quoted(staged.key[1]))} = {staged.dialect.day(row.day)}"
    )
    scores = stage_scores(request, staged, champion, warehouse, rows=day_query)
    score, rank, ties, rows, typical, predicted = _place(request, staged, warehouse, scores)
    published = _published(request, staged, warehouse)
    effects = explain_row(staged, champion, warehouse, row=row_query)
    return Explanation(
        prediction=request.prediction,
        version=champion.version,
        estimator=champion.recipe.candidate,
        entity_column=spec.entity,
        entity=row.entity,
        as_of=row.as_of,
        score=score,
        predicted=predicted,
        rank=rank,
        ties=ties,
        rows=rows,
        typical_score=typical,
        published=published,
        label=spec.label,
        outcome=row.outcome,
        matures_at=row.matures_at,
        is_learnt=_is_learnt(spec, champion, row, published),
        contributions=_worded(request, staged, effects),
    )


def _is_learnt(
    spec: PredictionSpec, champion: Champion, row: _Row, published: Published | None
) -> bool | None:
    if row.outcome is None or row.matures_at is None:
        return False
    if not spec.is_flat:
        return row.matures_at <= champion.trained_until
    # What was scored live had no outcome then, and a version is trained before it scores.
    was_open = published is not None and published.on >= champion.made_on
    return False if was_open else None


def _champion(request: Request, warehouse: Warehouse) -> Champion:
    served = champions(request, warehouse)
    if not served:
        raise RegistryError(
            f"{request.prediction} has no champion yet, so nothing scores. "
            f"`foretell history {request.prediction}` says why; `foretell promote` makes a version "
            "that waits the champion."
        )
    return get_version(request, served[0], warehouse)


def _day(text: str | None) -> datetime | None:
    """The as-of date or time that was typed."""
    if text is None:
        return None
    try:
        as_of = datetime.fromisoformat(text)
    except ValueError:
        raise DataError(
            f"--as-of {text} is no date; write it as 2025-07-29, or as 2025-07-29T09:30 where "
            "rows are as of an instant."
        ) from None
    if as_of.tzinfo is not None:
        raise DataError(
            f"--as-of {text} has a time zone, and as-of times have none; write it as the "
            f"prediction's rows have it, such as {as_of.replace(tzinfo=None).isoformat()}."
        )
    return as_of


def _find(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    question: AskExplain,
    day: datetime | None,
) -> _Row:
    """The row that is meant: the newest of the entity as of that date, or of all its dates."""
    dialect = staged.dialect
    entity, as_of = (quoted(name) for name in staged.key)
    entity_text, as_of_text = dialect.as_text(entity), dialect.as_text(as_of)
    is_entity = f"{entity_text} = ?"
    values: list[object] = [question.entity]
    condition = "1 = 1"
    if day is not None:
        is_date = len(question.as_of or "") == len("2025-07-29")
        kind: TypeKind = "day" if is_date else "date"
        condition = f"{dialect.as_kind(as_of, kind)} = {dialect.as_kind('?', kind)}"
        values.append(str(day.date() if is_date else day))
    rows = warehouse.rows(
        f"select {entity_text}, {as_of_text}, {dialect.as_day(as_of)}, "
        f"{dialect.as_instant(MATURES_AT)}, {dialect.as_text(quoted(staged.spec.label))} "
        f"from {staged.relation} as staged where {is_entity} and {condition} "
        f"order by staged.{as_of} desc limit 1",
        values,
    )
    if rows:
        return _Row(*rows[0])
    newest = warehouse.rows(
        f"select {as_of_text} from {staged.relation} as staged where {is_entity} "
        f"order by staged.{as_of} desc limit 3",
        [question.entity],
    )
    if newest:
        raise DataError(
            f"{staged.spec.entity} {question.entity} has no row as of {question.as_of} in the "
            f"training query of {request.prediction}; its newest are as of {_first(newest)}."
        )
    examples = warehouse.rows(
        f"select distinct {entity_text} from {staged.relation} order by 1 limit 3"
    )
    raise DataError(
        f"No row of the training query of {request.prediction} has {staged.spec.entity} = "
        f"'{question.entity}'. "
        + (
            f"It has, for example, {_first(examples)}."
            if examples
            else "It returned no rows at all: are upstream models built?"
        )
    )


def _first(rows: list[tuple[Any, ...]]) -> str:
    return ", ".join(str(value) for (value,) in rows)


def _query_for(request: Request, staged: Staged, warehouse: Warehouse, row: _Row) -> str:
    """Query for the one row; what was typed is a value in a table, never part of the SQL."""
    key_table = asked_of(request)
    warehouse.stage_arrow(key_table, pa.table({"entity": [row.entity], "as_of": [row.as_of]}))
    return (
        f"select staged.* from {staged.relation} as staged {_is_asked(key_table, staged, 'staged')}"
    )


def _is_asked(
    key_table: Relation, staged: Staged, relation: str, *, on_any_day: bool = False
) -> str:
    entity, as_of = (quoted(name) for name in staged.key)
    as_text = staged.dialect.as_text
    same_time = f"and {as_text(f'{relation}.{as_of}')} = asked.as_of"
    return (
        f"inner join {key_table} as asked on {as_text(f'{relation}.{entity}')} = asked.entity "
        f"{'' if on_any_day else same_time}"
    )


def _place(
    request: Request, staged: Staged, warehouse: Warehouse, scores: Relation
) -> tuple[float, int, int, int, float, str | None]:
    """Score, rank, others of the same score, rows, median score and class predicted."""
    is_class = staged.spec.task == "multiclass"
    predicted = "scored.predicted" if is_class else f"{staged.dialect.as_text('null')} as predicted"
    same_class = "where others.predicted = mine.predicted" if is_class else ""
    asked_row = (
        f"select scored.score, {predicted} from {scores} as scored "
        f"{_is_asked(asked_of(request), staged, 'scored')}"
    )
    ((score, higher, equal, rows, median, predicted_class),) = warehouse.rows(
        f"select max(mine.score), sum(case when others.score > mine.score then 1 else 0 end), "
        f"sum(case when others.score = mine.score then 1 else 0 end), count(*), "
        f"percentile_cont(0.5) within group (order by others.score), max(mine.predicted) "
        f"from {scores} as others cross join ({asked_row}) as mine {same_class}"
    )
    return float(score), int(higher) + 1, int(equal) - 1, int(rows), float(median), predicted_class


def _published(request: Request, staged: Staged, warehouse: Warehouse) -> Published | None:
    if not warehouse.exists(request.history):
        return None
    has_class = "predicted" in warehouse.columns(request.history)
    # A row of a flat table is read anew each day; its score may be from a different day.
    is_asked = _is_asked(asked_of(request), staged, "made", on_any_day=staged.spec.is_flat)
    rows = warehouse.rows(
        "select made.score, made.model_version, made.today, "
        f"{'made.predicted' if has_class else 'null'} from {request.published} as made {is_asked} "
        "where made.origin = 'live' order by made.scored_at desc, made.model_version desc limit 1"
    )
    if not rows:
        return None
    ((score, version, day, predicted),) = rows
    return Published(float(score), int(version), day, predicted)


def _worded(
    request: Request,
    staged: Staged,
    effects: list[tuple[str, float | str | None, float | str | None, float]],
) -> tuple[Contribution, ...]:
    baseline = staged.spec.baseline
    labels = {name: label_of(name, request.descriptions) for name, *_ in effects}
    if baseline is not None:
        labels[RULE] = f"The rule {baseline.sql}"

    def in_words(name: str, value: float | str | None) -> str:
        shown = float("nan") if value is None else value
        return worded(shown, label=labels[name], is_day=staged.dates.get(name))

    contributions = [
        Contribution(
            feature=name,
            label=labels[name],
            value=value,
            typical=typical,
            said=in_words(name, value),
            typically="" if is_text(value) or is_text(typical) else in_words(name, typical),
            contribution=contribution,
        )
        for name, value, typical, contribution in effects
    ]
    return tuple(sorted(contributions, key=lambda contribution: -contribution.contribution))
