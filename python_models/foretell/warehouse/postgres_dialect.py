"""Postgres's SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from foretell.ground.kinds import column_kind, has_zone
from foretell.ground.unknown import is_float
from foretell.warehouse.dialect import Dialect, TypeKind, Verbatim

#: How to_char writes a whole number with a comma after each thousand.
_THOUSANDS = "FM" + "999," * 5 + "990"
#: What stands in patterns of strftime, and in those of to_char.
_PARTS = {
    "%-d": "FMDD", "%d": "DD", "%B": "FMMonth", "%b": "Mon", "%m": "MM", "%Y": "YYYY",
    "%H": "HH24", "%M": "MI", "%S": "SS",
}  # fmt: skip


class PostgresDialect(Dialect):
    """Quantiles and counts are exact, and hold all values."""

    name: ClassVar[str] = "postgres"
    types: ClassVar[Mapping[TypeKind, str]] = {
        "number": "double precision",
        "date": "timestamp",
        "string": "text",
        "day": "date",
        "whole": "integer",
        "boolean": "boolean",
    }
    max_identifier: ClassVar[int | None] = 63

    def over(self, query: str, sql: str) -> Verbatim:
        return super().over(self.once(f"select * from (\n{query}\n) as written"), sql)

    def once(self, query: str) -> str:
        # Otherwise the planner merges queries, and computes a column wherever it is read.
        return f"{query} offset 0"

    def as_number(self, expression: str, sql_type: str = "") -> str:
        # Booleans become integers, and nothing else.
        number = f"cast({expression} as integer)" if sql_type.startswith("BOOL") else expression
        return super().as_number(number)

    def matches(self, text: str, pattern: str) -> str:
        return f"({text} ~ {pattern})"

    def sortable(self, expression: str, sql_type: str) -> str:
        if sql_type.startswith("BOOL"):
            return f"cast({expression} as integer)"
        return self.as_text(expression) if sql_type == "UUID" else expression

    def add_seconds(self, expression: str, seconds: int) -> str:
        length = f"interval '{seconds} seconds'"
        last = f"cast('9999-12-31 23:59:59' as timestamp) - {length}"
        return f"case when {expression} <= {last} then {expression} + {length} end"

    def seconds_between(self, earlier: str, later: str) -> str:
        length = f"{self.as_instant(later)} - {self.as_instant(earlier)}"
        return self.as_number(f"extract(epoch from {length})")

    def quantiles(self, expression: str, shares: Sequence[float], *, values: int) -> str:
        del values  # what does not fit into memory is sorted on disk
        share_list = ", ".join(repr(float(share)) for share in shares)
        return f"percentile_cont(array[{share_list}]) within group (order by {expression})"

    def count_different(self, expression: str, *, values: int) -> str:
        del values
        return f"count(distinct {expression})"

    def value_at_least(self, value: str, order: str) -> str:
        return f"(array_agg({value} order by {order}))[1]"

    def written_date(self, expression: str, pattern: str) -> str:
        return f"to_char({expression}, '{_template(pattern)}')"

    def written_count(self, expression: str) -> str:
        return f"to_char({expression}, '{_THOUSANDS}')"

    def written_number(self, expression: str, decimals: int = 0) -> str:
        places = f".{'0' * decimals}" if decimals else ""
        return f"to_char({self.as_number(expression)}, '{_THOUSANDS}{places}')"

    def written_figure(self, expression: str) -> str:
        number = f"cast({expression} as numeric)"
        places = f"2 - cast(floor(log(abs({number}))) as integer)"
        return (
            f"case when {expression} = 0 then '0' "
            f"when abs({expression}) >= 100 then {self.written_number(expression)} "
            f"else cast(trim_scale(round({number}, {places})) as text) end"
        )

    def percent_encoded(self, expression: str) -> str:
        # Letter by letter: those that an address cannot hold, as the bytes of UTF-8.
        letters = (
            f"regexp_split_to_table({expression}, '') with ordinality as parts (letter, place)"
        )
        encoded = "upper(encode(convert_to(letter, 'UTF8'), 'hex'))"
        return (
            f"case when {expression} is not null then "
            "(select coalesce(string_agg(case when letter ~ '^[A-Za-z0-9._~-]$' then letter "
            f"else regexp_replace({encoded}, '(..)', '%\\1', 'g') end, '' order by place), '') "
            f"from {letters}) end"
        )

    def known_or_null(self, expression: str, sql_type: str) -> str:
        # Numbers of any size have a NaN, too.
        if sql_type.startswith("NUMERIC"):
            return f"nullif({expression}, cast('NaN' as numeric))"
        return super().known_or_null(expression, sql_type)

    def key_type(self, sql_type: str) -> str:
        # A number without a declared size fits no type of Arrow's.
        if sql_type in ("NUMERIC", "UUID") or sql_type.startswith("ENUM("):
            return "TEXT"
        return sql_type

    def key_text(self, expression: str, sql_type: str) -> str:
        if column_kind(sql_type) == "date":
            instant = f"{expression} at time zone 'UTC'" if has_zone(sql_type) else expression
            return f"to_char({self.as_instant(instant)}, 'YYYY-MM-DD HH24:MI:SS.US')"
        if sql_type.startswith(("DECIMAL", "NUMERIC")):
            return self.as_text(f"trim_scale({expression})")
        if is_float(sql_type):
            # Its text of 10^15 and more has an exponent.
            whole = f"cast({expression} as bigint)"
            is_whole = f"abs({expression}) < 1e16 and {expression} = trunc({expression})"
            return (
                f"case when {is_whole} then {self.as_text(whole)} "
                f"else {self.as_text(self.as_number(expression))} end"
            )
        return self.as_text(expression)

    def key_order(self, expression: str, sql_type: str) -> str:
        if column_kind(sql_type) != "string" or sql_type == "UUID":
            return expression
        return f'{self.as_text(expression)} collate "C"'

    def draw(self, purpose: str, keys: Mapping[str, str]) -> str:
        # By bytes the order is the same, and sorting takes a fraction of the time.
        return f'{super().draw(purpose, keys)} collate "C"'

    def row_sum(self, relation: str) -> str:
        hashes = f"sum(cast(hash_record_extended({relation}, 0) as decimal(38, 0)))"
        return self.as_text(f"mod(coalesce({hashes}, 0), 18446744073709551616)")


def _template(pattern: str) -> str:
    """A pattern of `strftime` as one of `to_char`, in which letters that are meant are quoted.

    >>> _template("%-d %B %Y")
    'FMDD FMMonth YYYY'
    """
    template = ""
    for part, other in re.findall(r"(%-?[A-Za-z])|([^%]+|%)", pattern):
        if part and part not in _PARTS:
            raise ValueError(f"{part!r} is not known in {pattern!r}; there is {', '.join(_PARTS)}")
        template += _PARTS[part] if part else re.sub(r"[A-Za-z]+", r'"\g<0>"', other)
    return template
