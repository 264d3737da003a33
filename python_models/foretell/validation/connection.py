"""What SQLAlchemy, through which Great Expectations speaks, does not know of a warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

_COLUMNS = "foretell_columns"


def quote_keywords(engine: sa.Engine, words: Iterable[str]) -> None:
    """Have an engine quote columns that are called as a word of the warehouse's grammar.

    SQLAlchemy quotes those of the category "reserved", and ``at``, ``by`` or ``left`` are not
    among them, though some databases take them for no column without quotes either.
    """
    quoting = engine.dialect.identifier_preparer
    # The set is the class's own: other engines of the process keep it.
    quoting.reserved_words = {*quoting.reserved_words, *words}


def write_plain_texts(engine: sa.Engine) -> None:
    """Have an engine write a backslash in a text once, as standard SQL does.

    SQLAlchemy asks a Postgres whether that is right, and takes DuckDB for one that does not answer.
    """
    dialect: Any = engine.dialect
    dialect._backslash_escapes = False


def tell_columns(engine: sa.Engine, columns: Mapping[str, str]) -> None:
    """Leave with an engine what the rows' columns are: SQL types in upper case by name."""
    engine.update_execution_options(**{_COLUMNS: dict(columns)})


def told_columns(engine: sa.Engine) -> Mapping[str, str] | None:
    """What `tell_columns` left; None with an engine of somebody else's."""
    columns: Mapping[str, str] | None = engine.get_execution_options().get(_COLUMNS)
    return columns


def as_text(expression: Any, dialect: Any) -> str:
    """An expression as a query has it, its values written out.

    Parameters
    ----------
    dialect
        SQLAlchemy's.
    """
    sql = str(expression.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    # Some drivers take a percent sign for the place of a value, so SQLAlchemy writes two.
    return sql.replace("%%", "%") if dialect.paramstyle in ("format", "pyformat") else sql
