"""The serving copy: what the BI tool reads, so that it never opens the file that dbt writes.

Each build writes a new versioned file and swings one symbolic link to it. A reader sees the old
build or the new one, never half of each. The files and, unless the profile names another place, the
link lie in a folder of their own that git ignores.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from foretell.errors import ServingError
from foretell.ground.relation import Relation, quoted
from foretell.ignored import ignore_contents

#: Versions kept for readers that still hold one open.
KEEP = 3
#: The BI tool's DuckDB may be older than the one that writes.
STORAGE_VERSION = "v1.5.0"
_VERSION = re.compile(r"\d{8}T\d+\.duckdb")
_OURS = re.compile(rf"{_VERSION.pattern}|.*\.writing.*|\.gitignore|\.?[^/]*_serving\.duckdb.*")


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


def link_beside(link: Path) -> Path | None:
    """Where foretell 0.1 had a default link: beside the folder; None for a link named otherwise."""
    return link.parent.with_name(link.name) if link.parent.name == link.stem else None


def present_link(database: Path) -> Path:
    """The link that is there: the default one, or until the next build that of foretell 0.1."""
    link = default_link(database)
    beside = link_beside(link)
    return beside if beside and beside.exists() and not link.exists() else link


def newest_day(link: Path) -> date | None:
    """The day of the newest build that published predictions; None before the first."""
    if not link.exists():
        return None
    with duckdb.connect(str(link.resolve()), read_only=True) as connection:
        tables = {name for (name,) in connection.execute("show tables").fetchall()}
        if "foretell_runs" not in tables:
            return None
        found = connection.execute(
            "select max(today) from foretell_runs where status = 'success'"
        ).fetchone()
    day: date | None = found[0] if found else None
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
    without
        Entities, each a ``column`` and a ``key``, whose rows are not copied from any relation.
    keep
        How many files stay, this one included.

    Returns the file's name.

    Raises:
        ServingError: two relations have one name, or the file cannot be written.
    """
    _refuse_twins(relations)
    beside = link_beside(link)
    folder = link.parent if beside else link.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    if all(_OURS.fullmatch(one.name) for one in folder.iterdir()):
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
    versions = sorted(one for one in folder.iterdir() if _VERSION.fullmatch(one.name))
    for old in versions[:-keep]:
        old.unlink()
    # What a build left that was killed while it wrote.
    for half in folder.glob("*.writing*"):
        half.unlink()
    return target.name


def _refuse_twins(relations: Sequence[ServedRelation]) -> None:
    seen: dict[str, ServedRelation] = {}
    for one in relations:
        other = seen.setdefault(one.name.lower(), one)
        if other is not one:
            raise ServingError(
                f"Models {other.model} and {one.model} would both be served as {one.name}. "
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
            for one in relations:
                types = _types(session, one.relation)
                if types:
                    others, keys = _others(types, without)
                    session.execute(
                        f"create table foretell_serving.{quoted(one.name)} as "
                        f"select * from {one.relation}{others}",
                        keys,
                    )
            session.execute(
                "create table foretell_serving.foretell_build as select ? as build_id, "
                "cast(? as date) as today, cast(? as timestamp) as published_at",
                [build_id, today, published_at],
            )
            session.execute("commit")
        finally:
            session.execute("detach foretell_serving")
        os.replace(half, target)
    except BaseException:
        half.unlink(missing_ok=True)
        raise


def _types(session: Any, relation: Relation) -> dict[str, str]:
    """Columns of a relation with their types; none if it does not exist."""
    found = session.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_catalog = ? and table_schema = ? and table_name = ?",
        [relation.database, relation.schema, relation.name],
    ).fetchall()
    return dict(found)


def _others(
    types: Mapping[str, str], without: Sequence[Mapping[str, str]]
) -> tuple[str, list[str]]:
    """Condition for the rows of all but some entities, and the keys that it binds."""
    conditions, keys = [], []
    for one in without:
        for name, kind in types.items():
            if name.lower() == one["column"].lower():
                key = f"try_cast(? as {kind})"
                conditions.append(f"({key} is null or {quoted(name)} is distinct from {key})")
                keys += [one["key"]] * 2
    return (f" where {' and '.join(conditions)}" if conditions else ""), keys


def _is_within(link: Path, folder: Path) -> bool:
    """Whether a link leads straight into ``folder``."""
    return (link.parent / os.readlink(link)).parent.resolve() == folder.resolve()


def _swing(link: Path, target: Path) -> None:
    beside = link.with_name(f".{link.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    beside.symlink_to(os.path.relpath(target, link.parent))
    os.replace(beside, link)
