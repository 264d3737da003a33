"""Scores of rows, streamed through a version."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from foretell.errors import DataError
from foretell.forms.form import COMPARED
from foretell.ground.definitions import Changes, listed
from foretell.ground.names import MATURES_AT, RULE, SCORE
from foretell.ground.recipe import Recipe
from foretell.ground.relation import Relation, quoted
from foretell.published import columns_of, reason_columns
from foretell.request import Request
from foretell.scorers.inputs import Columns
from foretell.scorers.scorer import SAME, differ
from foretell.scoring.columns import score_arrays
from foretell.scoring.fitted import Fitted
from foretell.scoring.in_sql import NAMES, days_in_sql, scores_in_sql
from foretell.scoring.reasons import reasons
from foretell.spec import PredictionSpec
from foretell.staging.staged import Staged
from foretell.training.rows import AS_OF, select_inputs, values_of
from foretell.training.value import break_even
from foretell.warehouse.protocol import Warehouse

#: Rows that get reasons where the spec does not say how many can be acted on.
ROWS_WITH_REASONS = 1_000
#: Scorings that reasons may cost (one for each row and feature) where fewer rows are scored:
#: about two seconds.
SCORINGS = 200_000


def check_columns(
    request: Request, recipe: Recipe, staged: Staged, changes: Changes, *, version: int
) -> None:
    """A version takes its columns by name, and each must mean what it meant.

    Raises
    ------
    DataError
        One is gone or defined otherwise.
    """
    broken = changes.breaks(recipe.needs)
    if broken:
        gone = [name for name in broken if name in changes.gone]
        if RULE in broken:
            requirement = (
                "the rule of `baseline.sql`, which the spec now says otherwise or not at all"
            )
        elif gone:
            requirement = (
                f"the features {listed(gone)}, which its training query no longer returns; it has "
                f"[{', '.join(staged.features)}]"
            )
        else:
            requirement = (
                f"the features {listed(broken)}, which are defined otherwise now or have become "
                "a different kind of column"
            )
        raise DataError(
            f"Champion v{version} of {request.prediction} needs {requirement}. "
            "No challenger won, so the last predictions stay. Bring back what it needs, or begin "
            "anew with --full-refresh --vars 'foretell_reset: true'."
        )


def to_score(request: Request, staged: Staged, warehouse: Warehouse) -> str:
    """Query for open rows that have no live score yet (for all open rows in a full refresh)."""
    if (
        request.full_refresh
        or not warehouse.exists(request.history)
        or not staged.has_key_in(warehouse.columns(request.history))
    ):
        return staged.open
    same_row = " and ".join(f"made.{quoted(name)} = staged.{quoted(name)}" for name in staged.key)
    return (
        f"select staged.* from ({staged.open}) as staged where not exists ("
        f"select 1 from {request.published} as made where made.origin = 'live' and {same_row})"
    )


@dataclass(frozen=True)
class Scores:
    """Scores of some rows, as long as what they are read from is there.

    Attributes
    ----------
    sql
        Query for them: key, scores, who is named, reasons, slices, the version.
    count
        How many rows there are.
    """

    sql: str
    count: int


@contextmanager
def scores_of(
    request: Request,
    staged: Staged,
    fitted: Fitted,
    warehouse: Warehouse,
    *,
    rows: str,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Scores]:
    """Scores of a query's rows, with reasons for those that matter, to be read inside the block."""
    plain, reason_table = request.table("plain"), request.table("reasons")
    sql = select_inputs(staged, rows, features=fitted.recipe.needs)
    key = _key_fields(warehouse, sql, staged)
    try:
        count = _write_plain(staged, fitted, warehouse, sql, key=key, into=plain)
        named = _named(staged.spec, staged, plain)
        # Few rows at a time: threads would cost more than they bring.
        with threadpool_limits(limits=1):
            _explain(
                request, staged, fitted, warehouse, scored=named, into=reason_table, key=key,
                count=count, progress=progress,
            )  # fmt: skip
        yield Scores(_with_reasons(staged, fitted, scored=named, reason_table=reason_table), count)
    finally:
        warehouse.drop(plain, reason_table)


