"""Filters of dbt's metrics, as SQL over one relation.

They come from dbt's manifest, packages included, so they are read as text. Nothing is rendered: two
forms are known, everything else between braces is refused by name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUOTED = r"""(?:'([\w.]+)'|"([\w.]+)")"""
_DIMENSION = re.compile(
    rf"\{{\{{-?\s*(Dimension|TimeDimension)\(\s*{_QUOTED}\s*(?:,\s*{_QUOTED}\s*)?\)\s*-?\}}\}}"
)
_TEMPLATE = re.compile(r"\{[{%#][-+]?\s*(\w*).*", re.DOTALL)
_GRAINS = frozenset({"day", "week", "month", "quarter", "year"})


class CannotExpressError(ValueError):
    """A metric that is not one aggregate of one relation."""


def condition_sql(condition: str, columns: Mapping[str, str]) -> str:
    """A filter with ``{{ Dimension('entity__name') }}`` replaced by SQL.

    ``{{ TimeDimension('entity__name', 'month') }}`` is the beginning of that period.

    Parameters
    ----------
    columns
        SQL of each dimension of the semantic model, by name.

    Raises
    ------
    CannotExpressError
        It names something else than a dimension of this semantic model.
    """
    sql, end = "", 0
    for match in _DIMENSION.finditer(condition):
        kind, *quoted = match.groups()
        path, grain = quoted[0] or quoted[1], quoted[2] or quoted[3]
        sql += _text(condition[end : match.start()])
        sql += _column(kind, path, grain, columns)
        end = match.end()
    return sql + _text(condition[end:])


def _column(kind: str, path: str, grain: str | None, columns: Mapping[str, str]) -> str:
    name = path.split("__")[-1]
    if name not in columns:
        raise CannotExpressError(
            f"its filter names {path}, which is no dimension of its semantic model; that has "
            f"{', '.join(sorted(columns)) or 'none'}"
        )
    if grain is None:
        return columns[name]
    if kind == "Dimension" or grain.lower() not in _GRAINS:
        raise CannotExpressError(f"its filter has {kind} by {grain!r}, which is no known period")
    return f"date_trunc('{grain.lower()}', {columns[name]})"


def _text(between: str) -> str:
    if match := _TEMPLATE.search(between):
        excerpt = " ".join(match[0].split())[:60]
        raise CannotExpressError(
            f"its filter has `{excerpt}`; Dimension('entity__name') and "
            f"TimeDimension('entity__name', 'month') can be shown, {match[1] or 'this'} cannot"
        )
    return between
