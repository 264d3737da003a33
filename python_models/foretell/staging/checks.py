"""What is wrong with a training query: columns that cannot be used, rows that cannot be scored."""

from __future__ import annotations

from foretell.errors import DataError
from foretell.ground.kinds import column_kind, has_zone, is_nested, is_whole
from foretell.ground.names import READ_ON, RULE
from foretell.ground.relation import quoted
from foretell.ground.unknown import is_float
from foretell.ground.views import FeatureView
from foretell.published import TAKEN, is_taken
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.staging.staged import Staged
from foretell.warehouse.dialect import Verbatim
from foretell.warehouse.protocol import Warehouse

#: Numbers beyond this, of either sign, count as infinite: their squares leave what a database's
#: standard deviation and the gradients of trees can hold.
LARGEST = 1e30
#: Names of a prediction's tables end with one of these, the longest that there are.
_PARTS = ("features_anew", "then__reasons")


def features_of(request: Request, spec: PredictionSpec, columns: dict[str, str]) -> tuple[str, ...]:
    """Columns that are neither key, label, ``matures_at`` nor in ``never_use``, in order."""
    excluded = {spec.entity, spec.as_of, spec.label, spec.matures_at, *spec.never_use.columns}
    # Compared in lower case: YAML and SQL may write a name differently, and a personal value would
    # pass unseen.
    tagged = {name.lower() for name in request.tagged(spec.never_use.tags)}
    return tuple(name for name in columns if name not in excluded and name.lower() not in tagged)


def check_names(request: Request, spec: PredictionSpec, most: int | None) -> None:
    """Refuse names of which the database would keep the beginning only.

    Parameters
    ----------
    most
        Bytes of a name that it keeps; None where it keeps all.

    Raises
    ------
    DataError
        Says which name is too long, and by how much.
    """
    if most is None:
        return
    names = {request.prediction: most - max(len(f"__{part}") for part in _PARTS)}
    columns = (spec.entity, spec.as_of, spec.label, spec.matures_at, *spec.slices)
    features = (feature.column for view in request.views for feature in view.features)
    names |= {name: most for name in (*columns, *features) if name}
    for name, limit in names.items():
        if len(name.encode()) > limit:
            kind = "prediction" if name == request.prediction else "column"
            raise DataError(
                f"The {kind} {name} of {request.prediction} has a name of {len(name.encode())} "
                f"bytes; this database keeps the first {limit} that a {kind} may have, and says "
                "nothing. Give it a shorter name."
            )


def check_columns(request: Request, spec: PredictionSpec, columns: dict[str, str]) -> None:
    """Refuse a query whose columns are not those of the spec, or cannot be used.

    Raises
    ------
    DataError
        Says which column, what it is, and what may be.
    """
    listing = "it has [" + ", ".join(columns) + "]"
    _check_roles(request, spec, columns, listing)
    _check_label(request, spec, columns)
    features = features_of(request, spec, columns)
    if not features:
        raise DataError(
            f"The training query of {request.prediction} has no features beside its keys and "
            f"label; {listing}. Join feature views with foretell.join_features."
        )
    for name in features:
        if column_kind(columns[name]) is None:
            raise DataError(
                f"Feature {name} of {request.prediction} is {columns[name]}; features are numbers, "
                "booleans, dates or strings. Make one of these of it in SQL, or add it to "
                f"`never_use: {{columns: [{name}]}}` in {request.file}."
            )


def check_repeated(request: Request, warehouse: Warehouse) -> None:
    """Refuse a query that returns two columns of one name.

    If one is a view's feature, the query's own column would be taken for it.

    Raises
    ------
    DataError
        Says which column, and which view has a feature of that name.
    """
    earlier_names: set[str] = set()
    for name in warehouse.names(Verbatim(request.sql)):
        if name.lower() in earlier_names:
            views = [view.name for view in request.views if _has(view, name)]
            origin = f"; one is the feature of {views[0]}" if views else ""
            raise DataError(
                f"The training query of {request.prediction} returns two columns {name}, whatever "
                f"their case{origin}. Rename one, or leave it out."
            )
        earlier_names.add(name.lower())


def _has(view: FeatureView, name: str) -> bool:
    return any(feature.column.lower() == name.lower() for feature in view.features)