def _write_plain(
    staged: Staged,
    fitted: Fitted,
    warehouse: Warehouse,
    inputs: str,
    *,
    key: list[tuple[str, pa.DataType]],
    into: Relation,
) -> int:
    """Write the scores of a query's inputs; returns how many there are.

    The warehouse scores its rows itself where the model is a query that says what its arrays say;
    else they are streamed through the arrays or the estimator.
    """
    query = _query_for(staged, fitted, inputs, others=[*staged.key, MATURES_AT])
    if query is None or not _is_same(staged, fitted, warehouse):
        scorer, schema = scorer_of(fitted, staged, key)
        return warehouse.map_batches(inputs, scorer, schema=schema, into=into)
    names = score_arrays(fitted.form, np.empty(0))
    columns = [quoted(name) for name in staged.key]
    columns += [f"{NAMES[name]} as {name}" for name in names]
    columns.append(f"{staged.dialect.as_instant(MATURES_AT)} as matures_at")
    warehouse.stage(into, f"select {', '.join(columns)} from ({query}) as scored")
    return int(warehouse.rows(f"select count(*) from {into}")[0][0])


def _query_for(staged: Staged, fitted: Fitted, inputs: str, *, others: Sequence[str]) -> str | None:
    """Query for the scores of a query's inputs; None where the model is none."""
    days = days_in_sql(
        staged.dates.keys() & set(fitted.recipe.needs),
        is_flat=staged.spec.is_flat,
        dialect=staged.dialect,
    )
    return scores_in_sql(fitted.form, inputs, days=days, others=others, dialect=staged.dialect)


def _is_same(staged: Staged, fitted: Fitted, warehouse: Warehouse) -> bool:
    """Whether some of the staged rows have the scores by a query that they have by arrays."""
    needs = fitted.recipe.needs or (RULE,)
    some = f"select * from {staged.relation} limit {COMPARED}"
    inputs = select_inputs(staged, some, features=needs)
    query = _query_for(staged, fitted, inputs, others=[*staged.key, AS_OF, *needs])
    assert query is not None  # noqa: S101
    table = warehouse.sample(query, key=staged.key, limit=COMPARED)
    by_query = np.asarray(table.column(SCORE).to_numpy(), dtype=np.float64)
    return differ(by_query, fitted.form.scores(_inputs(table, staged, fitted))) <= SAME


def scorer_of(
    fitted: Fitted, staged: Staged, key: list[tuple[str, pa.DataType]]
) -> tuple[Callable[[pa.RecordBatch], pa.RecordBatch], pa.Schema]:
    """What scores: a function from a batch of inputs to a batch of scores, and its schema.

    Nothing but these two batches and the serving form crosses it, so that a warehouse may run it
    wherever the rows are.
    """
    no_scores = np.empty((0, len(fitted.form.classes)) if fitted.form.task == "multiclass" else 0)
    names = score_arrays(fitted.form, no_scores)
    schema = pa.schema(
        [
            *key,
            *((name, column.type) for name, column in names.items()),
            ("matures_at", pa.timestamp("us")),
        ]
    )

    def score_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = [
            *(batch.column(name) for name, _ in key),
            *_scores(batch, staged, fitted).values(),
            batch.column(MATURES_AT).cast(pa.timestamp("us")),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=schema)

    return score_batch, schema


def _scores(batch: pa.RecordBatch, staged: Staged, fitted: Fitted) -> dict[str, pa.Array]:
    if not batch.num_rows:
        no_scores = np.empty((0, len(fitted.form.classes)) if fitted.form.classes else 0)
        return score_arrays(fitted.form, no_scores)
    return score_arrays(fitted.form, fitted.form.scores(_inputs(batch, staged, fitted)))


def _inputs(batch: pa.Table | pa.RecordBatch, staged: Staged, fitted: Fitted) -> Columns:
    # What looks at nothing still has to know how many rows there are.
    return values_of(batch, fitted.recipe.needs or (RULE,), is_flat=staged.spec.is_flat)


def _key_fields(warehouse: Warehouse, sql: str, staged: Staged) -> list[tuple[str, pa.DataType]]:
    columns = ", ".join(quoted(name) for name in staged.key)
    empty = warehouse.sample(f"select {columns} from ({sql}) as s", key=staged.key, limit=0)
    return [(name, empty.schema.field(name).type) for name in staged.key]


