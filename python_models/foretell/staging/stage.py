"""The training query's rows, staged once: what they hold, and when each matures."""

from __future__ import annotations

import re

from foretell.errors import DataError, ForetellError
from foretell.ground.kinds import column_kind, has_zone
from foretell.ground.names import IS_MATURED, MATURES_AT, READ_ON, RULE
from foretell.ground.relation import Relation, quoted
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.staging.checks import check_columns, check_rows, features_of
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
        check_columns(request, spec, columns)
        try:
            warehouse.stage(request.staged, _with_maturity(request, spec, raw, columns, warehouse))
        except Exception as error:
            if spec.baseline is None or spec.baseline.sql not in str(error):
                raise
            raise DataError(
                f"{request.file}: baseline.sql of {request.prediction} cannot be computed over "
                f"the training query: {_first_line(error)}"
            ) from None
    except ForetellError:
        raise
    except Exception as error:
        raise DataError(
            f"The training query of {request.prediction} failed: {_first_line(error)}. "
            f"{_key_in(error, request, spec)}dbt's compiled folder has the query as it ran."
        ) from None
    finally:
        warehouse.drop(raw)
    kinds = {name: column_kind(columns[name]) for name in features_of(request, spec, columns)}
    staged = Staged(request.staged, spec, {name: kind for name, kind in kinds.items() if kind})
    check_rows(request, staged, columns, warehouse)
    return staged


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]


def _key_in(error: Exception, request: Request, spec: PredictionSpec) -> str:
    """What the key columns must be, where a database complains about one of them."""
    must_be = {"entity": "a column", "as_of": "a date or timestamp column"}
    return "".join(
        f"{request.file}: `{role}: {getattr(spec, role)}` must be {kind} of the rows whose "
        "features are joined. "
        for role, kind in must_be.items()
        if getattr(spec, role) and re.search(rf"\b{re.escape(getattr(spec, role))}\b", str(error))
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
    kept = {name: _kept(name, kind) for name, kind in columns.items()}
    kept[spec.label] = f"case when {is_matured} then {known} end as {label}"
    rule_type = "varchar" if spec.task == "multiclass" else "double precision"
    rule = f"cast(({spec.baseline.sql}) as {rule_type})" if spec.baseline else "null"
    added += [
        f"{rule} as {RULE}",
        f"{matures_at} as {MATURES_AT}",
        f"coalesce({is_matured}, false) as {IS_MATURED}",
    ]
    return "select\n    " + ",\n    ".join([*kept.values(), *added]) + f"\nfrom {raw}"


def _kept(name: str, sql_type: str) -> str:
    """A column as it is; a time with a zone as the time in UTC, whatever the session's zone is."""
    column = quoted(name)
    return f"{column} at time zone 'UTC' as {column}" if has_zone(sql_type) else column
