"""Expectations of any relation of the project: what the dbt test `foretell.expectations` asks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from foretell.errors import ForetellError, SpecError
from foretell.ground.relation import Relation
from foretell.ground.stores import store_in
from foretell.validation.gate import GateRows, check_lines, run_gate
from foretell.validation.results import Result, relation_result_rows
from foretell.validation.suite import read_suite
from foretell.warehouse.protocol import Warehouse


@dataclass(frozen=True)
class Guarded:
    """A relation that a suite guards.

    Attributes
    ----------
    model
        The dbt model's name, as the suite's `relation:` says it.
    secret
        Columns whose values no result shows.
    keep
        Whether the results go on record: not those of a sample, or of no rows.
    """

    model: str
    relation: Relation
    stores: Relation
    suite: Path
    today: date
    invocation_id: str
    secret: frozenset[str]
    keep: bool = True


def read_guarded(text: str) -> Guarded:
    """What the dbt test wrote as JSON."""
    fields = json.loads(text)
    return Guarded(
        model=fields["model"],
        relation=Relation(**fields["relation"]),
        stores=Relation(**fields["stores"], name=""),
        suite=Path(fields["suite"]),
        today=date.fromisoformat(fields["today"]),
        invocation_id=fields["invocation_id"],
        secret=frozenset(fields["secret"]),
        keep=bool(fields["keep"]),
    )


def answer_guard(warehouse: Warehouse, text: str) -> str:
    """What failed, as JSON for the dbt test; or why nothing could be evaluated."""
    try:
        results = judge_relation(warehouse, read_guarded(text))
    except ForetellError as refusal:
        return json.dumps({"refused": str(refusal), "failed": []})
    failed = [
        {
            "severity": "info"
            if not (result.blocks or result.warns)
            else result.line.expectation.severity,
            "expectation": result.line.expectation.description or result.line.expectation.type,
            "column_name": result.column,
            "status": result.status,
            "observed": result.observed,
            "expected": result.expected,
            "sample_keys": "; ".join(result.keys),
        }
        for result in results
        if result.status != "pass"
    ]
    return json.dumps({"refused": None, "failed": failed})


def judge_relation(warehouse: Warehouse, guarded: Guarded) -> Sequence[Result]:
    """Evaluate a relation's suite and put the results on record.

    Raises
    ------
    SpecError
        There is no suite for it, a line cannot be evaluated, or there are no rows.
    """
    suite = read_suite(guarded.suite)
    if suite.relation != guarded.model:
        named = f"it says `relation: {suite.relation}`" if suite.relation else "it says none"
        if not guarded.suite.exists():
            named = "there is no such file"
        raise SpecError(
            f"The dbt test foretell.expectations of {guarded.model} reads {suite.file}, which must "
            f"have `relation: {guarded.model}` and a list `expectations:`; {named}."
        )
    for line in suite.input:
        if line.expectation.rows is not None:
            raise SpecError(
                f"{line.where}: `rows: {line.expectation.rows}` is for predictions; a line about "
                f"{guarded.model} looks at all of its rows."
            )
    check_lines(suite.input, custom=guarded.suite.parent / "custom")
    columns = warehouse.columns(guarded.relation)
    sql = f"select * from {guarded.relation}"
    counts = [
        line for line in suite.input if line.expectation.type.startswith("expect_table_row_count")
    ]
    if len(counts) < len(suite.input) and not warehouse.rows(f"{sql} limit 1"):
        first = next(line for line in suite.input if line not in counts)
        raise SpecError(
            f"{first.where}: {guarded.model} has no rows, so nothing can be said of them. If that "
            "may be, test how many there are with expect_table_row_count_to_be_between alone."
        )
    rows = GateRows(sql, columns, known={"today": guarded.today})
    results = run_gate(
        warehouse, suite.input, {None: rows}, stage="relation", secret=guarded.secret
    )
    if not guarded.keep:
        return results
    store = store_in(guarded.stores, "validation_results")
    warehouse.append(
        store,
        relation_result_rows(
            guarded.model,
            results,
            run_id=f"{guarded.invocation_id}.{guarded.model}",
            invocation_id=guarded.invocation_id,
            today=guarded.today,
        ),
    )
    return results
