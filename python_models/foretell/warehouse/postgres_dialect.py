"""Postgres's SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from foretell.ground.kinds import column_kind, has_zone
from foretell.ground.unknown import is_float
from foretell.warehouse.dialect import Dialect, TypeKind


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

    def as_number(self, expression: str, sql_type: str = "") -> str:
        # Booleans become integers, and nothing else.
        number = f"cast({expression} as integer)" if sql_type.startswith("BOOL") else expression
        return super().as_number(number)

    def matches(self, text: str, pattern: str) -> str:
        return f"({text} ~ {pattern})"

    def add_seconds(self, expression: str, seconds: int) -> str:
        length = f"interval '{seconds} seconds'"
        last = f"cast('9999-12-31 23:59:59' as timestamp) - {length}"
        return f"case when {expression} <= {last} then {expression} + {length} end"

    def seconds_between(self, earlier: str, later: str) -> str:
        length = f"{self.as_instant(later)} - {self.as_instant(earlier)}"
        return self.as_number(f"extract(epoch from {length})")

    def quantile(self, expression: str, share: float) -> str:
        return f"percentile_cont({share}) within group (order by {expression})"

    def quantiles(self, expression: str, shares: Sequence[float]) -> str:
        share_list = ", ".join(repr(float(share)) for share in shares)
        return f"percentile_cont(array[{share_list}]) within group (order by {expression})"

    def count_about(self, expression: str) -> str:
        return f"count(distinct {expression})"

    def value_at_least(self, value: str, order: str) -> str:
        return f"(array_agg({value} order by {order}))[1]"

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
