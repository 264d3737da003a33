"""What kind of values a feature has: what it is to an estimator, whatever its SQL type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

#: As a column of the warehouse: a number (booleans too), a date or timestamp, or a string.
ColumnKind = Literal["number", "date", "string"]
#: As an estimator takes it: strings are few categories, many, or text in words.
FeatureKind = Literal["number", "date", "category", "many_categories", "text"]
Kinds = Mapping[str, FeatureKind]

_INTEGER = r"U?(TINY|SMALL|BIG|U?HUGE)?INT(EGER)?|INT[248]"
_NUMBER = re.compile(
    rf"({_INTEGER}|BOOL(EAN)?|DOUBLE( PRECISION)?|FLOAT[48]?|REAL|(DECIMAL|NUMERIC)(\(.*\))?)"
)
_DATE = re.compile(r"DATE|TIMESTAMP[^\[\]]*|DATETIME")
#: What an ENUM lists stands in quotes, in which anything may stand; a quote is written twice.
_QUOTED = r"'([^']|'')*'"
_STRING = re.compile(
    r"(VARCHAR|CHAR(ACTER)?( VARYING)?|N?VARCHAR|STRING)(\(.*\))?|TEXT|UUID"
    rf"|ENUM(\({_QUOTED}(, ?{_QUOTED})*\))?"
)
_WHOLE = re.compile(rf"({_INTEGER}|BOOL(EAN)?)")


def column_kind(sql_type: str) -> ColumnKind | None:
    """The kind of a column by its SQL type; None if no feature can be made of it.

    Parameters
    ----------
    sql_type
        In upper case, but for what an ENUM lists.
    """
    kinds: tuple[tuple[re.Pattern[str], ColumnKind], ...] = (
        (_NUMBER, "number"),
        (_DATE, "date"),
        (_STRING, "string"),
    )
    return next((kind for pattern, kind in kinds if pattern.fullmatch(sql_type)), None)


def has_zone(sql_type: str) -> bool:
    """Whether a column's times have a zone, so that as plain times they differ between sessions."""
    return sql_type.startswith("TIMESTAMP") and ("WITH TIME ZONE" in sql_type or "TZ" in sql_type)


def is_whole(sql_type: str) -> bool:
    """Whether a column holds booleans or integers."""
    return bool(_WHOLE.fullmatch(sql_type))


def is_nested(sql_type: str) -> bool:
    """Whether a column holds several values in one: a list, a struct, a map or a union.

    >>> is_nested("BIGINT[]"), is_nested("STRUCT(A BIGINT)"), is_nested("ENUM('[0]', 'MAP(')")
    (True, True, False)
    """
    return sql_type.endswith("]") or sql_type.startswith(("STRUCT(", "MAP(", "UNION("))