def _named(spec: PredictionSpec, staged: Staged, scored: Relation) -> str:
    """Query for scores with who would be acted on, and what that is expected to be worth.

    Of the rows of a run the highest scores, as many as the capacity (without one: one in ten),
    and where acting has a price, only those from which more is expected than it costs.
    """
    if spec.task != "binary":
        return f"select * from {scored}"
    entity, as_of = (quoted(name) for name in staged.key)
    cut = break_even(spec.value)
    one_in_ten = "greatest(1, floor(count(*) over () / 10))"
    limit = spec.value.capacity or ("count(*) over ()" if spec.value.is_priced else one_in_ten)
    within = f"row_number() over (order by score desc, {entity}, {as_of}) <= {limit}"
    if cut is None:
        return f"select *, {within} as is_named from {scored}"
    gain, loss = spec.value.true_positive, spec.value.false_positive
    return (
        f"select *, {within} and score >= {cut!r} as is_named, "
        f"score * ({gain!r}) + (1 - score) * ({loss!r}) as expected_value from {scored}"
    )


def _explain(
    request: Request,
    staged: Staged,
    fitted: Fitted,
    warehouse: Warehouse,
    *,
    scored: str,
    into: Relation,
    key: list[tuple[str, pa.DataType]],
    count: int,
    progress: Callable[[str], None],
) -> None:
    """Reasons of the rows that matter into a relation: those named, or all where so declared."""
    spec, features = staged.spec, fitted.recipe.features
    entity, as_of = (quoted(name) for name in staged.key)
    names = reason_columns(spec.reasons)
    is_limited = spec.value.capacity or spec.value.is_priced
    condition = "is_named" if spec.task == "binary" and is_limited else "1 = 1"
    limit = count if spec.reasons_for == "all" or is_limited else ROWS_WITH_REASONS
    if spec.reasons_for == "all":
        condition = "1 = 1"
    elif features:
        affordable = max(SCORINGS, count) // len(features)
        if affordable < limit:
            progress(f"reasons for the {affordable:,} highest scores (reasons_for: all makes all)")
            limit = affordable
    picked = (
        f"select staged.* from {staged.relation} as staged join (select {entity}, {as_of} "
        f"from ({scored}) as scored where {condition} "
        f"order by score desc, {entity}, {as_of} limit {limit}) "
        f"as top on staged.{entity} = top.{entity} and staged.{as_of} = top.{as_of}"
    )

    def explain_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
        rows: list[list[str | None]] = [[None] * len(names)] * batch.num_rows
        if features and names:
            rows = reasons(
                fitted.form,
                _inputs(batch, staged, fitted),
                typical=fitted.typical,
                descriptions=request.descriptions,
                count=len(names),
                dates=staged.dates,
            )
        columns = [batch.column(name) for name in staged.key]
        columns += [
            pa.array([row[position] for row in rows], type=pa.string())
            for position in range(len(names))
        ]
        return pa.RecordBatch.from_arrays(columns, schema=schema)

    schema = pa.schema([*key, *((name, pa.string()) for name in names)])
    sql = select_inputs(staged, picked, features=fitted.recipe.needs)
    warehouse.map_batches(sql, explain_batch, schema=schema, into=into)


def _with_reasons(staged: Staged, fitted: Fitted, *, scored: str, reason_table: Relation) -> str:
    """Query for scores, reasons, the declared slices and the version, as they are published."""
    entity, as_of = (quoted(name) for name in staged.key)
    names = [f"why.{quoted(name)}" for name in reason_columns(staged.spec.reasons)]
    slices = [
        f"staged.{quoted(column.name)}"
        for column in columns_of(staged.spec)
        if column.part == "slice"
    ]
    columns = ", ".join(["scored.*", *names, *slices])
    made_by = staged.dialect.as_kind(str(fitted.version), "whole")
    of_slices = (
        f"inner join {staged.relation} as staged "
        f"on scored.{entity} = staged.{entity} and scored.{as_of} = staged.{as_of} "
        if slices
        else ""
    )
    return (
        f"select {columns}, {made_by} as model_version "
        f"from ({scored}) as scored "
        f"{of_slices}"
        f"left join {reason_table} as why "
        f"on scored.{entity} = why.{entity} and scored.{as_of} = why.{as_of}"
    )
