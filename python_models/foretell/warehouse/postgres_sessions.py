"""Sessions of Postgres: foretell's own, opened like one of dbt's; who else has what it needs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC
from typing import Any

import psycopg2
from psycopg2.extensions import DECIMAL, make_dsn, new_type, register_type

from foretell.errors import WarehouseError

#: How long a statement waits for a lock that somebody holds, where the role's own settings do not
#: say it.
LOCK_TIMEOUT = "1min"
#: Memory of the server for one sort: with its default a draw of rows sorts on disk what it drops.
WORK_MEM = "128MB"
#: The number of a lock that two sessions mean alike, by a name.
_LOCK = "hashtext('foretell'), hashtext(%s)"
_HELD = """
    select usename, application_name, pg_locks.pid, backend_start
    from pg_locks inner join pg_stat_activity on pg_locks.pid = pg_stat_activity.pid
    where
        locktype = 'advisory' and granted and objsubid = 2
        and classid = hashtext('foretell')::oid and objid = hashtext(%s)::oid
        and pg_locks.database = (select oid from pg_database where datname = current_database())
"""
#: Sessions but one that hold locks on relations which a statement names.
_HOLDERS = """
    select distinct usename, application_name, pg_locks.pid, xact_start
    from pg_locks
    inner join pg_stat_activity on pg_locks.pid = pg_stat_activity.pid
    inner join pg_class on pg_locks.relation = pg_class.oid
    inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    where
        granted
        and pg_locks.pid <> %s
        and position(format('"%%s"."%%s"', nspname, relname) in %s) > 0
    order by xact_start
"""


def dsn_of(handle: Any) -> str:
    """How to open another session like one of dbt's, psycopg2's: its address, password, role and
    search path, in UTC.
    """
    with handle.cursor() as cursor:
        cursor.execute(
            "select current_user, current_setting('search_path'), current_setting('lock_timeout')"
        )
        role, path, patience = cursor.fetchone()
    handle.rollback()
    said = {
        **handle.info.dsn_parameters,
        "password": handle.info.password or "",
        "application_name": "foretell",
    }
    settings = {
        "search_path": path,
        "role": role,
        "timezone": "UTC",
        "lock_timeout": LOCK_TIMEOUT if patience == "0" else patience,
        "client_min_messages": "warning",
        "work_mem": WORK_MEM,
        # A role or database may have these otherwise, and texts would mean something else.
        "datestyle": "ISO",
        "standard_conforming_strings": "on",
    }
    escaped = (
        f"-c {name}=" + value.replace("\\", "\\\\").replace(" ", "\\ ")
        for name, value in settings.items()
    )
    return str(make_dsn(**{**said, "options": " ".join(escaped)}))


def connect(dsn: str) -> Any:
    """A session that commits each statement and returns plain numbers."""
    session = psycopg2.connect(dsn)
    session.autocommit = True
    # Sums and means are decimals; a whole one stays exact, all else is a double here.
    register_type(new_type(DECIMAL.values, "NUMBER", _number), session)
    return session


def claim(handle: Any, name: str) -> str | None:
    """Have a name to the session alone, as long as that lasts; who else has it, in words."""
    with handle.cursor() as cursor:
        cursor.execute(f"select exists ({_HELD} and pg_locks.pid = pg_backend_pid())", [name])
        ((is_ours,),) = cursor.fetchall()
        if not is_ours:
            cursor.execute(f"select pg_try_advisory_lock({_LOCK})", [name])
            ((is_ours,),) = cursor.fetchall()
        cursor.execute(_HELD, [name])
        holders = [] if is_ours else cursor.fetchall()
    handle.commit()
    return None if is_ours else _people(holders) or "another process"


def release(handle: Any, name: str) -> None:
    """Let others have a name."""
    with handle.cursor() as cursor:
        cursor.execute(f"select pg_advisory_unlock({_LOCK})", [name])
    handle.commit()


def locked(dsn: str, waiting: Any, statement: str) -> WarehouseError:
    """The refusal to wait any longer for a lock on a relation that a statement names.

    Parameters
    ----------
    waiting
        The session that waited; its transaction answers nothing more.
    """
    with closing(connect(dsn)) as session, session.cursor() as cursor:
        cursor.execute("select current_setting('lock_timeout')")
        ((patience,),) = cursor.fetchall()
        cursor.execute(_HOLDERS, [waiting.info.backend_pid, statement])
        holders = cursor.fetchall()
    return WarehouseError(
        f"A statement of foretell's has waited {patience} for a lock on "
        f"{' '.join(statement.split())[:60]}..., which {_people(holders) or 'others'} held. "
        "Nothing was changed by it. End that transaction, or wait for its end, and run again. "
        "To wait longer: alter role ... set lock_timeout = '10min'."
    )


def not_owner(error: psycopg2.Error) -> WarehouseError:
    """The refusal where another role made a table."""
    return WarehouseError(
        f"{str(error).strip()}: another role made it, and only its owner may change it. Let "
        "everybody who builds this target do it as one role: set `role:` in the profile to one "
        "that all are members of, and give it what is there: reassign owned."
    )


def _number(text: str | bytes | None, _: object) -> int | float | None:
    if text is None:
        return None
    text = str(text)
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _people(sessions: Sequence[tuple[Any, ...]]) -> str:
    """Sessions of other people, in words."""
    return "; ".join(
        f"user {user}, {program or 'a program without a name'}, process {pid} of the server"
        # Of other roles' sessions not every role is told that.
        + (f", since {since.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if since else "")
        for user, program, pid, since in sessions
    )
