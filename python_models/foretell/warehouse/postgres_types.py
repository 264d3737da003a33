"""Postgres's types: as foretell names them, and in the words of the rules for widening and back."""

from __future__ import annotations

import re

import pyarrow as pa

from foretell.warehouse import widening

_SIZED = re.compile(r"(NUMERIC|VARCHAR|CHAR|ENUM)\((.*)\)")
_AS_RULES_SAY = {"REAL": "FLOAT", "DOUBLE PRECISION": "DOUBLE", "TEXT": "VARCHAR"}
_AS_POSTGRES_SAYS = {
    "TINYINT": "SMALLINT", "HUGEINT": "NUMERIC(38,0)", "FLOAT": "REAL",
    "DOUBLE": "DOUBLE PRECISION", "VARCHAR": "TEXT",
}  # fmt: skip
_EXACT = re.compile(r"SMALLINT|INTEGER|BIGINT|NUMERIC.*")

#: SQL of a column's type as the rest of foretell knows it: short names, upper case but for what an
#: ENUM lists, and of a domain the type that it restricts.
TYPE = """case
    when pg_type.typtype = 'e' then (
        select 'ENUM(' || string_agg(quote_literal(enumlabel), ', ' order by enumsortorder) || ')'
        from pg_enum where enumtypid = pg_type.oid
    )
    else regexp_replace(regexp_replace(regexp_replace(upper(format_type(
        coalesce(nullif(pg_type.typbasetype, 0), atttypid),
        case when pg_type.typbasetype = 0 then atttypmod else pg_type.typtypmod end
    )), '^CHARACTER VARYING', 'VARCHAR'), '^CHARACTER', 'CHAR'),
        '^TIMESTAMP(\\(\\d\\))? WITHOUT TIME ZONE', 'TIMESTAMP')
end"""
#: What that is asked of.
COLUMNS = """pg_attribute
    inner join pg_class on pg_attribute.attrelid = pg_class.oid and attnum > 0 and not attisdropped
    inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    inner join pg_type on pg_attribute.atttypid = pg_type.oid"""


def type_for_both(old: str, new: str) -> str | None:
    """The narrowest type that holds the values of two types unchanged; None if there is none.

    Examples
    --------
    >>> type_for_both("INTEGER", "BIGINT")
    'BIGINT'
    >>> type_for_both("VARCHAR(20)", "VARCHAR(30)")
    'TEXT'
    >>> type_for_both("NUMERIC(4,2)", "SMALLINT")
    'NUMERIC(7,2)'
    >>> type_for_both("NUMERIC", "BIGINT")
    'NUMERIC'
    >>> type_for_both("BIGINT", "TEXT")
    """
    if old == new:
        return old
    if "NUMERIC" in (old, new) and _EXACT.fullmatch(old) and _EXACT.fullmatch(new):
        return "NUMERIC"
    if "DATE" in (old, new) and {old, new} <= {"DATE", "TIMESTAMP"}:
        return "TIMESTAMP"
    wider = widening.type_for_both(_to_rules(old), _to_rules(new))
    return None if wider is None else _from_rules(wider)


def nameable(sql_type: str) -> str:
    """The type of a column to be made: an ENUM is known here by its values, not by its name."""
    return "TEXT" if sql_type.startswith("ENUM(") else sql_type


def decimal_type(sql_type: str) -> pa.DataType | None:
    """Arrow's decimal for a number of a declared size; None for any other type."""
    match = _SIZED.fullmatch(sql_type)
    if match is None or match[1] != "NUMERIC":
        return None
    digits, _, after = match[2].partition(",")
    return pa.decimal128(int(digits), int(after or 0)) if int(digits) <= 38 else None


def _to_rules(sql_type: str) -> str:
    match = _SIZED.fullmatch(sql_type)
    if match and match[1] == "NUMERIC":
        return f"DECIMAL({match[2]})"
    if match and match[1] in ("VARCHAR", "CHAR"):
        return "VARCHAR"
    return _AS_RULES_SAY.get(sql_type, sql_type)


def _from_rules(sql_type: str) -> str:
    if sql_type.startswith("DECIMAL"):
        return sql_type.replace("DECIMAL", "NUMERIC")
    return _AS_POSTGRES_SAYS.get(sql_type, sql_type)
