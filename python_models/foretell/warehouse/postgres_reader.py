"""The role that dashboards connect as on Postgres: it reads what is served, and nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from typing import Any

import psycopg2
from psycopg2.extensions import encrypt_password

from foretell.ground.relation import quoted
from foretell.warehouse.postgres_sessions import dsn_of

#: The package's macros have the name, too.
READER = "foretell_reader"
#: Its password, in the environment of the process that runs dbt: dbt's log never has it.
PASSWORD_VARIABLE = "FORETELL_READER_PASSWORD"  # noqa: S105 - a name
#: What of dbt's own session says where the server is.
_PLACE = ("host", "port", "dbname", "sslmode", "sslrootcert")


def answer_reader(handle: Any, text: str) -> str:
    """Make the role if that is asked for, and say as JSON what it may read.

    Parameters
    ----------
    handle
        dbt's session, psycopg2's.
    text
        The relations that are ``served``, the ``others`` of the project and the schema of the
        ``stores``; whether to ``make`` the role.

    Returns
    -------
    ``place``: where the server is. ``schemas``: of each served relation. ``missing``: statements
    for an administrator, without which the role cannot read all of it. ``exposed``: tables of
    foretell's own that it may read and must not.
    """
    request = json.loads(text)
    with closing(psycopg2.connect(dsn_of(handle))) as session:
        session.autocommit = True
        role = _Role(session)
        served = role.present(request["served"])
        if request["make"]:
            role.make(served, role.present(request["others"]))
        own = [name for name in role.tables(request["stores"]) if name not in served]
        return json.dumps(
            {
                "place": {
                    name: value
                    for name, value in handle.info.dsn_parameters.items()
                    if name in _PLACE
                },
                "schemas": {name: schema for schema, name in served},
                "missing": list(role.missing(served)),
                "exposed": [f"{schema}.{name}" for schema, name in own if role.reads(schema, name)],
            }
        )


class _Role:
    """The role, seen and changed by a session of dbt's user."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def make(self, served: Sequence[tuple[str, str]], others: Sequence[tuple[str, str]]) -> None:
        """Do what dbt's user may do; the rest is missing afterwards."""
        if not self.exists:
            password = encrypt_password(os.environ[PASSWORD_VARIABLE], READER, scope=self._session)
            self._try(f"create role {READER} login password %s", [password])
        if not self.exists:
            return
        for schema in sorted({schema for schema, _ in served}):
            self._try(f"grant usage on schema {quoted(schema)} to {READER}")
        for relation in served:
            self._try(f"grant select on {_name(relation)} to {READER}")
        for relation in others:
            # What was served once and is so no longer.
            self._try(f"revoke select on {_name(relation)} from {READER}")

    @property
    def exists(self) -> bool:
        return bool(self._rows("select 1 from pg_roles where rolname = %s", READER))

    def missing(self, served: Sequence[tuple[str, str]]) -> Iterator[str]:
        """What has to be granted yet, as statements."""
        if not self.exists:
            yield f"create role {READER} login password '...';"
        for schema in sorted({schema for schema, _ in served}):
            if not self._enters(schema):
                yield f"grant usage on schema {quoted(schema)} to {READER};"
        for schema, name in served:
            if not self.reads(schema, name):
                yield f"grant select on {_name((schema, name))} to {READER};"

    def reads(self, schema: str, name: str) -> bool:
        """Whether it may read a relation."""
        return self.exists and bool(
            self._rows(
                "select 1 from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid "
                "where nspname = %s and relname = %s "
                "and has_table_privilege(%s, pg_class.oid, 'select')",
                schema, name, READER,
            )
        )  # fmt: skip

    def present(self, relations: Sequence[dict[str, str]]) -> list[tuple[str, str]]:
        """Those relations that are there, by schema and name."""
        wanted = {(relation["schema"], relation["name"]) for relation in relations}
        return [found for found in self._relations("rvmfp") if found in wanted]

    def tables(self, schema: str) -> list[tuple[str, str]]:
        """Tables of a schema."""
        return [found for found in self._relations("rp") if found[0] == schema]

    def _relations(self, kinds: str) -> list[tuple[str, str]]:
        return self._rows(
            "select nspname, relname from pg_class "
            "inner join pg_namespace on relnamespace = pg_namespace.oid "
            "where relkind = any(%s) order by nspname, relname",
            list(kinds),
        )

    def _enters(self, schema: str) -> bool:
        return self.exists and self._rows(
            "select has_schema_privilege(%s, %s, 'usage')", READER, schema
        ) == [(True,)]

    def _try(self, statement: str, parameters: Sequence[object] | None = None) -> None:
        with suppress(psycopg2.Error), self._session.cursor() as cursor:
            cursor.execute(statement, parameters)

    def _rows(self, query: str, *parameters: object) -> list[Any]:
        with self._session.cursor() as cursor:
            cursor.execute(query, parameters)
            rows: list[Any] = cursor.fetchall()
            return rows


def _name(relation: tuple[str, str]) -> str:
    return ".".join(quoted(part) for part in relation)
