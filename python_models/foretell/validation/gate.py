"""A gate: lines, each evaluated on the rows that it is about, in few statements."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from foretell.errors import SpecError
from foretell.features.kinds import column_kind
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
from foretell.validation.suite import Line, Stage
from foretell.warehouse.protocol import Warehouse

#: Types that compute with the values of their column.
_OF_NUMBERS = ("mean", "median", "stdev", "sum", "quantile", "z_scores", "positive_rate")
#: Types that count rows, so that none is an answer too.
_COUNTS = ("expect_table_row_count", "expect_no_missing_predictions")
#: What tells which rows fail a line that is about all of them.
_NOT_NULL = "expect_column_values_to_not_be_null"
_ROWS_OF = {"expect_column_proportion_of_non_null_values_to_be_between": _NOT_NULL}
_EXAMPLES = 3

#: Status, what was observed, percent of rows that fail, and a few of them.
Answer = tuple[Status, str, float | None, tuple[str, ...]]


@dataclass(frozen=True)
class Rows:
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
        found = {}
        for name in _left_out(line):
            value = self.known.get(name)
            if isinstance(value, Mapping):
                value = value.get(str(line.said.kwargs.get("column")))
            found[name] = value
        return found


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

    Raises:
        SpecError: names the file and the line.
    """
    for line in lines:
        use_custom(custom)
        make_expectation(_with(line, {name: _PLACEHOLDERS[name] for name in _left_out(line)}))


def run_gate(
    warehouse: Warehouse,
    lines: Sequence[Line],
    rows: Mapping[str | None, Rows],
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

    Raises:
        SpecError: a line names a column that its rows do not have.
    """
    found: dict[int, Result] = {}
    for choice, chosen in rows.items():
        mine = {
            at: line
            for at, line in enumerate(lines)
            # Before there is a champion, nothing is known to compare with it.
            if line.said.rows == choice and None not in chosen.fills(line).values()
        }
        if mine:
            found |= _evaluate(warehouse, mine, chosen, stage=stage, secret=secret)
    return [found[at] for at in sorted(found)]


def _left_out(line: Line) -> list[str]:
    """The kwargs that a type has foretell fill, as far as a line does not say them."""
    with great_expectations():
        try:
            filled = getattr(implementation(line.said.type), "filled", ())
        except Exception:  # GX raises for an unknown type, which is refused where it is made
            return []
    return [name for name in filled if name not in line.said.kwargs]


def _with(line: Line, kwargs: Mapping[str, Any]) -> Line:
    said = line.said.model_copy(update={"kwargs": {**line.said.kwargs, **kwargs}})
    return Line(said, line.origin, line.where)


def _evaluate(
    warehouse: Warehouse,
    lines: Mapping[int, Line],
    rows: Rows,
    *,
    stage: Stage,
    secret: frozenset[str],
) -> dict[int, Result]:
    started = time.perf_counter()
    is_empty = not warehouse.rows(f"select 1 from ({rows.sql}) as looked_at limit 1")
    due: dict[int, Line] = {}
    answers: dict[int, Answer] = {}
    for at, line in lines.items():
        if is_empty and not line.said.type.startswith(_COUNTS):
            continue
        problem = _unfit(line, rows)
        if problem:
            answers[at] = ("error", problem, None, ())
        else:
            due[at] = _with(line, rows.fills(line))
    made = {at: make_expectation(line, number=at) for at, line in due.items()}
    batch = open_batch(warehouse, rows.sql)
    # Samples cost a statement for each line, so they are asked of those that failed alone.
    of_rows = [one for at, one in made.items() if is_of_rows(due[at].said.type)]
    of_all = [one for at, one in made.items() if not is_of_rows(due[at].said.type)]
    said = validate(batch, of_rows, "BOOLEAN_ONLY") | validate(batch, of_all, "BASIC")
    samples = _samples(batch, due, said, rows)
    for at, one in said.items():
        answers[at] = _answer(one, samples.get(at), secret=secret)
    seconds = (time.perf_counter() - started) / max(len(answers), 1)
    return {
        at: Result(stage, lines[at], status, observed[:500], seconds, percent, keys)
        for at, (status, observed, percent, keys) in answers.items()
    }


def _unfit(line: Line, rows: Rows) -> str:
    """Why a line cannot be evaluated on these rows, whoever wrote it.

    Raises:
        SpecError: somebody wrote a column that is not there.
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
        needs_number = any(f"_{word}_" in f"{line.said.type}_" for word in _OF_NUMBERS)
        if needs_number and column_kind(kind.upper()) == "string":
            return f"{name} is {kind}, and the line is about numbers"
    return ""


def _samples(
    batch: Any, lines: Mapping[int, Line], said: Mapping[int, Any], rows: Rows
) -> dict[int, Any]:
    """Counts and examples of the rows that fail."""
    failed = []
    for at, found in said.items():
        kind = _ROWS_OF.get(lines[at].said.type, lines[at].said.type)
        if found.success or _exception(found.exception_info or {}) or not is_of_rows(kind):
            continue
        kwargs = lines[at].said.kwargs
        if kind != lines[at].said.type:
            kwargs = {"column": kwargs["column"]}
        sampled = lines[at].said.model_copy(update={"type": kind, "kwargs": kwargs})
        failed.append(make_expectation(Line(sampled, "default", lines[at].where), number=at))
    return validate(
        batch,
        failed,
        {
            "result_format": "SUMMARY",
            "partial_unexpected_count": _EXAMPLES,
            **({"unexpected_index_column_names": list(rows.key)} if rows.key else {}),
        },
    )


def _answer(found: Any, sample: Any, *, secret: frozenset[str]) -> Answer:
    exception = _exception(found.exception_info or {})
    if exception:
        return "error", exception, None, ()
    counted = (sample.result or {}) if sample else {}
    percent = counted.get("unexpected_percent_total", counted.get("unexpected_percent"))
    return (
        "pass" if found.success else "fail",
        _observed({**counted, **(found.result or {})}),
        None if percent is None else float(percent),
        tuple(_examples(counted, secret)),
    )


def _examples(counted: Mapping[str, Any], secret: frozenset[str]) -> Iterator[str]:
    """Keys of rows that fail, and the values for which they do."""
    rows = counted.get("partial_unexpected_index_list") or []
    if not rows and not secret:
        values = [one for one in counted.get("partial_unexpected_list") or [] if one is not None]
        yield from dict.fromkeys(_plain(one) for one in values[:_EXAMPLES])
    for one in rows[:_EXAMPLES]:
        yield ", ".join(f"{name} {_plain(one[name])}" for name in one if name not in secret)


def _exception(info: dict[str, Any]) -> str:
    """The message of an evaluation that raised; GX nests it one level deep, or not at all."""
    for one in (info, *info.values()):
        if isinstance(one, dict) and one.get("raised_exception"):
            return " ".join(str(one.get("exception_message")).split())
    return ""


def _observed(detail: Mapping[str, Any]) -> str:
    if detail.get("observed_value") is not None:
        return _plain(detail["observed_value"])
    if detail.get("unexpected_count") is not None:
        return f"{detail['unexpected_count']:,} of {detail.get('element_count') or 0:,} rows"
    return ""


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
