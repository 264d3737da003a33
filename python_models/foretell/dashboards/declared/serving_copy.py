"""The serving copy, as dashboards read it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from foretell.errors import SupersetError, WarehouseError
from foretell.warehouse import dialect_of
from foretell.warehouse.serving import (
    DIALECT,
    ReadError,
    address_of,
    columns_served,
    read_served,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from foretell.warehouse.dialect import Dialect
    from foretell.warehouse.serving import Connection


class ServingCopy:
    """What the newest build published, in a file of its own."""

    dialect: Dialect = dialect_of(DIALECT)
    password: str | None = None

    def __init__(self, link: Path) -> None:
        self._link = link
        self.title = f"the serving copy {link}"

    def connection(self) -> Mapping[str, Any]:
        """Superset opens the link, which it then follows."""
        return {"sqlalchemy_uri": address_of(self._link), "extra": {}}

    def columns(self) -> dict[str, tuple[str, ...]]:
        """Columns of each relation.

        Raises
        ------
        SupersetError
            The file is missing or cannot be read.
        """
        return columns_served(self._connection)

    def types(self, sql: str) -> dict[str, str]:
        """Columns of a query with their types.

        Raises
        ------
        SupersetError
            The file is missing or cannot be read.
        WarehouseError
            The query fails.
        """
        connection = self._connection
        try:
            described = connection.sql(sql).description
        except ReadError as error:
            raise WarehouseError(str(error)) from None
        return {name: str(kind) for name, kind, *_ in described}

    def schema_of(self, relation: str) -> str:
        """All lie in one."""
        del relation
        return "main"

    def placed(self, sql: str) -> str:
        """The same: there is one schema."""
        return sql

    @cached_property
    def _connection(self) -> Connection:
        if not self._link.exists():
            raise SupersetError(
                f"The serving file {self._link} does not exist: a `dbt build` publishes it at its "
                "end. Run one first, or name another file with --serving."
            )
        try:
            return read_served(self._link)
        except ReadError as error:
            raise SupersetError(f"The serving file {self._link} cannot be read: {error}") from error
