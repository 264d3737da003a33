"""What each warehouse does alike with foretell's own tables: they are marked, and never cast."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from foretell.errors import WarehouseError
from foretell.ground.relation import Relation, quoted
from foretell.warehouse.dialect import Dialect
from foretell.warehouse.fingerprint import Fingerprint
from foretell.warehouse.marks import COMMENT, MARK, foreign


class Tables(ABC):
    """The part of `Warehouse` that needs a few statements of its own in each database.

    Attributes
    ----------
    text
        The type of texts, in upper case.
    """

    text: ClassVar[str]
    dialect: Dialect
    engine: tuple[str, str]

    # What a database answers.

    @abstractmethod
    def columns(self, relation: Relation) -> dict[str, str]:
        """As `Warehouse.columns`."""

    @abstractmethod
    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """As `Warehouse.rows`."""

    @abstractmethod
    def stage(self, relation: Relation, sql: str) -> None:
        """As `Warehouse.stage`."""

    @abstractmethod
    def _make(self, relation: Relation, sql: str) -> None:
        """As `stage`, a table that stays."""

    @abstractmethod
    def described(self, sql: str) -> dict[str, str]:
        """As `Warehouse.described`."""

    @abstractmethod
    def _run(self, statement: str) -> None:
        """Run a statement in the database's own words."""

    @abstractmethod
    def _comment(self, relation: Relation) -> str:
        """The comment of a table; empty for one without, for a view and for none."""

    @abstractmethod
    def _widened(self, old: str, new: str) -> str | None:
        """The type that holds the values of two types unchanged."""

    def _folded(self, name: str) -> str:
        """A column's name such that names of one column are equal."""
        return name

    def _retype(self, relation: Relation, column: str, sql_type: str) -> None:
        """Widen a column."""
        self._run(f"alter table {relation} alter {quoted(column)} type {sql_type}")

    # What follows.

    def exists(self, relation: Relation) -> bool:
        return bool(self.columns(relation))

    def drop(self, *relations: Relation) -> None:
        for relation in relations:
            if self._comment(relation).startswith(MARK):
                self._run(f"drop table if exists {relation}")

    def add_rows(self, relation: Relation, sql: str, *, as_text: bool = False) -> None:
        self.ensure(relation, sql, as_text=as_text)
        columns = ", ".join(quoted(name) for name in self.described(sql))
        self._run(f"insert into {relation} ({columns})\n{self.dialect.render(sql)}")

    def ensure(self, relation: Relation, sql: str, *, as_text: bool = False) -> None:
        types = self._types(relation)
        if not types:
            self._make(relation, f"select * from (\n{sql}\n) as no_rows where 1 = 0")
            return
        self._refuse_foreign(relation)
        for name, kind in self.described(sql).items():
            own_type = types.get(self._folded(name))
            if own_type is None:
                self._run(f"alter table {relation} add column {quoted(name)} {kind}")
                continue
            needed = self.type_for(relation, name, kind) or (self.text if as_text else None)
            if needed is None:
                raise WarehouseError(
                    f"{relation} has {name} as {own_type}, and rows to append have it as {kind}: "
                    "no type holds both unchanged."
                )
            if needed != own_type:
                self._retype(relation, name, needed)

    def type_for(self, relation: Relation, column: str, kind: str) -> str | None:
        own_type = self._types(relation).get(self._folded(column), kind)
        shared_type = self._widened(own_type, kind)
        if shared_type is None:
            ((values,),) = self.rows(f"select count({quoted(column)}) from {relation}")
            return None if values else kind
        return shared_type

    def fingerprint(self, sql: str, *, by: str, since: date) -> Fingerprint:
        days = self.rows(self.dialect.by_day(sql, by=by, since=since))
        return Fingerprint.of(f"{' '.join(self.engine)} sum", days)

    def _types(self, relation: Relation) -> dict[str, str]:
        return {self._folded(name): kind for name, kind in self.columns(relation).items()}

    def _refuse_foreign(self, relation: Relation) -> None:
        if self.exists(relation) and not self._comment(relation).startswith(MARK):
            raise foreign(relation)


def marks(relation: Relation) -> str:
    """The statement by which a table is known as foretell's."""
    return f"comment on table {relation} is '{COMMENT}'"
