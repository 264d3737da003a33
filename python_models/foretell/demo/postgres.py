"""One variable that puts the examples on Postgres, and what their profiles read of it.

As a program it runs another one with that: ``python -m foretell.demo.postgres dbt build``.
"""

from __future__ import annotations

import os
import sys
from urllib.parse import unquote, urlsplit

from foretell.errors import DataError, ForetellError

VARIABLE = "FORETELL_DEMO_POSTGRES"


def is_chosen() -> bool:
    """Whether the examples are to be built on Postgres."""
    return bool(os.environ.get(VARIABLE))


def read_variable() -> None:
    """Set in the environment what the profiles of the examples read.

    Raises
    ------
    DataError
        The variable holds no address of a database.
    """
    if not is_chosen():
        return
    try:
        parts = urlsplit(os.environ[VARIABLE])
        port = parts.port or 5432
    except ValueError:
        parts, port = urlsplit(""), 0
    database = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in {"postgres", "postgresql"} or not (
        parts.hostname and parts.username and database
    ):
        raise DataError(
            f"{VARIABLE} is no address of a Postgres database, with a user: write it as "
            "postgresql://user:password@host:5432/database, and what is not a letter, a digit or "
            "one of -._~ in a name or password as %XX."
        )
    os.environ.update(
        {
            "FORETELL_DEMO_HOST": parts.hostname,
            "FORETELL_DEMO_PORT": str(port),
            "FORETELL_DEMO_USER": unquote(parts.username),
            "FORETELL_DEMO_DBNAME": database,
            # dbt keeps variables of this prefix out of its logs.
            "DBT_ENV_SECRET_DEMO_PASSWORD": unquote(parts.password or ""),
        }
    )


def address() -> str:
    """Where the database is, as libpq reads it."""
    return os.environ[VARIABLE]


if __name__ == "__main__":
    try:
        read_variable()
    except ForetellError as error:
        sys.exit(str(error))
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - the command that a person wrote
