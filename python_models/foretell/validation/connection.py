"""The warehouse session that dbt holds, as SQLAlchemy wants a connection.

Great Expectations speaks through SQLAlchemy. DuckDB's file belongs to one process, and closing
or rolling back a connection drops pending results, so this connection shares dbt's session,
gives each statement a cursor of its own, and leaves transactions to their owner.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from duckdb_engine import ConnectionWrapper, CursorWrapper


class BorrowedConnection(ConnectionWrapper):
    """A DB-API connection over a session that somebody else opened and will close."""

    def __init__(self, session: Any) -> None:
        super().__init__(session)
        self._session = session

    def cursor(self) -> CursorWrapper:
        """A statement's own cursor, so that no result is lost to the next statement."""
        return CursorWrapper(self._session.cursor(), self)

    def begin(self) -> None:
        """Nothing: the owner of the session begins."""

    def commit(self) -> None:
        """Nothing: the owner of the session commits."""

    def rollback(self) -> None:
        """Nothing: the owner of the session rolls back."""

    def close(self) -> None:
        """Nothing: the owner of the session closes it."""


def quote_keywords(engine: sa.Engine, session: Any) -> None:
    """Have an engine quote columns that are called as any word of DuckDB's grammar.

    duckdb-engine quotes those of the category "reserved", and ``at``, ``by`` or ``left`` are not
    among them, though DuckDB takes them for no column without quotes either.
    """
    found = session.cursor().execute("select keyword_name from duckdb_keywords()").fetchall()
    quoting = engine.dialect.identifier_preparer
    # The set is the class's own: other engines of the process keep it.
    quoting.reserved_words = {*quoting.reserved_words, *(word for (word,) in found)}
