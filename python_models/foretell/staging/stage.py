"""The training query's rows, staged once: what they hold, and when each matures."""

from __future__ import annotations

from foretell.errors import DataError, ForetellError
from foretell.ground.kinds import column_kind
from foretell.ground.names import IS_MATURED, MATURES_AT, READ_ON, RULE
from foretell.ground.relation import Relation, quoted
from foretell.ground.statement import without_semicolon
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.staging.checks import check_columns, check_repeated, check_rows, features_of
from foretell.staging.failed_query import failed_query, first_line
from foretell.staging.staged import Staged
from foretell.warehouse.protocol import Warehouse


def stage(request: Request, spec: PredictionSpec, warehouse: Warehouse) -> Staged:
    """Run the training query once and check what it returns.

    A row's label counts only from the moment at which it matures; before that it is null here,
    whatever the query computed.

    Raises:
        DataError: the query fails, lacks a column, repeats a row, or has a feature or label
            that cannot be used.
    """
    raw = request.store(f"{request.prediction}__query")
    try:
        warehouse.stage(raw, request.sql)
        columns = warehouse.columns(raw)
        check_repeated(request, columns, warehouse)
        check_columns(request, spec, columns)
        try:
            warehouse.stage(request.staged, _with_maturity(request, spec, raw, columns, warehouse))
        except Exception:
            _check_rule(request, spec, raw, warehouse)
            raise
    except ForetellError:
        raise
    except Exception as error:
        raise failed_query(error, request, spec) from None
    finally:
        warehouse.drop(raw)
    kinds = {name: column_kind(columns[name]) for name in features_of(request, spec, columns)}
    staged = Staged(request.staged, spec, {name: kind for name, kind in kinds.items() if kind})
    check_rows(request, staged, columns, warehouse)
    return staged


def _check_rule(
    request: Request, spec: PredictionSpec, raw: Relation, warehouse: Warehouse
) -> None:
    """Refuse a baseline that fails by itself. Its text need not stand in the database's error."""
    if spec.baseline is None:
        return
    try:
        warehouse.rows(f"select count({_rule(spec)}) from {raw}")
    except Exception as error:
        raise DataError(
            f"{request.file}: baseline.sql of {request.prediction} cannot be computed over "
            f"the training query: {first_line(error)}."
        ) from None


def _rule(spec: PredictionSpec) -> str:
    """SQL for the baseline's value of a row."""
    kind = "varchar" if spec.task == "multiclass" else "double precision"
    return (
        f"cast((\n{without_semicolon(spec.baseline.sql)}\n) as {kind})" if spec.baseline else "null"
    )


def _with_maturity(
    request: Request,
    spec: PredictionSpec,
    raw: Relation,
    columns: dict[str, str],
    warehouse: Warehouse,
) -> str:
    """SQL for the rows with when each matures, its label unknown until then, and the rule."""
    label, today = quoted(spec.label), f"cast('{request.today}' as timestamp)"
    added = []
    if spec.is_flat:
        is_matured = f"{label} is not null"
        matures_at = f"case when {is_matured} then {today} end"
        added.append(f"cast('{request.today}' as date) as {quoted(READ_ON)}")
    else:
        start = quoted(spec.matures_at or str(spec.as_of))
        seconds = spec.settle.total_seconds()
        seconds += spec.horizon.total_seconds() if spec.horizon else 0
        matures_at = warehouse.add_interval(start, int(seconds))
        is_matured = f"{matures_at} <= {today}"
    known = f"cast({label} as varchar)" if spec.task == "multiclass" else label
    kept = [
        f"case when {is_matured} then {known} end as {label}"
        if name == spec.label
        else quoted(name)
        for name in columns
    ]
    added += [
        f"{_rule(spec)} as {RULE}",
        f"{matures_at} as {MATURES_AT}",
        f"coalesce({is_matured}, false) as {IS_MATURED}",
    ]
    return "select\n    " + ",\n    ".join([*kept, *added]) + f"\nfrom {raw}"
