"""Feature values as they were when a row was scored, to compare with the same row made anew.

Such a row must come out the same: its as-of time has not changed. Where it does not, its source was
restated, arrived late, or looks past the as-of time. In each case the model learns from values that
it will not have when it scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from foretell.ground.definitions import Changes
from foretell.ground.kinds import ColumnKind, column_kind
from foretell.ground.relation import quoted
from foretell.request import Request
from foretell.staging.staged import Staged
from foretell.warehouse.protocol import Warehouse

_KINDS: tuple[ColumnKind, ...] = ("number", "date", "string")
#: Values this close are the same: sums of doubles depend on the order in which they are added.
TOLERANCE = 1e-6
#: Rows from which equal values say that a feature is the same.
ENOUGH_ROWS = 100


@dataclass(frozen=True)
class ValueChange:
    """How many kept rows have a different value of a feature now, and how many values it had."""

    feature: str
    rows: int
    differ: int
    values: int


def kept_column(feature: str, kind: ColumnKind, columns: Mapping[str, str]) -> str:
    """The column in which a feature's values of some kind are kept, or will be.

    Parameters
    ----------
    columns
        Columns of the table as it is, with their SQL types.
    """
    types = {name.lower(): sql_type for name, sql_type in columns.items()}
    first_type = types.get(feature.lower())
    if first_type is None or column_kind(first_type) == kind:
        return feature
    # No column of a training query begins with foretell_.
    return f"foretell_{kind}_{feature}"


def kept_rows(
    request: Request, staged: Staged, warehouse: Warehouse, *, version: int, run_id: str
) -> str:
    """Query for the rows that this run has scored, with all their features."""
    entity, as_of = (quoted(name) for name in staged.key)
    column_types = warehouse.columns(request.new_kept)
    values = [
        f"{staged.feature_of('staged', name)} as {quoted(kept_column(name, kind, column_types))}"
        for name, kind in staged.kinds.items()
    ]
    columns = ",\n    ".join([f"staged.{entity}", f"staged.{as_of}", *values])
    made_by = staged.dialect.as_kind(str(version), "whole")
    return (
        f"select\n    {columns},\n    {made_by} as foretell_version,\n"
        f"    '{run_id}' as foretell_run\n"
        f"from {staged.relation} as staged\ninner join {request.new_history} as scored\n"
        f"    on staged.{entity} = scored.{entity} and staged.{as_of} = scored.{as_of}\n"
        f"where scored.run_id = '{run_id}' and scored.origin = 'live'"
    )


def differences(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    features: Sequence[str],
    *,
    version: int,
    where: str = "1 = 1",
) -> list[ValueChange]:
    """What changed in the rows that a version scored; ``where`` picks among the staged rows."""
    column_types = warehouse.columns(request.kept)
    compared = [
        name
        for name in features
        if name in staged.kinds
        and kept_column(name, staged.kinds[name], column_types) in column_types
    ]
    if not compared:
        return []
    aggregates = []
    for name in compared:
        kind = staged.kinds[name]
        column = kept_column(name, kind, column_types)
        # Staged rows hold null where there is no value; rows kept by earlier releases may not.
        kept = staged.dialect.known_or_null(f"kept.{quoted(column)}", column_types[column])
        kept_value = staged.dialect.as_kind(kept, kind, column_types[column])
        staged_value = staged.feature_of("staged", name)
        is_different = f"{kept_value} is distinct from {staged_value}"
        if kind == "number":
            is_far = f"abs({kept_value} - {staged_value}) > {TOLERANCE} * (1 + abs({kept_value}))"
            is_different += f" and coalesce({is_far}, true)"
        alternatives = [
            alternative for alternative in _all_columns(name, column_types) if alternative != column
        ]
        are_null = " and ".join(
            f"kept.{quoted(alternative)} is null" for alternative in alternatives
        )
        is_kind = f"({kept_value} is not null or ({are_null}))" if alternatives else "1 = 1"
        aggregates.append(f"count(distinct {kept_value})")
        aggregates.append(f"sum(case when {is_kind} then 1 else 0 end)")
        aggregates.append(f"sum(case when {is_kind} and {is_different} then 1 else 0 end)")
    same_row = " and ".join(f"kept.{quoted(name)} = staged.{quoted(name)}" for name in staged.key)
    (counts,) = warehouse.rows(
        f"select {', '.join(aggregates)} from {request.published_kept} as kept "
        f"inner join {staged.relation} as staged on {same_row} "
        f"where kept.foretell_version = {version} and ({where})"
    )
    return [
        ValueChange(name, int(rows), int(differ), int(values))
        for name, values, rows, differ in zip(
            compared, counts[::3], counts[1::3], counts[2::3], strict=True
        )
        if rows
    ]


def _all_columns(feature: str, column_types: Mapping[str, str]) -> list[str]:
    """The columns that a feature's values were kept in, of whatever kind."""
    columns = (feature, *(f"foretell_{kind}_{feature}" for kind in _KINDS))
    return [name for name in columns if name in column_types]


def confirmed(
    changes: Changes, request: Request, staged: Staged, warehouse: Warehouse, *, version: int
) -> Changes:
    """Changes, less the features whose view's SQL has changed and whose kept values have not.

    The SQL of a view is one text for all its features, so that a column added to it seems to
    redefine them all; the rows that the champion scored tell whether it did. Few rows, or rows
    that all have one value, tell nothing; a feature whose declaration has changed is a new one.
    """
    suspects = sorted(changes.rewritten)
    value_changes = differences(request, staged, warehouse, suspects, version=version)
    unchanged = {
        value_change.feature
        for value_change in value_changes
        if value_change.differ == 0 and value_change.rows >= ENOUGH_ROWS and value_change.values > 1
    }
    return replace(
        changes, redefined=tuple(name for name in changes.redefined if name not in unchanged)
    )
