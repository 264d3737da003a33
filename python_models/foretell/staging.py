"""The training query's rows, staged once: what they hold, when each matures, what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass

from foretell.errors import DataError
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.warehouse.protocol import Warehouse
from foretell.warehouse.relation import Relation, quoted

RULE = "foretell_rule"
MATURES_AT = "foretell_matures_at"
IS_MATURED = "foretell_is_matured"
#: What a prediction has beside its key.
HISTORY_COLUMNS = {
    "score",
    "matures_at",
    "model_version",
    "origin",
    "today",
    "scored_at",
    "run_id",
    "is_latest",
}

_INTEGER = r"U?(TINY|SMALL|BIG|U?HUGE)?INT(EGER)?|INT[248]"
_FEATURE_TYPE = re.compile(
    rf"({_INTEGER}|BOOL(EAN)?|DOUBLE( PRECISION)?|FLOAT[48]?|REAL|(DECIMAL|NUMERIC)(\(.*\))?)"
)
_LABEL_TYPE = re.compile(rf"({_INTEGER}|BOOL(EAN)?)")


@dataclass(frozen=True)
class Staged:
    """The staged relation of a run and the columns that matter in it.

    Attributes
    ----------
    features
        Columns that are neither key, label, ``matures_at`` nor in ``never_use``, in order.
    """

    relation: Relation
    spec: PredictionSpec
    features: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        """Entity and as-of column: what makes a row unique."""
        return self.spec.entity, self.spec.as_of

    @property
    def labelled(self) -> str:
        """Query for rows whose outcome is known."""
        return f"select * from {self.relation} where {IS_MATURED} and {quoted(self.spec.label)} is not null"  # noqa: E501

    @property
    def open(self) -> str:
        """Query for rows whose outcome is not known yet."""
        return f"select * from {self.relation} where not {IS_MATURED}"


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
        _check_columns(request, spec, columns)
        try:
            warehouse.stage(request.staged, _with_maturity(request, spec, raw, columns, warehouse))
        except Exception as error:
            if spec.baseline is None or spec.baseline.sql not in str(error):
                raise
            raise DataError(
                f"{request.file}: baseline.sql of {request.prediction} cannot be computed over "
                f"the training query: {_first_line(error)}"
            ) from None
    except DataError:
        raise
    except Exception as error:
        raise DataError(
            f"The training query of {request.prediction} failed: {_first_line(error)}. "
            f"{_key_in(error, request, spec)}dbt's compiled folder has the query as it ran."
        ) from None
    finally:
        warehouse.drop(raw)
    staged = Staged(request.staged, spec, _features(spec, columns))
    _check_rows(request, staged, columns, warehouse)
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
        if re.search(rf"\b{re.escape(getattr(spec, role))}\b", str(error))
    )


def _with_maturity(
    request: Request,
    spec: PredictionSpec,
    raw: Relation,
    columns: dict[str, str],
    warehouse: Warehouse,
) -> str:
    start = quoted(spec.matures_at) if spec.matures_at else quoted(spec.as_of)
    seconds = spec.settle.total_seconds() + (spec.horizon.total_seconds() if spec.horizon else 0)
    matures_at = warehouse.add_interval(start, int(seconds))
    is_matured = f"{matures_at} <= cast('{request.today}' as timestamp)"
    rule = f"cast(({spec.baseline.sql}) as double precision)" if spec.baseline else "null"
    label = quoted(spec.label)
    kept = [
        f"case when {is_matured} then {label} end as {label}"
        if name == spec.label
        else quoted(name)
        for name in columns
    ]
    return (
        "select\n    "
        + ",\n    ".join(kept)
        + f",\n    {rule} as {RULE},\n    {matures_at} as {MATURES_AT},\n"
        + f"    coalesce({is_matured}, false) as {IS_MATURED}\nfrom {raw}"
    )


def _features(spec: PredictionSpec, columns: dict[str, str]) -> tuple[str, ...]:
    taken = {spec.entity, spec.as_of, spec.label, spec.matures_at, *spec.never_use.columns}
    return tuple(name for name in columns if name not in taken)


def _check_columns(request: Request, spec: PredictionSpec, columns: dict[str, str]) -> None:
    has = "it has [" + ", ".join(columns) + "]"
    wanted = {"entity": spec.entity, "as_of": spec.as_of, "label": spec.label}
    if spec.matures_at:
        wanted["matures_at"] = spec.matures_at
    for role, name in wanted.items():
        if name not in columns:
            raise DataError(
                f"{request.file}: `{role}: {name}` of {request.prediction} is no column of its "
                f"training query; {has}. Select the column or correct the spec."
            )
    for name in spec.never_use.columns:
        if name not in columns:
            raise DataError(
                f"{request.file}: `never_use.columns` of {request.prediction} names {name}, which "
                f"is no column of its training query; {has}."
            )
    for name in columns:
        if name in (RULE, MATURES_AT, IS_MATURED):
            raise DataError(
                f"The training query of {request.prediction} returns a column {name}; names that "
                "start with foretell_ are the engine's own. Rename it."
            )
    for role, name in (("entity", spec.entity), ("as_of", spec.as_of)):
        if name.lower() in HISTORY_COLUMNS or name.lower().startswith("reason_"):
            raise DataError(
                f"{request.file}: `{role}: {name}` of {request.prediction} has the name of a "
                f"column that foretell adds: [{', '.join(sorted(HISTORY_COLUMNS))}, reason_n]. "
                "Rename it in the training query."
            )
    if not columns[spec.as_of].startswith(("DATE", "TIMESTAMP")):
        raise DataError(
            f"{request.file}: `as_of: {spec.as_of}` of {request.prediction} is "
            f"{columns[spec.as_of]}; it must be a date or a timestamp."
        )
    if not _LABEL_TYPE.fullmatch(columns[spec.label]):
        raise DataError(
            f"{request.file}: `label: {spec.label}` of {request.prediction} is "
            f"{columns[spec.label]}; task binary needs a boolean, or an integer that is 0 or 1."
        )
    features = _features(spec, columns)
    if not features:
        raise DataError(
            f"The training query of {request.prediction} has no features beside its keys and "
            f"label; {has}. Join feature views with foretell.join_features."
        )
    for name in features:
        if not _FEATURE_TYPE.fullmatch(columns[name]):
            raise DataError(
                f"Feature {name} of {request.prediction} is {columns[name]}; features are numbers "
                f"or booleans. Encode it in SQL, or add it to `never_use: {{columns: [{name}]}}` "
                f"in {request.file}."
            )


def _check_rows(
    request: Request, staged: Staged, columns: dict[str, str], warehouse: Warehouse
) -> None:
    entity, as_of = (quoted(name) for name in staged.key)
    label = quoted(staged.spec.label)
    infinite = [name for name in staged.features if columns[name] in ("DOUBLE", "FLOAT", "REAL")]
    checks = [
        f"count(*) - count({entity}), count(*) - count({as_of})",
        f"count(*) filter (where cast({label} as integer) not in (0, 1))",
        *(
            f"count(*) filter (where abs({quoted(name)}) = cast('Infinity' as double precision))"
            for name in infinite
        ),
    ]
    ((no_entity, no_as_of, odd_labels, *infinities),) = warehouse.rows(
        f"select {', '.join(checks)} from {staged.relation}"
    )
    if no_entity or no_as_of:
        name, count = (
            (staged.spec.entity, no_entity) if no_entity else (staged.spec.as_of, no_as_of)
        )
        raise DataError(
            f"The training query of {request.prediction} returns {count:,} rows without "
            f"{name}. Each row is one entity as of one time: filter them out in the SQL."
        )
    repeated = warehouse.rows(
        f"select {entity}, {as_of}, count(*) from {staged.relation} "
        f"group by {entity}, {as_of} having count(*) > 1 order by 3 desc, 1, 2 limit 3"
    )
    if repeated:
        examples = "; ".join(f"{one} as of {when} ({count} rows)" for one, when, count in repeated)
        raise DataError(
            f"The training query of {request.prediction} repeats rows: {examples}. Each "
            f"({staged.spec.entity}, {staged.spec.as_of}) may appear once: look for a join that "
            "multiplies rows."
        )
    if odd_labels:
        raise DataError(
            f"{request.file}: `label: {staged.spec.label}` of {request.prediction} has "
            f"{odd_labels:,} values other than 0 and 1; task binary needs exactly these."
        )
    for name, count in zip(infinite, infinities, strict=True):
        if count:
            raise DataError(
                f"Feature {name} of {request.prediction} is infinite in {count:,} rows. Guard the "
                "division in its SQL, for example with nullif(divisor, 0)."
            )
