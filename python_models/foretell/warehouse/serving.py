"""The serving copy: what the BI tool reads, so that it never opens the file that dbt writes.

Each build writes a new versioned file and swings one symbolic link to it. A reader sees the old
build or the new one, never half of each. The files and, unless the profile names another place, the
link lie in a folder of their own that git ignores.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from foretell.errors import ServingError
from foretell.ground.relation import Relation, quoted
from foretell.ignored import ignore_contents
from foretell.warehouse.duckdb import reason

#: The SQL of a serving file, whatever the warehouse is.
DIALECT = "duckdb"
#: A connection to a serving file, and what reading from it raises.
Connection = duckdb.DuckDBPyConnection
ReadError = duckdb.Error
#: What the names of serving files end with, and of the links that lead to them.
SUFFIX = ".duckdb"
#: Versions kept for readers that still hold one open.
KEEP = 3
#: Seconds after which a file that is still being written was left by a build that was killed.
ABANDONED = 3600
#: The BI tool's DuckDB may be older than the one that writes.
STORAGE_VERSION = "v1.5.0"
_VERSION = re.compile(r"\d{8}T\d+\.duckdb")
_SERVING_FILES = re.compile(
    rf"{_VERSION.pattern}|.*\.writing.*|\.gitignore|\.?[^/]*_serving\.duckdb.*"
)


@dataclass(frozen=True)
class ServedRelation:
    """A dbt model that readers get, under its own name."""

    model: str
    database: str
    schema: str
    name: str

    @property
    def relation(self) -> Relation:
        """Where the warehouse has it."""
        return Relation(self.database, self.schema, self.name)


def default_link(database: Path) -> Path:
    """The link of a warehouse file, in a folder beside it.

    ``shop.duckdb`` is served as ``shop_serving/shop_serving.duckdb``.
    """
    name = f"{database.stem}_serving"
    return database.parent / name / f"{name}.duckdb"


def _folder_of(link: Path) -> Path:
    """Where the files lie to which a link leads: its own folder, or one beside it."""
    return link.parent if link_beside(link) else link.with_suffix("")


def link_beside(link: Path) -> Path | None:
    """Where foretell 0.1 had a default link: beside the folder; None for a link named otherwise."""
    return link.parent.with_name(link.name) if link.parent.name == link.stem else None


def present_link(database: Path) -> Path:
    """The link that is there: the default one, or until the next build that of foretell 0.1."""
    link = default_link(database)
    beside = link_beside(link)
    return beside if beside and beside.exists() and not link.exists() else link


def address_of(link: Path) -> str:
    """What SQLAlchemy connects to. The link is not resolved: it is the address, its target changes.

    >>> address_of(Path("/shop/shop_serving/shop_serving.duckdb"))
    'duckdb:////shop/shop_serving/shop_serving.duckdb'
    """
    return f"{DIALECT}:///{link.absolute()}"


def read_served(link: Path) -> Connection:
    """The build that is served now, to read.

    Raises
    ------
    ReadError
        It is damaged.
    """
    # The link is resolved: one instance per path would otherwise show an older build.
    return duckdb.connect(str(link.resolve()), read_only=True)


def columns_served(connection: Connection) -> dict[str, tuple[str, ...]]:
    """Columns of every relation that is served."""
    rows = connection.execute(
        "select table_name, list(column_name order by column_index) "
        "from duckdb_columns() where not internal group by table_name"
    ).fetchall()
    return {name: tuple(columns) for name, columns in rows}


def newest_day(link: Path) -> date | None:
    """The day of the newest build that published predictions; None before the first."""
    if not link.exists():
        return None
    with read_served(link) as connection:
        tables = {name for (name,) in connection.execute("show tables").fetchall()}
        if "foretell_runs" not in tables:
            return None
        row = connection.execute(
            "select max(today) from foretell_runs where status in ('published', 'success')"
        ).fetchone()
    day: date | None = row[0] if row else None
    return day


def publish(
    session: Any,
    link: Path,
    relations: Sequence[ServedRelation],
    *,
    build_id: str,
    today: str,
    without: Sequence[Mapping[str, str]] = (),
    keep: int = KEEP,
) -> str:
    """Copy relations that exist to a new file and make it the one that is served.

    Parameters
    ----------
    today
        When the build stands: a date, or an instant in UTC.
    without
        Entities, each a ``column`` and a ``key``, whose rows are not copied from any relation.
    keep
        How many files stay, this one included.

    Returns the file's name.

    Raises
    ------
    ServingError
        Two relations have one name, one cannot be read, or the file cannot be
        written. The copy of the build before stays.
    """
    _refuse_twins(relations)
    try:
        return _publish(
            session, link, relations, build_id=build_id, today=today, without=without, keep=keep
        )
    except (OSError, duckdb.Error) as error:
        raise _not_published(f"{_folder_of(link)} cannot be written: {reason(error)}") from error


def _not_published(cause: str) -> ServingError:
    return ServingError(
        f"The serving copy was not published: {cause}. Readers still see the build before. Mend "
        "the cause and run again."
    )


def _publish(
    session: Any,
    link: Path,
    relations: Sequence[ServedRelation],
    *,
    build_id: str,
    today: str,
    without: Sequence[Mapping[str, str]],
    keep: int,
) -> str:
    beside = link_beside(link)
    folder = _folder_of(link)
    folder.mkdir(parents=True, exist_ok=True)
    if all(_SERVING_FILES.fullmatch(file.name) for file in folder.iterdir()):
        ignore_contents(folder)
    if link.exists() and not link.is_symlink():
        raise ServingError(
            f"{link} is a file of its own, not the link that foretell swings from build to build. "
            "Move it away, or name another place with `serving:` in the profile's plugin config."
        )
    published_at = datetime.now(UTC).replace(tzinfo=None)
    target = folder / f"{published_at:%Y%m%dT%H%M%S%f}.duckdb"
    _write(
        session,
        target,
        relations,
        build_id=build_id,
        today=today,
        published_at=published_at,
        without=without,
    )
    _swing(link, target)
    if beside and beside.is_symlink() and _is_within(beside, folder):
        _swing(beside, link)  # whoever still reads the old path follows
    versions = sorted(file for file in folder.iterdir() if _VERSION.fullmatch(file.name))
    for version in versions[:-keep]:
        version.unlink(missing_ok=True)
    # Another build may be writing at this moment.
    for half in folder.glob("*.writing*"):
        if time.time() - half.stat().st_mtime > ABANDONED:
            half.unlink(missing_ok=True)
    return target.name


def _refuse_twins(relations: Sequence[ServedRelation]) -> None:
    seen: dict[str, ServedRelation] = {}
    for served in relations:
        twin = seen.setdefault(served.name.lower(), served)
        if twin is not served:
            raise ServingError(
                f"Models {twin.model} and {served.model} would both be served as {served.name}. "
                "Give one of them another alias, or `meta: {serve: false}`."
            )


def _write(
    session: Any,
    target: Path,
    relations: Sequence[ServedRelation],
    *,
    build_id: str,
    today: str,
    published_at: datetime,
    without: Sequence[Mapping[str, str]],
) -> None:
    half = target.with_suffix(".writing")
    half.unlink(missing_ok=True)
    try:
        place = str(half).replace("'", "''")
        session.execute(
            f"attach '{place}' as foretell_serving (storage_version '{STORAGE_VERSION}')"
        )
        try:
            session.execute("begin transaction")
            for served in relations:
                types = _types(session, served.relation)
                if types:
                    _copy(session, served, types, without)
            session.execute(
                "create table foretell_serving.foretell_build as select ? as build_id, "
                "cast(cast(? as timestamp) as date) as today, cast(? as timestamp) as stands_at, "
                "cast(? as timestamp) as published_at",
                [build_id, today, today, published_at],
            )
            session.execute("commit")
        except BaseException:
            # Neither may hide what went wrong.
            for statement in ("rollback", "detach foretell_serving"):
                with suppress(duckdb.Error):
                    session.execute(statement)
            raise
        session.execute("detach foretell_serving")
        os.replace(half, target)
    except BaseException:
        for leftover in (half, half.with_name(f"{half.name}.wal")):
            leftover.unlink(missing_ok=True)
        raise


def _copy(
    session: Any,
    served: ServedRelation,
    types: Mapping[str, str],
    without: Sequence[Mapping[str, str]],
) -> None:
    condition, keys = _exclusion(types, without)
    try:
        session.execute(
            f"create table foretell_serving.{quoted(served.name)} as "
            f"select * from {served.relation}{condition}",
            keys,
        )
    except duckdb.Error as error:
        raise _not_published(
            f"{served.relation} of the model {served.model} could not be copied: {reason(error)}"
        ) from error


def _types(session: Any, relation: Relation) -> dict[str, str]:
    """Columns of a relation with their types; none if it does not exist."""
    rows = session.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_catalog = ? and table_schema = ? and table_name = ?",
        [relation.database, relation.schema, relation.name],
    ).fetchall()
    return dict(rows)


def _exclusion(
    types: Mapping[str, str], without: Sequence[Mapping[str, str]]
) -> tuple[str, list[str]]:
    """Condition for the rows of all but some entities, and the keys that it binds."""
    conditions, keys = [], []
    for entity in without:
        for name, kind in types.items():
            if name.lower() == entity["column"].lower():
                key = f"try_cast(? as {kind})"
                conditions.append(f"({key} is null or {quoted(name)} is distinct from {key})")
                keys += [entity["key"]] * 2
    return (f" where {' and '.join(conditions)}" if conditions else ""), keys


def _is_within(link: Path, folder: Path) -> bool:
    """Whether a link leads straight into ``folder``."""
    return (link.parent / os.readlink(link)).parent.resolve() == folder.resolve()


def _swing(link: Path, target: Path) -> None:
    beside = link.with_name(f".{link.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    beside.symlink_to(os.path.relpath(target, link.parent))
    os.replace(beside, link)
