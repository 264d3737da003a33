"""How a database writes what the engine asks for: one author of SQL, who knows no connection.

Queries are written once, in `WRITTEN`: in standard SQL where all warehouses read it alike, and with
a dialect's expressions where they differ. `render` turns a whole query into the dialect's own text.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import ClassVar, Literal

from foretell.ground.kinds import ColumnKind
from foretell.ground.names import QUERY
from foretell.ground.relation import quoted
from foretell.ground.sql_text import translated, without_semicolon
from foretell.ground.unknown import is_float, is_instant

#: What the parser calls the SQL in which queries are written.
WRITTEN = "duckdb"

#: Kinds of values that have one type in each dialect: of columns, and of what the engine adds.
TypeKind = Literal["number", "date", "string", "day", "whole", "boolean"]


class Verbatim(str):
    """A query that a person wrote, in the warehouse's own dialect: it runs as it stands."""

    __slots__ = ()


class Dialect(ABC):
    """The SQL of one database.

    Attributes
    ----------
    name
        What dbt's adapter and the parser call it.
    types
        The type of each kind of values: a ``date`` is an instant without a zone.
    max_identifier
        Bytes of a name that the database keeps; None where there is no limit.
    """

    name: ClassVar[str]
    types: ClassVar[Mapping[TypeKind, str]]
    max_identifier: ClassVar[int | None]

    # Whole queries.

    def render(self, sql: str) -> str:
        """A query of the engine's in this dialect."""
        return sql if self.name == WRITTEN else translated(sql, WRITTEN, self.name, pretty=True)

    def over(self, query: str, sql: str) -> Verbatim:
        """A query of the engine's that reads what a person wrote as `foretell_query`."""
        return Verbatim(f"with {QUERY} as (\n{query}\n)\n{self.render(sql)}")

    def once(self, query: str) -> str:
        """A query whose columns are computed once, however often what reads it asks for them."""
        return query

    def fold(self, sql: str) -> str:
        """An expression that a person wrote in this dialect, in that of the engine's queries."""
        bare = without_semicolon(sql, self.name)
        return bare if self.name == WRITTEN else translated(bare, self.name, WRITTEN)

    # Values of one kind.

    def as_kind(self, expression: str, kind: TypeKind | ColumnKind, sql_type: str = "") -> str:
        """A value as the type of a kind.

        Parameters
        ----------
        sql_type
            The value's own type, in upper case; empty where it is of that kind.
        """
        if kind == "number":
            return self.as_number(expression, sql_type)
        return f"cast({expression} as {self.types[kind]})"

    def as_number(self, expression: str, sql_type: str = "") -> str:
        """A number as a double; a boolean as 0 or 1, where its type is given."""
        return f"cast({expression} as {self.types['number']})"

    def as_text(self, expression: str) -> str:
        """A value as text."""
        return self.as_kind(expression, "string")

    def as_instant(self, expression: str) -> str:
        """A date as its midnight, or a timestamp, without a zone."""
        return self.as_kind(expression, "date")

    def as_day(self, expression: str) -> str:
        """The day of a date or timestamp."""
        return self.as_kind(expression, "day")

    def instant(self, value: date | str) -> str:
        """A known instant, or a day's midnight."""
        return self.as_instant(f"'{value}'")

    def day(self, value: date | str) -> str:
        """A known day."""
        return self.as_day(f"'{value.date() if isinstance(value, datetime) else value}'")

    def known_or_null(self, expression: str, sql_type: str) -> str:
        """A value of a type, in upper case; null where it is none: NaN, or an infinite date.

        An infinite number stays: it comes from a division that somebody has to guard.
        """
        unknowns: tuple[str, ...] = ()
        if is_float(sql_type):
            unknowns = ("NaN",)
        elif is_instant(sql_type):
            unknowns = ("infinity", "-infinity")
        for value in unknowns:
            expression = f"nullif({expression}, cast('{value}' as {sql_type}))"
        return expression

    @abstractmethod
    def matches(self, text: str, pattern: str) -> str:
        """Whether a regular expression is found anywhere in a text; both are SQL."""

    def sortable(self, expression: str, sql_type: str) -> str:
        """A value of a type, in upper case, as one that has a least and a largest."""
        del sql_type
        return expression

    # Times.

    @abstractmethod
    def add_seconds(self, expression: str, seconds: int) -> str:
        """The timestamp so many seconds after a date or timestamp; null where that is after the
        year 9999.
        """

    @abstractmethod
    def seconds_between(self, earlier: str, later: str) -> str:
        """Seconds from one date or timestamp to another, as a double."""

    # Aggregates.

    @abstractmethod
    def quantiles(self, expression: str, shares: Sequence[float], *, values: int) -> str:
        """Several quantiles of a number, in an array.

        Parameters
        ----------
        values
            How many the statement's aggregates see in all. Those of very many may be approximate,
            where the database need not hold all of them, and then differ from run to run.
        """

    @abstractmethod
    def count_different(self, expression: str, *, values: int) -> str:
        """How many different texts there are; of very many ``values`` about, as of quantiles."""

    @abstractmethod
    def value_at_least(self, value: str, order: str) -> str:
        """The ``value`` of the row whose ``order`` is least."""

    def histogram(self, expression: str, edges: Sequence[float]) -> str | None:
        """Counts of the numbers up to each edge and after the last one, as ``12,0,3`` text.

        None where the database has no aggregate that counts them all at once.
        """
        return None

    # Texts that people read.

    @abstractmethod
    def written_date(self, expression: str, pattern: str) -> str:
        """A date or timestamp as text, by a pattern of `strftime` such as ``%-d %B %Y``."""

    @abstractmethod
    def written_count(self, expression: str) -> str:
        """A whole number with a comma after each thousand."""

    @abstractmethod
    def written_number(self, expression: str, decimals: int = 0) -> str:
        """A number with so many decimals and a comma after each thousand."""

    @abstractmethod
    def written_figure(self, expression: str) -> str:
        """A number with three digits that count, or all of those before the point."""

    @abstractmethod
    def percent_encoded(self, expression: str) -> str:
        """A text as it can stand in an address: letters, digits and ``-._~`` stay."""

    # Keys and rows.

    def key_type(self, sql_type: str) -> str:
        """The type as which a key column is published: one that passes through Arrow as it is."""
        return sql_type

    @abstractmethod
    def key_text(self, expression: str, sql_type: str) -> str:
        """A column of a key as `foretell.ground.draw` writes it: equal values have equal texts."""

    @abstractmethod
    def key_order(self, expression: str, sql_type: str) -> str:
        """A column of a key to order by: texts by their bytes, all else by value."""

    @abstractmethod
    def row_sum(self, relation: str) -> str:
        """The sum of the engine's own hash of all rows of a relation, modulo 2^64, as text.

        It changes when any row does, whatever their order. Its values mean something in one version
        of one engine only.
        """

    def draw(self, purpose: str, keys: Mapping[str, str]) -> str:
        """The number by which rows are drawn, as `foretell.ground.draw` makes it.

        Parameters
        ----------
        keys
            SQL of each column of the key, with its type in upper case.
        """
        texts = [f"coalesce({self.key_text(column, kind)}, '')" for column, kind in keys.items()]
        parts = ", ".join([f"'{purpose}'", *texts])
        return f"md5(concat_ws('|', {parts}))"

    def sampled(self, sql: str, *, key: Mapping[str, str], limit: int) -> str:
        """Query for at most so many rows of a query, drawn by their key and ordered by it.

        Parameters
        ----------
        key
            Columns with their types in upper case.
        """
        if not limit:
            return f"select * from ({sql}) as chosen where 1 = 0"
        order = ", ".join(self.key_order(quoted(name), kind) for name, kind in key.items())
        number = self.draw("rows", {quoted(name): kind for name, kind in key.items()})
        drawn = f"select * from ({sql}) as chosen order by {number}, {order} limit {limit}"
        return f"select * from ({drawn}) as drawn order by {order}"

    def by_day(self, sql: str, *, by: str, since: date) -> str:
        """Query for how many rows a query has on each day, and the sum of their hashes.

        Parameters
        ----------
        by
            The column that dates them.
        since
            Earlier days are counted together, as a null day.
        """
        day = self.as_day(f"row_of.{quoted(by)}")
        dated = f"case when {day} >= {self.day(since)} then {day} end"
        return (
            f"select {dated} as day, count(*) as row_count, {self.row_sum('row_of')} as hashes "
            f"from ({sql}) as row_of group by 1 order by 1 nulls first"
        )