def _check_roles(
    request: Request, spec: PredictionSpec, columns: dict[str, str], listing: str
) -> None:
    """Refuse columns that the spec names and the query lacks, and names that are the engine's."""
    role_columns = {"entity": spec.entity, "as_of": spec.as_of, "label": spec.label}
    role_columns["matures_at"] = spec.matures_at
    for role, name in role_columns.items():
        if name is not None and name not in columns:
            raise DataError(
                f"{request.place(role)}: `{role}: {name}` of {request.prediction} is no column of "
                f"its training query; {listing}. Select the column or correct the spec."
            )
    listed_columns = {"never_use.columns": spec.never_use.columns, "slices": spec.slices}
    listed_columns["keep_clocks"] = spec.keep_clocks
    for role, names in listed_columns.items():
        for name in names:
            if name not in columns:
                raise DataError(
                    f"{request.place(*role.split('.'))}: `{role}` of {request.prediction} names "
                    f"{name}, which is no column of its training query; {listing}."
                )
    for name in columns:
        if name.lower().startswith("foretell_"):
            raise DataError(
                f"The training query of {request.prediction} returns a column {name}; names that "
                "start with foretell_ are the engine's own. Rename it."
            )
    if spec.is_flat and READ_ON in (name.lower() for name in columns):
        raise DataError(
            f"{request.place()}: the spec of {request.prediction} names no `as_of`, but its "
            f"training query returns a column {READ_ON}. Say `as_of: {READ_ON}`, or rename the "
            "column: a table without as-of times gets one of that name, the day on which it is "
            "read."
        )
    published_columns = {"entity": (spec.entity,), "slices": spec.slices}
    published_columns["as_of"] = (spec.as_of,) if spec.as_of else ()
    for role, names in published_columns.items():
        for name in names:
            if is_taken(name):
                raise DataError(
                    f"{request.place(role)}: `{role}: {name}` of {request.prediction} has the name "
                    f"of a column that foretell adds: [{', '.join(sorted(TAKEN))}, "
                    "score_<class>, reason_n]. Rename it in the training query."
                )
    if is_nested(columns[spec.entity]):
        raise DataError(
            f"{request.place('entity')}: `entity: {spec.entity}` of {request.prediction} is "
            f"{columns[spec.entity]}, several values in one; it must be one. Select the part that "
            f"names the entity, or make a text of all: `cast({spec.entity} as varchar) as "
            f"{spec.entity}`."
        )
    _check_times(request, spec, columns)


def _check_times(request: Request, spec: PredictionSpec, columns: dict[str, str]) -> None:
    """Refuse an as-of or maturity column that is no time, or has a zone."""
    for role, name in (("as_of", spec.as_of), ("matures_at", spec.matures_at)):
        if name is None:
            continue
        sentence = f"`{role}: {name}` of {request.prediction} is {columns[name]}"
        if column_kind(columns[name]) != "date":
            raise DataError(f"{request.place(role)}: {sentence}; it must be a date or a timestamp.")
        if has_zone(columns[name]):
            raise DataError(
                f"{request.place(role)}: {sentence}, which reads differently in each session's "
                "time zone; convert it in the training query, such as "
                f"`{name} at time zone 'UTC' as {name}`."
            )


def _check_label(request: Request, spec: PredictionSpec, columns: dict[str, str]) -> None:
    """Refuse a label whose type does not fit the task."""
    sql_type = columns[spec.label]
    is_suitable = {
        "binary": is_whole(sql_type),
        "multiclass": is_whole(sql_type) or column_kind(sql_type) == "string",
        "regression": column_kind(sql_type) == "number" and not sql_type.startswith("BOOL"),
    }
    needs = {
        "binary": "a boolean, or an integer that is 0 or 1",
        "multiclass": "a string or an integer, one value for each class",
        "regression": "a number",
    }
    if not is_suitable[spec.task]:
        raise DataError(
            f"{request.place('label')}: `label: {spec.label}` of {request.prediction} is "
            f"{sql_type}; task {spec.task} needs {needs[spec.task]}."
        )


def check_rows(
    request: Request, staged: Staged, columns: dict[str, str], warehouse: Warehouse
) -> None:
    """Refuse rows without a key, repeated rows, labels that are odd or known too early, infinite
    numbers and impossible dates.

    Raises
    ------
    DataError
        Says how many, with examples of repeated keys.
    """
    entity, as_of = (quoted(name) for name in staged.key)
    label = quoted(staged.spec.label)
    numbers, dates = _numbers(request, staged, columns), _dates(request, staged, columns)
    can_be_odd = staged.spec.task == "binary" and not columns[staged.spec.label].startswith("BOOL")
    odd_label = f"{label} not in (0, 1)" if can_be_odd else "1 = 0"
    if staged.spec.predicts == "count":
        odd_label = f"({label} < 0 or {label} <> floor({label}))"
    conditions = [
        odd_label,
        *(f"abs({quoted(name)}) > {LARGEST!r}" for name in numbers),
        *(
            f"not ({quoted(name)} >= cast('0001-01-01' as {columns[name]}) "
            f"and {quoted(name)} < cast('10000-01-01' as {columns[name]}))"
            for name in dates
        ),
    ]
    aggregates = ", ".join(f"count(*) filter (where {condition})" for condition in conditions)
    ((no_entity, no_as_of, odd_labels, *counts),) = warehouse.rows(
        f"select count(*) - count({entity}), count(*) - count({as_of}), {aggregates} "
        f"from {staged.relation}"
    )
    if no_entity or no_as_of:
        name, count = (staged.spec.entity, no_entity) if no_entity else (staged.key[1], no_as_of)
        kind = column_kind(columns.get(name, ""))
        infinite = " (an infinite date is none)" if kind == "date" else ""
        raise DataError(
            f"The training query of {request.prediction} returns {count:,} rows without "
            f"{name}{infinite}. Each row is one entity as of one time: filter them out in the SQL."
        )
    for (name, description), count in zip(numbers.items(), counts, strict=False):
        if count:
            place = f"{request.place('baseline', 'sql')}: " if name == RULE else ""
            raise DataError(
                f"{place}{description} is infinite in {count:,} rows (a number beyond {LARGEST:g} "
                "counts as infinite). Guard the division in its SQL, for example with "
                "nullif(divisor, 0)."
            )
    for description, count in zip(dates.values(), counts[len(numbers) :], strict=True):
        if count:
            raise DataError(
                f"{description} lies outside the years 1 to 9999 in {count:,} rows. Correct these "
                "dates in the training query, or make them null where they are unknown."
            )
    repeated = warehouse.rows(
        f"select {entity}, {as_of}, count(*) from {staged.relation} "
        f"group by {entity}, {as_of} having count(*) > 1 order by 3 desc, 1, 2 limit 3"
    )
    if repeated:
        key = [staged.spec.entity, *([staged.spec.as_of] if staged.spec.as_of else [])]
        examples = "; ".join(
            f"{entity_id} as of {instant} ({rows} rows)" for entity_id, instant, rows in repeated
        )
        raise DataError(
            f"The training query of {request.prediction} repeats rows: {examples}. Each "
            f"({', '.join(key)}) may appear once: look for a join that multiplies rows."
        )
    if staged.spec.matures_at:
        _check_known_later(request, staged, warehouse)
    if odd_labels:
        _refuse_labels(request, staged, warehouse, odd_label, odd_labels)


