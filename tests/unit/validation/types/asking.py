"""Runs lines of a suite as a gate does, and counts what reaches the warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from foretell.validation import gate
from foretell.validation.gx import great_expectations, open_batch, validate
from foretell.warehouse.duckdb import DuckDBWarehouse
from foretell.warehouse.duckdb_gates import BorrowedConnection

Line = tuple[str, dict[str, Any]]


def evaluate(session: Any, lines: Sequence[Line], *, sql: str = "select * from rows") -> list[Any]:
    """Great Expectations' results of (type, kwargs) lines, in their order."""
    asked = [
        {"type": name, "kwargs": kwargs, "meta": {"line": number}}
        for number, (name, kwargs) in enumerate(lines)
    ]
    with great_expectations() as gx:
        made = gx.ExpectationSuite(name="asked", expectations=asked).expectations
        assert len(made) == len(lines)
        with open_batch(DuckDBWarehouse(session), sql, columns_of(session)) as batch:
            found = validate(batch, made, "BASIC")
    return [found[number] for number in range(len(lines))]


def columns_of(session: Any) -> dict[str, str]:
    """Types of the table `rows` of a session."""
    return {name: kind for name, kind, *_ in session.execute("describe rows").fetchall()}


def observed(session: Any, name: str, sql: str = "select * from rows", **kwargs: Any) -> Any:
    """Whether one line holds, and the number that was observed."""
    (result,) = evaluate(session, [(name, kwargs)], sql=sql)
    assert not error_of(result), error_of(result)
    return result.success, result.result["observed_value"]


def refused(session: Any, name: str, **kwargs: Any) -> str:
    """Why one line could not be evaluated."""
    (result,) = evaluate(session, [(name, kwargs)])
    assert error_of(result)
    assert not result.success
    return error_of(result)


def error_of(result: Any) -> str:
    return gate._raised(result)


def session_of(columns: dict[str, Any]) -> Any:
    """A DuckDB session with a table `rows` of these columns."""
    import pyarrow as pa

    con = duckdb.connect()
    con.register("given", pa.table(columns))
    con.execute("create table rows as select * from given")
    return con


@contextmanager
def statements(monkeypatch: Any) -> Iterator[list[str]]:
    """The statements that reach the connection."""
    seen: list[str] = []
    cursor = BorrowedConnection.cursor

    def counting(self: BorrowedConnection) -> Any:
        made = cursor(self)
        execute = made.execute
        made.execute = lambda sql, *rest: (seen.append(sql), execute(sql, *rest))[1]
        return made

    with monkeypatch.context() as patched:
        patched.setattr(BorrowedConnection, "cursor", counting)
        yield seen
