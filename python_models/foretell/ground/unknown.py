"""Values that are none: NaN and infinite dates count as unknown, as null does."""

from __future__ import annotations

_FLOATS = ("DOUBLE", "DOUBLE PRECISION", "FLOAT", "REAL")


def is_float(sql_type: str) -> bool:
    """Whether a column of this type, in upper case, can hold NaN and infinity."""
    return sql_type in _FLOATS


def is_instant(sql_type: str) -> bool:
    """Whether a column of this type, in upper case, holds dates or timestamps."""
    return sql_type.startswith(("DATE", "TIMESTAMP")) and not sql_type.endswith("]")


def known_or_null(expression: str, sql_type: str) -> str:
    """SQL for an expression that is null where its value is none.

    An infinite number stays: it comes from a division that somebody has to guard.

    >>> known_or_null("pace", "DOUBLE")
    "nullif(pace, cast('NaN' as DOUBLE))"
    >>> known_or_null("visits", "INTEGER")
    'visits'
    """
    if is_float(sql_type):
        return f"nullif({expression}, cast('NaN' as {sql_type}))"
    if is_instant(sql_type):
        for end in ("infinity", "-infinity"):
            expression = f"nullif({expression}, cast('{end}' as {sql_type}))"
    return expression
