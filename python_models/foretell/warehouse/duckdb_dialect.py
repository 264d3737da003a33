"""DuckDB's SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from foretell.ground.kinds import column_kind, has_zone
from foretell.ground.unknown import is_float
from foretell.warehouse.dialect import Dialect, TypeKind

#: Numbers that one statement's quantiles hold at once: 160 MB.
_MOST_HELD = 20_000_000


class DuckDBDialect(Dialect):
    """Queries are written in what DuckDB reads, so most of it is there already."""

    name: ClassVar[str] = "duckdb"
    types: ClassVar[Mapping[TypeKind, str]] = {
        "number": "double precision",
        "date": "timestamp",
        "string": "varchar",
        "day": "date",
        "whole": "integer",
        "boolean": "boolean",
    }
    max_identifier: ClassVar[int | None] = None

    def matches(self, text: str, pattern: str) -> str:
        return f"regexp_matches({text}, {pattern})"

    def add_seconds(self, expression: str, seconds: int) -> str:
        # Python has no later years, and DuckDB's dates reach further than its timestamps.
        instant, length = f"try_cast({expression} as timestamp)", f"interval '{seconds} seconds'"
        last = f"timestamp '9999-12-31 23:59:59' - {length}"
        return f"case when {instant} <= {last} then {instant} + {length} end"

    def seconds_between(self, earlier: str, later: str) -> str:
        return f"epoch({self.as_instant(later)} - {self.as_instant(earlier)})"

    def quantiles(self, expression: str, shares: Sequence[float], *, values: int) -> str:
        # Dunning and Ertl's t-digest depends on the order in which threads add to it.
        aggregate = "quantile_cont" if values <= _MOST_HELD else "approx_quantile"
        return f"{aggregate}({expression}, [{', '.join(repr(float(share)) for share in shares)}])"

    def count_different(self, expression: str, *, values: int) -> str:
        # A text takes some ten times as much as a number.
        if 10 * values <= _MOST_HELD:
            return f"count(distinct {expression})"
        return f"approx_count_distinct({expression})"

    def value_at_least(self, value: str, order: str) -> str:
        return f"arg_min({value}, {order})"

    def histogram(self, expression: str, edges: Sequence[float]) -> str | None:
        bounds = ", ".join([*(f"{edge:.16e}" for edge in edges), "'Infinity'::double"])
        return f"array_to_string(map_values(histogram({expression}, [{bounds}])), ',')"

    def written_date(self, expression: str, pattern: str) -> str:
        return f"strftime({expression}, '{pattern}')"

    def written_count(self, expression: str) -> str:
        return f"format('{{:,}}', {expression})"

    def written_number(self, expression: str, decimals: int = 0) -> str:
        return f"format('{{:,.{decimals}f}}', {expression})"

    def written_figure(self, expression: str) -> str:
        form = f"case when abs({expression}) >= 100 then '{{:,.0f}}' else '{{:.3g}}' end"
        return f"format({form}, {expression})"

    def percent_encoded(self, expression: str) -> str:
        return f"url_encode({expression})"

    def key_type(self, sql_type: str) -> str:
        if sql_type == "UUID" or sql_type.startswith("ENUM("):
            return "VARCHAR"
        return "DECIMAL(38,0)" if sql_type in ("HUGEINT", "UHUGEINT") else sql_type

    def key_text(self, expression: str, sql_type: str) -> str:
        if column_kind(sql_type) == "date":
            instant = f"{expression} at time zone 'UTC'" if has_zone(sql_type) else expression
            return f"strftime(cast({instant} as timestamp), '%Y-%m-%d %H:%M:%S.%f')"
        if is_float(sql_type):
            # The sum makes one zero of two.
            expression = f"(cast({expression} as double) + 0.0)"
        text = f"cast({expression} as varchar)"
        if is_float(sql_type) or sql_type.startswith("DECIMAL"):
            return f"rtrim(regexp_replace({text}, '(\\.\\d*?)0+$', '\\1'), '.')"
        return text

    def key_order(self, expression: str, sql_type: str) -> str:
        if column_kind(sql_type) != "string" or sql_type == "UUID":
            return expression
        # An ENUM's own order is that of its list, and a profile may choose another collation.
        return f'cast({expression} as varchar) collate "C"'

    def row_sum(self, relation: str) -> str:
        return f"cast(coalesce(sum(hash({relation})), 0) % 18446744073709551616 as varchar)"
