"""Scores of open rows, streamed into a staging relation that nobody reads yet."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from foretell.errors import DataError
from foretell.features.definitions import Changes, listed
from foretell.registry.versions import Recipe
from foretell.request import Request
from foretell.scoring.fitted import Fitted
from foretell.scoring.reasons import reasons
from foretell.staging import MATURES_AT, RULE, Staged
from foretell.training.backtest import probabilities
from foretell.training.candidates import ALL
from foretell.training.metrics import Floats
from foretell.training.rows import matrix, select_doubles
from foretell.warehouse.protocol import Warehouse
from foretell.warehouse.relation import quoted

#: Rows that get reasons where the spec names no capacity.
ROWS_WITH_REASONS = 1_000


def check_columns(
    request: Request, recipe: Recipe, staged: Staged, changes: Changes, *, version: int
) -> None:
    """A version takes its columns by name, and each must mean what it meant.

    Raises:
        DataError: one is gone or defined otherwise.
    """
    broken = changes.breaks(recipe.needs)
    if broken:
        gone = [name for name in broken if name in changes.gone]
        if RULE in broken:
            what = "the rule of `baseline.sql`, which the spec now says otherwise or not at all"
        elif gone:
            what = (
                f"the features {listed(gone)}, which its training query no longer returns; it has "
                f"[{', '.join(staged.features)}]"
            )
        else:
            what = f"the features {listed(broken)}, which the feature view now defines otherwise"
        raise DataError(
            f"Champion v{version} of {request.prediction} needs {what}. "
            "No challenger won, so the last predictions stay. Bring back what it needs, or begin "
            "anew with --full-refresh --vars 'foretell_reset: true'."
        )


def to_score(request: Request, staged: Staged, warehouse: Warehouse) -> str:
    """Query for open rows that have no live score yet (for all open rows in a full refresh)."""
    if request.full_refresh or not warehouse.exists(request.history):
        return staged.open
    same = " and ".join(f"made.{quoted(name)} = staged.{quoted(name)}" for name in staged.key)
    return (
        f"{staged.open.replace(' where ', ' as staged where ')} and not exists ("
        f"select 1 from {request.history} as made where made.origin = 'live' and {same})"
    )


def score(
    request: Request, staged: Staged, fitted: Fitted, warehouse: Warehouse, *, rows: str
) -> int:
    """Score a query's rows into ``request.scored``, with reasons for the highest scores.

    Returns the number of rows.
    """
    entity, as_of = staged.key
    plain = request.store(f"{request.prediction}__plain")
    sql = select_doubles(staged, rows, features=fitted.recipe.needs)
    types = dict(
        zip((entity, as_of), (_arrow_type(warehouse, sql, name) for name in (entity, as_of)),
            strict=True)
    )  # fmt: skip
    schema = pa.schema(
        [
            (entity, types[entity]),
            (as_of, types[as_of]),
            ("score", pa.float64()),
            ("matures_at", pa.timestamp("us")),
        ]
    )

    def one(batch: pa.RecordBatch) -> pa.RecordBatch:
        scores = probabilities(fitted.pipeline, _inputs(batch, fitted))
        columns = [
            batch.column(entity),
            batch.column(as_of),
            pa.array(scores),
            batch.column(MATURES_AT).cast(pa.timestamp("us")),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=schema)

    try:
        count = warehouse.map_batches(sql, one, schema=schema, into=plain)
        # Few rows at a time: threads would cost more than they bring.
        with threadpool_limits(limits=1):
            _explain(request, staged, fitted, warehouse, scored=str(plain))
    finally:
        warehouse.drop(plain)
    return count


def _inputs(batch: pa.RecordBatch | pa.Table, fitted: Fitted) -> Floats:
    looks_at_rule = ALL[fitted.recipe.candidate].looks_at == "rule"
    return matrix(batch, (RULE,) if looks_at_rule else fitted.recipe.features)


def _arrow_type(warehouse: Warehouse, sql: str, column: str) -> pa.DataType:
    empty = warehouse.sample(f"select {quoted(column)} from ({sql}) as s", key=[column], limit=0)
    return empty.schema.field(column).type


def _explain(
    request: Request, staged: Staged, fitted: Fitted, warehouse: Warehouse, *, scored: str
) -> None:
    """Add reasons to the scores: for the ``capacity`` highest, in memory since they are few."""
    spec = staged.spec
    entity, as_of = (quoted(name) for name in staged.key)
    limit = spec.value.capacity or ROWS_WITH_REASONS
    names = [f"reason_{number}" for number in range(1, spec.reasons + 1)]
    features = fitted.recipe.features
    why = request.store(f"{request.prediction}__reasons")
    highest = (
        f"select staged.* from {staged.relation} as staged join (select {entity}, {as_of} "
        f"from {scored} order by score desc, {entity}, {as_of} limit {limit}) as top "
        f"on staged.{entity} = top.{entity} and staged.{as_of} = top.{as_of}"
    )
    picked = warehouse.sample(
        select_doubles(staged, highest, features=fitted.recipe.needs), key=staged.key, limit=limit
    )
    said = reasons(
        fitted.pipeline,
        _inputs(picked, fitted) if features else np.empty((picked.num_rows, 0)),
        names=features,
        typical=fitted.typical,
        descriptions=request.descriptions,
        count=len(names),
    ) if features else [[None] * len(names)] * picked.num_rows  # fmt: skip
    columns = {name: picked.column(name) for name in staged.key}
    for position, name in enumerate(names):
        columns[name] = pa.array([row[position] for row in said], type=pa.string())
    warehouse.stage_arrow(why, pa.table(columns))
    joined = "".join(f", why.{quoted(name)}" for name in names)
    warehouse.stage(
        request.scored,
        f"select scored.*{joined}, cast({fitted.version} as integer) as model_version "
        f"from {scored} as scored left join {why} as why "
        f"on scored.{entity} = why.{entity} and scored.{as_of} = why.{as_of}",
    )
    warehouse.drop(why)
