"""Numbers by which rows are drawn: the same in Python and in the SQL of each warehouse.

A row's number is the md5 of a purpose and the texts of its key's columns, parted by ``|``; rows
with the smallest numbers are drawn. So a draw depends on what keys say, not on the order of rows,
the engine or its version. Texts of values:

=================== ===============================================================
null                nothing
boolean             ``true`` or ``false``
whole number        its digits, with ``-`` if it is negative
decimal             digits without zeros at the end of the fraction: ``1.5``, ``100``
float               the shortest decimal that reads back as the same double: ``1.5``,
                    ``100``, ``1e+16``; NaN is null in every key
date or timestamp   ``2025-08-01 09:30:00.000000``; a day is its midnight, a time with
                    a zone the time in UTC
uuid                lower case with hyphens
text                as it is
=================== ===============================================================

Equal numbers below 10^16 have one text, whatever their types are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal


def key_text(value: object) -> str:
    """The text of one value of a key.

    >>> key_text(Decimal("1.50")), key_text(date(2025, 8, 1)), key_text(None)
    ('1.5', '2025-08-01 00:00:00.000000', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value + 0.0).removesuffix(".0")
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        instant = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return instant.isoformat(" ", "microseconds")
    if isinstance(value, date):
        return f"{value.isoformat()} 00:00:00.000000"
    return str(value)


def draws(purpose: str, keys: Iterable[Sequence[object]]) -> list[str]:
    """The number of each key for a purpose, as 32 hexadecimal digits.

    >>> draws("rows", [(42, None)]) == [hashlib.md5(b"rows|42|").hexdigest()]
    True
    """
    return [
        hashlib.md5("|".join([purpose, *map(key_text, key)]).encode(), usedforsecurity=False)
        .hexdigest()
        for key in keys
    ]  # fmt: skip
