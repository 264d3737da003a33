"""Names that become parts of SQL, YAML and files: each is refused where it could not be one."""

from __future__ import annotations

import re

from foretell.errors import ScaffoldError

_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_FILE = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
#: Words that most warehouses read as SQL where a column is expected.
_SQL_WORDS = frozenset(
    re.findall(
        r"\w+",
        "all and any as asc between both by case cast check column constraint create cross current "
        "current_date current_time current_timestamp default desc distinct else end except exists "
        "false fetch for foreign from full grant group having in inner intersect into is join "
        "lateral leading left like limit natural not null offset on only or order outer primary "
        "qualify references right rows select set some table then to trailing true union unique "
        "user using values when where window with",
    )
)


def column(name: str, *, flag: str) -> str:
    """A column's name that needs no quotes.

    Parameters
    ----------
    flag
        The option that said it, for the error.

    Raises
    ------
    ScaffoldError
        It is no identifier, or a word of SQL.
    """
    if not _COLUMN.fullmatch(name):
        raise ScaffoldError(
            f"`{flag} {name}` is no identifier; a column is letters, digits and underscores and "
            "does not begin with a digit, such as household_id."
        )
    if name.lower() in _SQL_WORDS:
        raise ScaffoldError(
            f"`{flag} {name}` is a word of SQL and would need quotes wherever it is read. Rename "
            "the column in the model that you select from."
        )
    return name


def entity(name: str) -> str:
    """The key column that a view is about; what is left without ``_id`` names a folder."""
    return _file_part(column(name, flag="--entity"), flag="--entity", example="household_id")


def topic(name: str) -> str:
    """The last part of a view's name, and the first of its features' names."""
    return _file_part(name, flag="--topic", example="coffee")


def model(name: str, *, flag: str) -> str:
    """A dbt model's name, as ``ref`` takes it."""
    if not _COLUMN.fullmatch(name):
        raise ScaffoldError(
            f"`{flag} {name}` is no name of a dbt model. Say the name alone, without folder, "
            "schema or `.sql`, such as fct_baskets."
        )
    return name


def _file_part(name: str, *, flag: str, example: str) -> str:
    if not _FILE.fullmatch(name) or "__" in name or name.endswith("_"):
        raise ScaffoldError(
            f"`{flag} {name}` cannot be part of a model's name; it must be lower-case letters, "
            f"digits and single underscores, and begin with a letter, such as {example}."
        )
    return name
