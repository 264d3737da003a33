"""Rows that are set aside, so that the rest can be scored: ``on_failure: quarantine``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from foretell.errors import GateError, SpecError
from foretell.ground.relation import quoted
from foretell.request import Request
from foretell.staging.staged import Staged
from foretell.validation.gx import failing_condition, make_expectation, open_batch
from foretell.validation.results import Result
from foretell.validation.sayable import check_compared
from foretell.validation.suite import Line
from foretell.warehouse.protocol import Warehouse

_EXAMPLES = 3


@dataclass(frozen=True)
class Quarantined:
    """What was set aside.

    Attributes
    ----------
    rows
        How many of the new rows.
    """

    results: tuple[Result, ...] = ()
    rows: int = 0


def set_aside(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    lines: Sequence[Line],
    *,
    new: str,
    secret: frozenset[str],
) -> Quarantined:
    """Take the rows that fail any of some lines out of the staged relation.

    Older rows go too, so that nothing learns from them; only those of the query `new` are counted
    and kept in the prediction's quarantine.

    Raises
    ------
    SpecError
        A line is not about single rows, or the database cannot evaluate it.
    """
    if not lines:
        return Quarantined()
    started = time.perf_counter()
    columns = warehouse.columns(staged.relation)
    for line in lines:
        check_compared(line, {name.lower(): kind for name, kind in columns.items()})
    fold = warehouse.dialect.fold
    with open_batch(warehouse, f"select * from {staged.relation}", columns) as batch:
        failing = [
            f"coalesce({fold(failing_condition(batch, line, make_expectation(line)))}, false)"
            for line in lines
        ]
    counts = ", ".join(f"count(*) filter (where {condition})" for condition in failing)
    any_of = f"({' or '.join(failing)})"
    try:
        ((total, rows, *line_counts),) = warehouse.rows(
            f"select count(*), count(*) filter (where {any_of}), {counts} from ({new}) as new_rows"
        )
    except warehouse.errors:
        _check_evaluated(warehouse, lines, failing, new)
        raise
    seconds = (time.perf_counter() - started) / len(lines)
    results = tuple(
        Result(
            "input",
            line,
            "fail" if count else "pass",
            f"{count:,} of {total:,} rows, set aside" if count else "",
            seconds,
            100 * count / total if total else None,
            _examples(staged, warehouse, f"{new_rows(new)} where {condition}", secret)
            if count
            else (),
        )
        for line, condition, count in zip(lines, failing, line_counts, strict=True)
    )
    warehouse.stage(
        request.set_aside, _with_reasons(staged, lines, failing, f"{new_rows(new)} where {any_of}")
    )
    warehouse.execute(f"delete from {staged.relation} where {any_of}")
    return Quarantined(results, int(rows))


def _check_evaluated(
    warehouse: Warehouse, lines: Sequence[Line], failing: Sequence[str], new: str
) -> None:
    """Refuse the line that the database cannot evaluate, after all together failed."""
    for line, condition in zip(lines, failing, strict=True):
        try:
            warehouse.rows(f"select count(*) filter (where {condition}) from ({new}) as new_rows")
        except warehouse.errors as error:
            raise SpecError(
                f"{line.where}: `{line.expectation.type}` could not be evaluated: "
                f"{str(error).strip().splitlines()[0]}"
            ) from None


def refuse_too_many(request: Request, quarantined: Quarantined, *, total: int, most: float) -> None:
    """Stop a run of which more than a share of the new rows would be set aside.

    Raises
    ------
    GateError
        Says how many, and for what.
    """
    if total and quarantined.rows / total > most:
        reasons = "; ".join(
            result.sentence() for result in quarantined.results if result.status == "fail"
        )
        raise GateError(
            f"{request.prediction} stopped at its input gate: {quarantined.rows:,} of "
            f"{total:,} new rows ({quarantined.rows / total:.1%}) would be set aside, more than "
            f"max_quarantined allows ({most:.1%}): {reasons}. The last good predictions stay. "
            "Mend the rows, or raise "
            f"max_quarantined in {request.suite.parent.name}/{request.suite.name}."
        )


def new_rows(new: str) -> str:
    """The query for new rows, to add a condition to."""
    return f"select * from ({new}) as new_rows"


def _with_reasons(staged: Staged, lines: Sequence[Line], failing: Sequence[str], rows: str) -> str:
    """Query for rows with their key, features, and why they are set aside."""
    reasons = []
    for line, condition in zip(lines, failing, strict=True):
        what = (
            line.expectation.description or f"{', '.join(line.columns)} {line.expectation.type}"
        ).replace("'", "''")
        reasons.append(f"case when {condition} then '{what}; ' else '' end")
    names = ", ".join(quoted(name) for name in (*staged.key, *staged.features))
    why = f"rtrim({' || '.join(reasons)}, '; ') as foretell_reasons"
    return f"select {names}, {why} from ({rows}) as failing"


def _examples(
    staged: Staged, warehouse: Warehouse, failing: str, secret: frozenset[str]
) -> tuple[str, ...]:
    key = [name for name in staged.key if name not in secret]
    if not key:
        return ()
    names = ", ".join(quoted(name) for name in key)
    key_rows = warehouse.rows(
        f"select {names} from ({failing}) as failing order by 1 limit {_EXAMPLES}"
    )
    return tuple(
        ", ".join(f"{name} {value}" for name, value in zip(key, row, strict=True))
        for row in key_rows
    )
