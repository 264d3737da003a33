"""Which type holds the values of two types unchanged: published values are never cast otherwise.

A column of a table that is only appended to may need a wider type one day. A value counts as
unchanged if it is equal in the wider type: the number 4 is 4.00, and a date is its midnight.
"""

from __future__ import annotations

import re
from collections.abc import Callable

#: Bits of whole numbers, narrow to wide; an unsigned type has the same name after a U.
_BITS = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64, "HUGEINT": 128}
#: Bits of the whole numbers that a float holds exactly.
_EXACT_BITS = {"FLOAT": 24, "DOUBLE": 53}
#: Digits that a decimal may have.
_DIGITS = 38
#: Instants, coarse to fine.
_INSTANTS = ("DATE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP", "TIMESTAMP_NS")
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_LISTED = re.compile(r"'(?:[^']|'')*'")


def type_for_both(old: str, new: str) -> str | None:
    """The narrowest type that holds the values of two SQL types unchanged; None if there is none.

    Examples
    --------
    >>> type_for_both("INTEGER", "BIGINT")
    'BIGINT'
    >>> type_for_both("DECIMAL(4,2)", "DECIMAL(8,1)")
    'DECIMAL(9,2)'
    >>> type_for_both("BIGINT", "VARCHAR")
    """
    if old == new:
        return old
    rules: tuple[Callable[[str, str], str | None], ...] = (
        _whole, _decimal, _float, _instant, _text,
    )  # fmt: skip
    return next((wider for rule in rules if (wider := rule(old, new))), None)


def _bits(name: str) -> int | None:
    """Bits of a whole number without its sign; None for what is none."""
    if name.startswith("U") and name[1:] in _BITS:
        return _BITS[name[1:]]
    return _BITS[name] - 1 if name in _BITS else None


def _whole(old: str, new: str) -> str | None:
    left, right = _bits(old), _bits(new)
    if left is None or right is None:
        return None
    if old.startswith("U") and new.startswith("U"):
        return old if left > right else new
    return next((name for name, wide in _BITS.items() if wide > max(left, right)), None)


def _digits(name: str) -> tuple[int, int] | None:
    """Digits before and after the point; None for what is neither whole nor a decimal."""
    if match := _DECIMAL.fullmatch(name):
        digits, after = int(match[1]), int(match[2])
        return digits - after, after
    bits = _bits(name)
    return (len(str(2**bits - 1)), 0) if bits is not None else None


def _decimal(old: str, new: str) -> str | None:
    left, right = _digits(old), _digits(new)
    if left is None or right is None:
        return None
    before, after = max(left[0], right[0]), max(left[1], right[1])
    return f"DECIMAL({before + after},{after})" if before + after <= _DIGITS else None


def _float(old: str, new: str) -> str | None:
    widths = [_EXACT_BITS.get(name, _bits(name)) for name in (old, new)]
    if any(width is None for width in widths) or not {old, new} & set(_EXACT_BITS):
        return None
    widest = max(width for width in widths if width is not None)
    return next((name for name, exact in _EXACT_BITS.items() if exact >= widest), None)


def _instant(old: str, new: str) -> str | None:
    if old not in _INSTANTS or new not in _INSTANTS:
        return None
    return max(old, new, key=_INSTANTS.index)


def _text(old: str, new: str) -> str | None:
    if not all(name in ("VARCHAR", "UUID") or name.startswith("ENUM(") for name in (old, new)):
        return None
    if old.startswith("ENUM(") and new.startswith("ENUM("):
        listed = [set(_LISTED.findall(name)) for name in (old, new)]
        if listed[0] >= listed[1]:
            return old
        if listed[0] < listed[1]:
            return new
    return "VARCHAR"
