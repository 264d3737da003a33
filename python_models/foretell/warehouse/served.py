"""What dashboards read: relations as builds publish them, wherever they lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from foretell.warehouse.dialect import Dialect


class Served(Protocol):
    """Relations that dashboards may read, in a copy or in the warehouse itself.

    Attributes
    ----------
    dialect
        In whose SQL they are read.
    title
        What a person calls the database: a file, or a database of a server and a role.
    """

    dialect: Dialect
    title: str

    @property
    def password(self) -> str | None:
        """What Superset needs to connect besides the address; None where it needs none."""

    def connection(self) -> Mapping[str, Any]:
        """Superset's settings of the database: its address, without the password, and the like."""

    def columns(self) -> dict[str, tuple[str, ...]]:
        """Columns of each relation."""

    def types(self, sql: str) -> dict[str, str]:
        """Columns of a query with their types, in upper case.

        Raises
        ------
        WarehouseError
            The database refuses it.
        """

    def schema_of(self, relation: str) -> str:
        """Where a relation lies."""

    def placed(self, sql: str) -> str:
        """SQL of a dashboard with the schema before each relation, where that is needed."""
