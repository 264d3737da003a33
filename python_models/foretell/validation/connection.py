"""What SQLAlchemy, through which Great Expectations speaks, does not know of a warehouse."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa


def quote_keywords(engine: sa.Engine, words: Iterable[str]) -> None:
    """Have an engine quote columns that are called as a word of the warehouse's grammar.

    SQLAlchemy quotes those of the category "reserved", and ``at``, ``by`` or ``left`` are not
    among them, though some databases take them for no column without quotes either.
    """
    quoting = engine.dialect.identifier_preparer
    # The set is the class's own: other engines of the process keep it.
    quoting.reserved_words = {*quoting.reserved_words, *words}
