"""What the engine needs from a warehouse: the seam behind which a new one is added."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import Any, Protocol

import pyarrow as pa

from foretell.ground.relation import Relation
from foretell.warehouse.dialect import Dialect
from foretell.warehouse.fingerprint import Fingerprint


class Warehouse(Protocol):
    """A database session that dbt opened, and what is done through it.

    What it is given is SQL as `foretell.warehouse.dialect` says, but for what is `Verbatim`; values
    are bound as parameters, for which a question mark stands, identifiers quoted by the caller.

    Attributes
    ----------
    errors
        What its statements raise when the database refuses them.
    dialect
        How the database writes what standard SQL does not.
    engine
        Its name and version, such as ``("postgres", "15.4")``.
    address
        What SQLAlchemy takes for its dialect.
    """

    errors: tuple[type[Exception], ...]
    dialect: Dialect
    engine: tuple[str, str]
    address: str

    def stage(self, relation: Relation, sql: str) -> None:
        """Replace ``relation`` by the rows of a query, and mark it as foretell's own.

        Only a run needs it: it need not outlast a database that breaks down.

        This and all else that writes raises ForeignRelationError where a table of this name is
        there that foretell did not make.
        """

    def drop(self, *relations: Relation) -> None:
        """Remove tables that may or may not exist, if foretell made them."""

    def add_rows(self, relation: Relation, sql: str, *, as_text: bool = False) -> None:
        """Append a query's rows to a table by their names, after ``ensure``."""

    def ensure(self, relation: Relation, sql: str, *, as_text: bool = False) -> None:
        """Have a table hold a query's columns; it is made, without rows, if it is not there.

        Columns that the table lacks are added to it, those that the query lacks stay null. A column
        that is too narrow for the query's gets the type that holds both unchanged.

        Parameters
        ----------
        as_text
            Whether a column becomes text where no other type holds both.

        Raises
        ------
        WarehouseError
            No type holds both, and text is not asked for.
        """

    def replace_view(self, relation: Relation, sql: str) -> None:
        """Make a view of a query, in the place of one that may be there."""

    def type_for(self, relation: Relation, column: str, kind: str) -> str | None:
        """The type that a table's column needs to hold values of an SQL type, too.

        The column's own, where that is wide enough; None where no type holds both unchanged. A
        column without a value may become anything.
        """

    def exists(self, relation: Relation) -> bool:
        """Whether a table or view of this name is there."""

    def columns(self, relation: Relation) -> dict[str, str]:
        """Column names, in order, with their SQL types in upper case, but what an ENUM lists."""

    def names(self, sql: str) -> list[str]:
        """Column names of a query as it says them, also those that it repeats."""

    def described(self, sql: str) -> dict[str, str]:
        """Columns of a query with their types, as those of a table that is made of it."""

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a small result."""

    def sample(self, sql: str, *, key: Sequence[str], limit: int) -> pa.Table:
        """At most ``limit`` rows of a query, ordered by their key.

        Where there are more, a draw by the key chooses (`foretell.ground.draw`): the same rows in
        the same order on each warehouse and in each run.
        """

    def map_batches(
        self,
        sql: str,
        function: Callable[[pa.RecordBatch], pa.RecordBatch],
        *,
        schema: pa.Schema,
        into: Relation,
    ) -> int:
        """Stream a query through ``function`` into a new table; the number of rows written."""

    def append(self, relation: Relation, rows: Sequence[Mapping[str, object]]) -> None:
        """Add rows to a store, its other columns null."""

    def stage_arrow(self, relation: Relation, table: pa.Table) -> None:
        """Replace ``relation`` by the rows of an Arrow table."""

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Run a statement that has no result."""

    def forget_runs(self, relation: Relation, runs: Collection[str], *, column: str) -> None:
        """Remove the rows that some runs wrote, which nobody has seen."""

    def replace_by(self, relation: Relation, replacement: Relation) -> None:
        """Drop ``relation`` and give its name to ``replacement``."""

    def together(self) -> AbstractContextManager[None]:
        """What is done inside becomes visible at once, where a warehouse can do that; elsewhere
        one after the other, so that the order must make sense too.
        """

    def fingerprint(self, sql: str, *, by: str, since: date) -> Fingerprint:
        """What the rows of a query are like, whatever their order.

        Parameters
        ----------
        by
            The column that dates them: each day has a figure of its own.
        since
            Earlier days share one figure.
        """

    def connection(self) -> Any:
        """A DB-API connection to this database, for Great Expectations."""

    def claim(self, relation: Relation) -> str | None:
        """Have what is called after a relation to itself, until `release` or dbt's connection ends.

        Returns
        -------
        Who else has it, in words; None if nobody has.
        """

    def release(self, relation: Relation) -> None:
        """Let others have what was claimed."""

    def leave(self, table: str, row: Mapping[str, str]) -> None:
        """Leave one row of texts on dbt's own connection, for a macro to read."""

    def close(self) -> None:
        """End the sessions that it opened itself; dbt's goes on."""

    def keywords(self) -> list[str]:
        """Words that the database takes for no column without quotes."""


Batches = Iterator[pa.RecordBatch]
