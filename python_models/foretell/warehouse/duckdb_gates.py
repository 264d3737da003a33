"""A DuckDB session that dbt holds, as SQLAlchemy wants a connection, for Great Expectations.

DuckDB's file belongs to one process, and closing or rolling back a connection drops pending
results. So this connection shares dbt's session, gives each statement a cursor of its own, and
leaves transactions to their owner.
"""

from __future__ import annotations

from typing import Any

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
