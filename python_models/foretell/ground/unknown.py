"""Which columns can hold values that are none: NaN and infinite dates count as unknown, as null."""

from __future__ import annotations

_FLOATS = ("DOUBLE", "DOUBLE PRECISION", "FLOAT", "REAL")


def is_float(sql_type: str) -> bool:
    """Whether a column of this type, in upper case, can hold NaN and infinity."""
    return sql_type in _FLOATS


def is_instant(sql_type: str) -> bool:
    """Whether a column of this type, in upper case, holds dates or timestamps."""
    return sql_type.startswith(("DATE", "TIMESTAMP")) and not sql_type.endswith("]")
