"""SQL that a person or dbt wrote, read by a parser: what of its text carries meaning.

Texts are cut at the places that the parser names and are otherwise left as they are, so that a
newer parser, which would write a query differently, reads the same text out of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from foretell.ground.relation import quoted

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.dialects.dialect import Dialect

#: Adapters that write relations without quotes. With others, only what stands in quotes was written
#: by dbt; a schema that a person named is part of what the query means.
_WITHOUT_QUOTES = ("databricks", "snowflake", "spark")
#: How a token ends in which each character counts: a text, or a quoted name.
_CLOSING = ("'", '"', "`", "$")


def without_semicolon(sql: str, dialect: str) -> str:
    """A query without the semicolons after it, so that it can stand in brackets.

    One inside a string or a comment stays, and so does SQL that cannot be read: the database says
    best what is wrong with it.

    Parameters
    ----------
    dialect
        The warehouse's, as dbt's adapter is called; empty for standard SQL.
    """
    if ";" not in sql:
        return sql
    spans = _spans(sql, dialect) or []
    while spans and sql[slice(*spans[-1])] == ";":
        start, _ = spans.pop()
        sql = sql[:start] + sql[start + 1 :]
    return sql


def with_holes(sql: str, hole: str) -> str:
    """A query with another text for each value to bind, which it writes as a question mark."""
    for start, stop in reversed(_spans(sql, "duckdb") or []):
        if sql[start:stop] == "?":
            sql = sql[:start] + hole + sql[stop:]
    return sql


def bare_sql(sql: str, dialect: str, *, without_schemas: bool = False) -> str:
    """SQL in one line, without comments; SQL that cannot be read keeps them.

    Parameters
    ----------
    without_schemas
        Whether the databases and schemas are left out that dbt writes before a relation's name.
    """
    spans = _spans(sql, dialect)
    if spans is None:
        return " ".join(sql.split())
    dropped = _places_of_schemas(sql, dialect, spans) if without_schemas else set()
    bare, end = "", 0
    for start, stop in spans:
        bare += " " if start > end else ""
        if start not in dropped:
            text = sql[start:stop]
            bare += text if text.endswith(_CLOSING) else " ".join(text.split())
        end = stop
    return bare.lstrip()


def with_schemas(sql: str, dialect: str, schemas: Mapping[str, str]) -> str:
    """SQL with the schema before each relation that it reads by name alone; else as it is.

    Parameters
    ----------
    schemas
        By relation. Of those that are not there, and of names that the SQL gives itself in a
        `with`, nothing is known.
    """
    from sqlglot import exp

    tree = parsed(sql, dialect)
    if tree is None:
        return sql
    own = {common.alias_or_name for common in tree.find_all(exp.CTE)}
    places = {}
    for table in tree.find_all(exp.Table):
        name = table.this
        if isinstance(name, exp.Identifier) and not table.db and table.name not in own:
            schema = schemas.get(table.name if name.quoted else table.name.lower())
            if schema is not None:
                places[name.meta["start"]] = schema
    for start in sorted(places, reverse=True):
        sql = f"{sql[:start]}{quoted(places[start])}.{sql[start:]}"
    return sql


def parsed(sql: str, dialect: str) -> exp.Expr | None:
    """The tree of one statement; None for SQL that cannot be read, or that is more than one."""
    from sqlglot.errors import SqlglotError

    try:
        trees = _reader(dialect).parse(sql)
    except (SqlglotError, RecursionError):
        return None
    return trees[0] if len(trees) == 1 else None


def translated(sql: str, read: str, write: str, *, pretty: bool = False) -> str:
    """SQL of one dialect in another; as it is where it cannot be read."""
    from sqlglot.errors import SqlglotError

    tree = parsed(sql, read)
    try:
        return sql if tree is None else _reader(write).generate(tree, pretty=pretty)
    except SqlglotError:
        return sql


@cache
def _reader(dialect: str) -> Dialect:
    """The parser of a dialect; of standard SQL for one that it does not know."""
    import logging

    from sqlglot import Dialect

    # It tells the log of what it does not understand, in the middle of a build.
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    return Dialect.get_or_raise(dialect if Dialect.get(dialect) else None)


def _spans(sql: str, dialect: str) -> list[tuple[int, int]] | None:
    """Where each token begins and ends; None for SQL that cannot be read."""
    from sqlglot.errors import SqlglotError

    try:
        return [(token.start, token.end + 1) for token in _reader(dialect).tokenize(sql)]
    except SqlglotError:
        return None


def _places_of_schemas(sql: str, dialect: str, spans: list[tuple[int, int]]) -> set[int]:
    """Where the names of databases and schemas begin, and the dots after them.

    Of a column in quotes its relation's name is left out, too, as it is in fingerprints on record.
    """
    starts = set(_quoted_before_dots(sql, spans))
    if dialect in _WITHOUT_QUOTES and (tree := parsed(sql, dialect)) is not None:
        starts |= set(_schemas(tree))
    places = set()
    for (start, _), (after, _) in pairwise(spans):
        if start in starts and sql[after] == ".":
            places |= {start, after}
    return places


def _schemas(tree: exp.Expr) -> Iterator[int]:
    from sqlglot import exp

    for table in tree.find_all(exp.Table):
        for part in ("catalog", "db"):
            name = table.args.get(part)
            if isinstance(name, exp.Identifier):
                yield name.meta["start"]


def _quoted_before_dots(sql: str, spans: list[tuple[int, int]]) -> Iterator[int]:
    """Names in quotes with a dot and another name in quotes after them, as dbt writes relations."""
    texts = [sql[start:stop] for start, stop in spans]
    for position, text in enumerate(texts[:-2]):
        if (
            texts[position + 1] == "."
            and text[0] == texts[position + 2][0]
            and text[0] in ('"', "`")
        ):
            yield spans[position][0]
