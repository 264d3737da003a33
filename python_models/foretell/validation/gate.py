"""A gate: lines, each evaluated on the rows that it is about, in few statements."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from foretell.errors import SpecError
from foretell.ground.kinds import column_kind
from foretell.validation.gx import (
    great_expectations,
    implementation,
    is_of_rows,
    make_expectation,
    open_batch,
    use_custom,
    validate,
)
from foretell.validation.results import Result, Status
from foretell.validation.samples import examples, repeated_keys, sample_rows
from foretell.validation.sayable import check_compared
from foretell.validation.suite import Line, Stage
from foretell.warehouse.protocol import Warehouse

#: Types that compute with the values of their column.
_OF_NUMBERS = ("mean", "median", "stdev", "sum", "quantile", "z_scores", "positive_rate")
#: Types that count rows, so that none is an answer too.
_COUNTS = ("expect_table_row_count", "expect_no_missing_predictions")

#: Where a database's message goes on with the statement, and what a driver puts before it.
_STATEMENT = re.compile(r"\s+LINE \d+:|\s*\[SQL:|\n\n")
_DRIVER = re.compile(r"^\(\S+\) ")

#: Status, what was observed, percent of rows that fail, and a few of them.
Answer = tuple[Status, str, float | None, tuple[str, ...]]


@dataclass(frozen=True)
class GateRows:
    """The rows that some lines look at.

    Attributes
    ----------
    sql
        Query for them.
    columns
        Their names and SQL types.
    key
        Columns that name a row, for examples; without those that nobody may read there.
    known
        What kwargs are filled with where a line leaves them out, such as ``today``; by column
        where it differs between them.
    """

    sql: str
    columns: Mapping[str, str]
    key: tuple[str, ...] = ()
    known: Mapping[str, Any] = field(default_factory=dict)

    def fills(self, line: Line) -> dict[str, Any]:
        """What a line leaves out and its type compares with; None where it is not known yet."""
        fillings = {}
        for name in _left_out(line):
            value = self.known.get(name)
            if isinstance(value, Mapping):
                value = value.get(str(line.expectation.kwargs.get("column")))
            fillings[name] = value
        return fillings


#: Something of the right kind for what is known only later.
_PLACEHOLDERS: Mapping[str, Any] = {
    "reference": {"edges": [], "shares": [1.0, 0.0]},
    "expected": 0,
    "previous": 0.0,
    "label": "label",
    "today": "2000-01-01",
}


def check_lines(lines: Sequence[Line], *, custom: Path) -> None:
    """Refuse lines that Great Expectations does not know, before anything is staged.

    Raises
    ------
    SpecError
        Names the file and the line.
    """
    for line in lines:
        use_custom(custom)
        make_expectation(_with(line, {name: _PLACEHOLDERS[name] for name in _left_out(line)}))


def run_gate(
    warehouse: Warehouse,
    lines: Sequence[Line],
    rows: Mapping[str | None, GateRows],
    *,
    stage: Stage,
    secret: frozenset[str] = frozenset(),
) -> list[Result]:
    """Evaluate lines, in their order.

    Parameters
    ----------
    rows
        By what lines say in ``rows``; None are those that a line looks at without a word.
    secret
        Columns whose values are never shown.

    Raises
    ------
    SpecError
        A line names a column that its rows do not have.
    """
    results: dict[int, Result] = {}
    for choice, chosen in rows.items():
        chosen_lines = {
            at: line
            for at, line in enumerate(lines)
            # Before there is a champion, nothing is known to compare with it.
            if line.expectation.rows == choice and None not in chosen.fills(line).values()
        }
        if chosen_lines:
            results |= _evaluate(warehouse, chosen_lines, chosen, stage=stage, secret=secret)
    return [results[at] for at in sorted(results)]


def _left_out(line: Line) -> list[str]:
    """The kwargs that a type has foretell fill, as far as a line does not say them."""
    with great_expectations():
        try:
            filled = getattr(implementation(line.expectation.type), "filled", ())
        except Exception:  # GX raises for an unknown type, which is refused where it is made
            return []
    return [name for name in filled if name not in line.expectation.kwargs]


def _with(line: Line, kwargs: Mapping[str, Any]) -> Line:
    expectation = line.expectation.model_copy(
        update={"kwargs": {**line.expectation.kwargs, **kwargs}}
    )
    return Line(expectation, line.origin, line.where)


def _evaluate(
    warehouse: Warehouse,
    lines: Mapping[int, Line],
    rows: GateRows,
    *,
    stage: Stage,
    secret: frozenset[str],
) -> dict[int, Result]:
    started = time.perf_counter()
    is_empty = not warehouse.rows(f"select 1 from ({rows.sql}) as looked_at limit 1")
    due: dict[int, Line] = {}
    answers: dict[int, Answer] = {}
    for at, line in lines.items():
        if is_empty and not line.expectation.type.startswith(_COUNTS):
            continue
        problem = _unfit(line, rows)
        if problem:
            answers[at] = ("error", problem, None, ())
        else:
            due[at] = _with(line, rows.fills(line))
    expectations = {at: make_expectation(line, number=at) for at, line in due.items()}
    # Samples cost a statement for each line, so they are asked of those that failed alone.
    of_rows = [
        expectation
        for at, expectation in expectations.items()
        if is_of_rows(due[at].expectation.type)
    ]
    of_all = [
        expectation
        for at, expectation in expectations.items()
        if not is_of_rows(due[at].expectation.type)
    ]
    with open_batch(warehouse, rows.sql, rows.columns) as batch:
        evaluations = validate(batch, of_rows, "BOOLEAN_ONLY") | validate(batch, of_all, "BASIC")
        failed = {
            at: due[at]
            for at, evaluation in evaluations.items()
            if not evaluation.success and not _raised(evaluation)
        }
        samples = sample_rows(batch, failed, key=rows.key)
    for at, evaluation in evaluations.items():
        counted = samples.get(at, {})
        keys = examples(counted, secret=secret)
        if at in failed:
            keys = keys or repeated_keys(
                warehouse, failed[at], rows.sql, rows.columns, secret=secret
            )
        answers[at] = _answer(evaluation, counted, keys)
    seconds = (time.perf_counter() - started) / max(len(answers), 1)
    return {
        at: Result(stage, lines[at], status, observed[:500], seconds, percent, keys)
        for at, (status, observed, percent, keys) in answers.items()
    }


def _unfit(line: Line, rows: GateRows) -> str:
    """Why a line cannot be evaluated on these rows, whoever wrote it.

    Raises
    ------
    SpecError
        Somebody wrote a column that is not there, or values that its own cannot equal.
    """
    lower = {name.lower(): kind for name, kind in rows.columns.items()}
    for name in line.columns:
        kind = lower.get(name.lower())
        if kind is None:
            has = f"there is no column {name}; there are [{', '.join(rows.columns)}]"
            if line.origin == "written":
                raise SpecError(f"{line.where}: {has}.")
            return has
        # A statement that fails is tried again for each line alone: minutes, on many rows.
        needs_number = any(f"_{word}_" in f"{line.expectation.type}_" for word in _OF_NUMBERS)
        if needs_number and column_kind(kind.upper()) == "string":
            return f"{name} is {kind}, and the line is about numbers"
    if line.origin == "written":
        check_compared(line, lower)
    return ""


def _answer(evaluation: Any, counted: Mapping[str, Any], keys: tuple[str, ...]) -> Answer:
    exception = _raised(evaluation)
    if exception:
        return "error", exception, None, ()
    percent = counted.get("unexpected_percent_total", counted.get("unexpected_percent"))
    return (
        "pass" if evaluation.success else "fail",
        _observed({**counted, **(evaluation.result or {})}),
        None if percent is None else float(percent),
        keys,
    )


def _raised(evaluation: Any) -> str:
    """The message of an evaluation that raised; GX nests it one level deep, or not at all."""
    info = evaluation.exception_info or {}
    for detail in (info, *info.values()):
        if isinstance(detail, dict) and detail.get("raised_exception"):
            return _without_sql(str(detail.get("exception_message")))
    return ""


def _without_sql(message: str) -> str:
    """What went wrong, without the statement, its parameters and the driver's own words."""
    complaint = _STATEMENT.split(_DRIVER.sub("", message.strip()))[0]
    return " ".join(complaint.split())


def _observed(detail: Mapping[str, Any]) -> str:
    if detail.get("observed_value") is not None:
        return _plain(detail["observed_value"])
    if detail.get("unexpected_count") is not None:
        return f"{detail['unexpected_count']:,} of {detail.get('element_count') or 0:,} rows"
    return "no value" if "observed_value" in detail else ""


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
