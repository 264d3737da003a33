"""The store `learned_expectations`: what the gates of each model version have learned."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from foretell.errors import RegistryError
from foretell.registry.runs import Meaning
from foretell.request import Request
from foretell.stores.record import Row, now
from foretell.validation.suite import Expectation, Line
from foretell.warehouse.protocol import Warehouse

#: What gates learn, with the arguments of each. A row of the store may say nothing else: other
#: types and arguments of Great Expectations hold SQL, which a row must not bring in.
LEARNABLE = {
    "expect_table_row_count_to_be_between": {"min_value", "max_value"},
    "expect_freshness_within": {"column", "days"},
    "expect_positive_rate_between": {"label", "min_value", "max_value"},
    "expect_column_mean_to_be_between": {"column", "min_value", "max_value"},
    "expect_column_quantile_between": {"column", "quantile", "min_value", "max_value"},
    "expect_column_unique_value_count_to_be_between": {"column", "min_value", "max_value"},
    "expect_column_values_to_not_be_null": {"column", "mostly"},
    "expect_column_values_to_be_in_set": {"column", "value_set", "mostly"},
}


@dataclass(frozen=True)
class Learned:
    """The learned lines of a version.

    Attributes
    ----------
    version
        Whose they are; None where nothing has been learned.
    lines
        Those that hold today.
    passed_over
        How many are about something that has been defined otherwise since, on purpose.
    on
        The run's today when they were learned.
    """

    version: int | None = None
    lines: tuple[Line, ...] = ()
    passed_over: int = 0
    on: date | None = None

    @property
    def is_outdated(self) -> bool:
        """Whether something is there of which nothing has been learned."""
        return self.version is None or bool(self.passed_over)


def learned_rows(
    request: Request,
    lines: Sequence[Line],
    meaning: Meaning,
    *,
    version: int,
    run_id: str,
    why: str,
) -> list[Row]:
    """Rows for the store, one per line.

    Parameters
    ----------
    why
        ``promoted``, ``accepted``, or what else had them learned.
    """
    at = now()
    return [
        {
            "run_id": run_id,
            "prediction": request.prediction,
            "model_version": version,
            "learned_at": at,
            "today": request.today,
            "why": why,
            "position": position,
            "row_choice": line.expectation.rows,
            "expectation": _learnable(line.expectation).type,
            "column_name": ", ".join(line.columns),
            "kwargs": json.dumps(line.expectation.kwargs, ensure_ascii=False),
            "severity": line.expectation.severity,
            "description": line.expectation.description,
            "definition": _definition(request, line, meaning),
        }
        for position, line in enumerate(lines)
    ]


def read_learned(
    request: Request, warehouse: Warehouse, meaning: Meaning, *, version: int
) -> Learned:
    """What the gates of a version learned last.

    Parameters
    ----------
    meaning
        How columns are defined today: a line about a column that somebody has defined otherwise
        since is passed over, for it is about a different column.
    """
    store = request.champion_store("learned_expectations")
    learned = request.champion_seen("learned_expectations")
    # Stores that a champion is borrowed from may be an older foretell's.
    if not warehouse.exists(store):
        return Learned()
    store_rows = warehouse.rows(
        "select expectation, kwargs, severity, description, row_choice, definition, today "
        f"from {learned} as learned where prediction = ? and model_version = ? and learned_at = ("
        f"select max(learned_at) from {learned} as newest "
        "where prediction = ? and model_version = ?) order by position",
        [request.prediction, version] * 2,
    )
    if not store_rows:
        return Learned()
    lines, passed_over = [], 0
    for kind, kwargs, severity, description, rows, definition, _ in store_rows:
        try:
            expectation = _learnable(
                Expectation(
                    type=kind,
                    kwargs=json.loads(kwargs),
                    severity=severity,
                    description=description,
                    rows=rows,
                    meta={"learned": True, "version": version},
                )
            )
        except ValueError as error:
            raise RegistryError(
                f"{store} holds a line of v{version} of {request.prediction} that gates never "
                f"learn, {kind!r} with {kwargs}: {' '.join(str(error).split())}. Somebody else "
                "wrote it, and it is not used. Delete the rows of this version there: the next "
                "build learns them anew."
            ) from None
        line = Line(expectation, "learned", f"learned with v{version}")
        if definition == _definition(request, line, meaning):
            lines.append(line)
        else:
            passed_over += 1
    return Learned(version, tuple(lines), passed_over, on=store_rows[0][-1])


def _learnable(expectation: Expectation) -> Expectation:
    """The same, if it is what gates learn.

    Raises
    ------
    ValueError
        Its type, an argument or a value is none that is learned.
    """
    if not set(expectation.kwargs) <= LEARNABLE.get(expectation.type, set()):
        raise ValueError("its type or an argument is none that is learned")
    values = [
        member
        for value in expectation.kwargs.values()
        for member in (value if isinstance(value, list) else [value])
    ]
    if not all(isinstance(value, str | int | float | None) for value in values):
        raise ValueError("a value is neither text nor number")
    return expectation


def _definition(request: Request, line: Line, meaning: Meaning) -> str:
    """What a line is about, as a text that changes when somebody defines it otherwise.

    The query for what the query says: rows, labels, columns of its own. A view's declaration and
    SQL for its columns and events.
    """
    for view in request.views:
        if view.name == line.expectation.rows:
            return view.fingerprint()
    for column in line.columns:
        if meaning.features.get(column):
            return meaning.features[column]
    return meaning.query
