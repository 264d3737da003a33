"""What dashboards read on Postgres: the warehouse's relations, as a role that reads no others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import psycopg2
from psycopg2.extensions import make_dsn

from foretell.errors import WarehouseError
from foretell.ground.sql_text import with_schemas
from foretell.warehouse.dialect import Dialect
from foretell.warehouse.postgres_dialect import PostgresDialect
from foretell.warehouse.postgres_reader import PASSWORD_VARIABLE, READER

#: What Superset shows in place of a password, and takes for the one that it has.
_HIDDEN = "XXXXXXXXXX"
#: Days are those of UTC, and nothing is written.
_OPTIONS = "-c timezone=UTC -c default_transaction_read_only=on"


class PostgresServed:
    """What the role of dashboards reads, logged in as that role.

    Parameters
    ----------
    place
        Where the server is, as libpq calls it: ``host``, ``port``, ``dbname``, ``sslmode``.
    schemas
        Where each served relation lies.

    Raises
    ------
    WarehouseError
        The role cannot log in.
    """

    dialect: Dialect = PostgresDialect()

    def __init__(
        self, place: Mapping[str, str], schemas: Mapping[str, str], *, password: str
    ) -> None:
        self._place, self._schemas, self._password = place, schemas, password
        server = ":".join(place[name] for name in ("host", "port") if place.get(name))
        self.title = f"the database {place.get('dbname')} on {server} as the role {READER}"
        address = make_dsn(**{**place, "user": READER, "password": password, "options": _OPTIONS})
        try:
            self._session = psycopg2.connect(address)
        except psycopg2.OperationalError as error:
            raise WarehouseError(
                f"The role {READER}, as which dashboards read, cannot log in: "
                f"{' '.join(str(error).split())}. If it has another password than this home, set "
                f"{PASSWORD_VARIABLE} to it, or give it a new one: alter role {READER} password "
                "'...'."
            ) from None
        self._session.autocommit = True

    @property
    def password(self) -> str:
        """Of the role."""
        return self._password

    def connection(self) -> Mapping[str, Any]:
        place = dict(self._place)
        database, host, port = (place.pop(name, "") for name in ("dbname", "host", "port"))
        if host.startswith("/"):  # the folder of a socket
            place["host"], host = host, ""
        address = f"{host}:{port}" if port else host
        options = f"?{urlencode(sorted(place.items()))}" if place else ""
        return {
            "sqlalchemy_uri": (
                f"postgresql+psycopg2://{READER}:{_HIDDEN}@{address}/{quote(database)}{options}"
            ),
            "extra": {"engine_params": {"connect_args": {"options": _OPTIONS}}},
        }

    def columns(self) -> dict[str, tuple[str, ...]]:
        with self._session.cursor() as cursor:
            cursor.execute(
                "select nspname, relname, array_agg(attname::text order by attnum) "
                "from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid "
                "inner join pg_attribute on attrelid = pg_class.oid "
                "where attnum > 0 and not attisdropped and relname = any(%s) "
                "and has_schema_privilege(pg_namespace.oid, 'usage') "
                "and has_table_privilege(pg_class.oid, 'select') group by nspname, relname",
                [list(self._schemas)],
            )
            found = cursor.fetchall()
        return {
            name: tuple(columns) for schema, name, columns in found if self._schemas[name] == schema
        }

    def types(self, sql: str) -> dict[str, str]:
        try:
            with self._session.cursor() as cursor:
                cursor.execute(f"select * from (\n{sql}\n) as described limit 0")
                described = [(column.name, column.type_code) for column in cursor.description or ()]
                cursor.execute(
                    "select oid, upper(format_type(oid, null)) from pg_type where oid = any(%s)",
                    [[code for _, code in described]],
                )
                names = dict(cursor.fetchall())
        except psycopg2.Error as error:
            raise WarehouseError(" ".join(str(error).split())) from None
        return {name: names[code] for name, code in described}

    def schema_of(self, relation: str) -> str:
        return self._schemas[relation]

    def placed(self, sql: str) -> str:
        return with_schemas(sql, self.dialect.name, self._schemas)