def _refuse_labels(
    request: Request, staged: Staged, warehouse: Warehouse, condition: str, count: int
) -> None:
    """Refuse labels that are none of the task.

    Raises
    ------
    DataError
        Always; says how many, and examples.
    """
    entity, as_of = (quoted(name) for name in staged.key)
    label = quoted(staged.spec.label)
    rows = warehouse.rows(
        f"select {entity}, {as_of}, {label} from {staged.relation} where {condition} "
        "order by 2, 1 limit 3"
    )
    examples = "; ".join(
        f"{value} of {entity_id} as of {instant}" for entity_id, instant, value in rows
    )
    found = "values other than 0 and 1"
    needs = "task binary needs exactly these"
    if staged.spec.predicts == "count":
        found = "values below 0 or with a fraction"
        needs = (
            "`predicts: count` needs whole numbers from 0 on; for amounts declare `predicts: mean`"
        )
    raise DataError(
        f"{request.place('label')}: `label: {staged.spec.label}` of {request.prediction} has "
        f"{count:,} {found} (such as {examples}): {needs}."
    )


def _numbers(request: Request, staged: Staged, columns: dict[str, str]) -> dict[str, str]:
    """Columns that may be infinite, with what each is to a reader."""
    spec = staged.spec
    descriptions = {name: f"Feature {name} of {request.prediction}" for name in staged.features}
    if spec.task == "regression":
        descriptions[spec.label] = f"Label {spec.label} of {request.prediction}"
    descriptions = {name: text for name, text in descriptions.items() if is_float(columns[name])}
    if spec.baseline and spec.task != "multiclass":
        descriptions[RULE] = f"baseline.sql of {request.prediction}"
    return descriptions


def _dates(request: Request, staged: Staged, columns: dict[str, str]) -> dict[str, str]:
    """Dates and timestamps that may be beyond the calendar, with what each is to a reader."""
    names = [name for name, kind in staged.kinds.items() if kind == "date"]
    descriptions = {name: f"Feature {name} of {request.prediction}" for name in names}
    if staged.spec.as_of:
        descriptions[staged.spec.as_of] = (
            f"The as-of time {staged.spec.as_of} of {request.prediction}"
        )
    # Nanoseconds since 1970 reach neither end.
    return {name: text for name, text in descriptions.items() if columns[name] != "TIMESTAMP_NS"}


def _check_known_later(request: Request, staged: Staged, warehouse: Warehouse) -> None:
    """Refuse rows whose label was known before their as-of time: nothing is left to predict."""
    entity, as_of = (quoted(name) for name in staged.key)
    matures_at = quoted(str(staged.spec.matures_at))
    early = warehouse.rows(
        f"select {entity}, {as_of}, {matures_at}, count(*) over () from {staged.relation} "
        f"where {matures_at} < {as_of} order by 2, 1 limit 3"
    )
    if early:
        examples = "; ".join(
            f"{entity_id} as of {instant}, known {known_at}"
            for entity_id, instant, known_at, _ in early
        )
        raise DataError(
            f"{request.place('matures_at')}: `matures_at: {staged.spec.matures_at}` of "
            f"{request.prediction} is before `as_of: {staged.spec.as_of}` in {early[0][3]:,} rows: "
            f"{examples}. A label that is known before its as-of time is no prediction: correct "
            "one of the two columns, or filter the rows out in the SQL."
        )
