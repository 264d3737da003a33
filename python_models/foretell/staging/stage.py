"""The training query's rows, staged once: what they hold, and when each matures."""

from __future__ import annotations

from datetime import datetime

from foretell.errors import DataError, ForetellError
from foretell.ground.kinds import column_kind, has_zone
from foretell.ground.names import IS_MATURED, MATURES_AT, QUERY, READ_ON, RULE
from foretell.ground.relation import quoted
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.staging.checks import (
    check_columns,
    check_names,
    check_repeated,
    check_rows,
    features_of,
)
from foretell.staging.failed_query import failed_query, first_line
from foretell.staging.newest_event import DataEnd, newest_event
from foretell.staging.published_types import check_types
from foretell.staging.staged import Staged
from foretell.warehouse.dialect import Dialect, TypeKind, Verbatim
from foretell.warehouse.protocol import Warehouse


def stage(request: Request, spec: PredictionSpec, warehouse: Warehouse) -> Staged:
    """Run the training query once and check what it returns.

    A row's label counts only from the moment at which it matures; before that it is null here,
    whatever the query computed. Where the data end before the run stands, nothing matures after
    their end. NaN and infinite dates are null here, too.

    Raises
    ------
    DataError
        The query fails, lacks a column, repeats a row, or has a feature or label
        that cannot be used, or a key or slice of a type that cannot be published any more.
    """
    check_names(request, spec, warehouse.dialect.max_identifier)
    newest, notes = newest_event(request, spec, warehouse)
    has_ended = newest is not None and newest.holds_up(request.instant, spec)
    known_until = newest.known_until if newest and has_ended else request.instant
    try:
        columns = _columns_of(request, warehouse)
        check_columns(request, spec, columns)
        rows = _with_maturity(request, spec, columns, known_until, warehouse.dialect)
        try:
            warehouse.stage(request.staged, warehouse.dialect.over(request.sql, rows))
        except Exception:
            _check_rule(request, spec, warehouse)
            raise
    except ForetellError:
        raise
    except Exception as error:
        raise failed_query(error, request, spec) from None
    kinds = {name: column_kind(columns[name]) for name in features_of(request, spec, columns)}
    staged = Staged(
        request.staged,
        spec,
        {name: kind for name, kind in kinds.items() if kind},
        warehouse.dialect,
        warehouse.columns(request.staged),
        DataEnd(newest, request.instant, _waiting(request, warehouse))
        if newest and has_ended
        else None,
        tuple(notes),
    )
    check_types(request, staged, warehouse)
    check_rows(request, staged, columns, warehouse)
    return staged


def _columns_of(request: Request, warehouse: Warehouse) -> dict[str, str]:
    """The columns of the training query with their types, two of one name refused."""
    check_repeated(request, warehouse)
    return warehouse.described(Verbatim(request.sql))


def _waiting(request: Request, warehouse: Warehouse) -> int:
    """How many rows' horizon has passed though their outcome is not known."""
    ((rows,),) = warehouse.rows(
        f"select count(*) from {request.staged} where not {IS_MATURED} "
        f"and {MATURES_AT} <= cast('{request.instant}' as timestamp)"
    )
    return int(rows)


def _check_rule(request: Request, spec: PredictionSpec, warehouse: Warehouse) -> None:
    """Refuse a baseline that fails by itself. Its text need not stand in the database's error."""
    if spec.baseline is None:
        return
    dialect = warehouse.dialect
    rule = f"select count({_rule(spec, dialect)}) from {QUERY}"
    try:
        warehouse.rows(dialect.over(request.sql, rule))
    except Exception as error:
        raise DataError(
            f"{request.place('baseline', 'sql')}: baseline.sql of {request.prediction} cannot be "
            f"computed over the training query: {first_line(error)}."
        ) from None


def _rule(spec: PredictionSpec, dialect: Dialect) -> str:
    """SQL for the baseline's value of a row, null where it is none."""
    if not spec.baseline:
        return "null"
    kind: TypeKind = "string" if spec.task == "multiclass" else "number"
    rule = dialect.as_kind(f"(\n{dialect.fold(spec.baseline.sql)}\n)", kind)
    return dialect.known_or_null(rule, dialect.types[kind].upper())


def _key(name: str, sql_type: str, dialect: Dialect) -> str:
    """SQL for a key column as it will be published."""
    published = dialect.key_type(sql_type)
    if published == sql_type:
        return quoted(name)
    return f"cast({quoted(name)} as {published}) as {quoted(name)}"


def _with_maturity(
    request: Request,
    spec: PredictionSpec,
    columns: dict[str, str],
    known_until: datetime,
    dialect: Dialect,
) -> str:
    """SQL for the rows with when each matures, its label unknown until then, and the rule."""
    label, now = quoted(spec.label), dialect.instant(request.instant)
    added = []
    if spec.is_flat:
        is_matured = f"{label} is not null"
        matures_at = f"case when {is_matured} then {now} end"
        added.append(f"{dialect.day(request.today)} as {quoted(READ_ON)}")
    else:
        start = quoted(spec.matures_at or str(spec.as_of))
        seconds = spec.settle.total_seconds()
        seconds += spec.horizon.total_seconds() if spec.horizon else 0
        matures_at = dialect.add_seconds(start, int(seconds))
        is_matured = f"{matures_at} <= {dialect.instant(known_until)}"
        # What matures after the last year that Python knows never does.
        never = dialect.instant("10000-01-01")
        matures_at = f"case when {matures_at} < {never} then {matures_at} end"
    outcome = dialect.as_text(label) if spec.task == "multiclass" else label
    kept = [
        f"case when {is_matured} then {outcome} end as {label}"
        if name == spec.label
        else _key(name, columns[name], dialect)
        if name in (spec.entity, spec.as_of)
        else quoted(name)
        for name in columns
    ]
    added += [
        f"{_rule(spec, dialect)} as {RULE}",
        f"{matures_at} as {MATURES_AT}",
        f"coalesce({is_matured}, false) as {IS_MATURED}",
    ]
    values = ", ".join(
        f"{_value(name, kind, dialect)} as {quoted(name)}" for name, kind in columns.items()
    )
    rows = f"(select {values} from {QUERY}) as queried"
    return "select\n    " + ",\n    ".join([*kept, *added]) + f"\nfrom {rows}"


def _value(name: str, sql_type: str, dialect: Dialect) -> str:
    """A column's value, null where it is unknown; a time with a zone as the time in UTC, whatever
    the session's zone is.
    """
    if has_zone(sql_type):
        return dialect.known_or_null(f"({quoted(name)} at time zone 'UTC')", "TIMESTAMP")
    return dialect.known_or_null(quoted(name), sql_type)
