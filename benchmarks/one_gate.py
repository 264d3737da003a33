"""The values of both gates, found once by one peer in a process of its own."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
from gates_data import DATABASE, Judged, opened
from gates_dbt import test_with_dbt
from gates_pandas import validate_with_pandas
from gates_sql import answers, fused

from foretell.validation.defaults import default_lines
from foretell.validation.gate import GateRows
from foretell.validation.gate_rows import input_rows, output_rows
from foretell.validation.suite import Line

OURS, FUSED, PANDAS, DBT = "foretell", "fused SQL", "GX on pandas", "dbt test"


def both_gates(judged: Judged) -> list[tuple[list[Line], dict[str | None, GateRows]]]:
    """The lines of the input and of the output gate, and the rows that each choice means."""
    gates, staged, warehouse = judged.gates, judged.staged, judged.warehouse
    inputs, outputs = default_lines(staged, today=gates.request.today)
    inputs = (*inputs, *gates.learned.lines)
    return [
        (list(inputs), input_rows(gates.request, staged, warehouse, inputs, None, since=None)),
        (
            list(outputs),
            output_rows(
                gates.request, staged, warehouse, outputs, None, since=None, expected=judged.rows
            ),
        ),
    ]


def _ours(judged: Judged) -> dict[str, Any]:
    judged.gates.check_input(judged.staged, judged.warehouse, None)
    judged.gates.check_output(judged.staged, judged.warehouse, None, expected=judged.rows)
    return {name_of(one.line): one.observed for one in judged.gates.results}


def _fused(con: duckdb.DuckDBPyConnection, judged: Judged) -> dict[str, Any]:
    gates = both_gates(judged)
    found = con.execute(fused(gates)).fetchone()
    return {name_of(line): value for line, value in answers(found or (), gates)}


def name_of(line: Line) -> str:
    """What a line is about, the same for its critical and its warning form."""
    said = line.expectation
    return f"{said.type} {line.columns} {said.kwargs.get('quantile', '')} {said.rows}"


def main() -> None:
    """Print the seconds, the peak memory and the values of one run as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=(OURS, FUSED, PANDAS, DBT))
    parser.add_argument("folder", type=Path)
    said = parser.parse_args()

    began = time.perf_counter()
    if said.peer in (OURS, PANDAS):
        from foretell.validation.gx import great_expectations

        with great_expectations():
            pass
    start = time.perf_counter() - began

    con = duckdb.connect(str(said.folder / DATABASE))
    judged = opened(con, said.folder)
    who = resource.RUSAGE_CHILDREN if said.peer == DBT else resource.RUSAGE_SELF
    before, began = resource.getrusage(who), time.perf_counter()
    if said.peer == OURS:
        found = _ours(judged)
    elif said.peer == FUSED:
        found = _fused(con, judged)
    elif said.peer == PANDAS:
        found = validate_with_pandas(con, both_gates(judged))
    else:
        gates = both_gates(judged)
        con.close()
        found, start = test_with_dbt(said.folder, gates)
    wall, after = time.perf_counter() - began, resource.getrusage(who)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    unit = 1 if sys.platform == "darwin" else 1024
    measured = {"wall": wall, "cpu": cpu, "peak_gb": after.ru_maxrss * unit / 1e9}
    if said.peer == DBT:
        measured["wall"] -= start
    json.dump(measured | {"start": start, "found": found}, sys.stdout, default=str)


if __name__ == "__main__":
    main()
