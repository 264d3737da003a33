"""dbt-duckdb plugin: named in a profile's ``plugins``, it gives ``dbt build`` a serving copy.

.. code-block:: yaml

    plugins:
      - module: foretell.warehouse.dbt_plugin
        config: {serving: data/grocery_serving.duckdb}   # optional
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from foretell.errors import ServingError, WarehouseError
from foretell.ignored import make_ignored
from foretell.warehouse.duckdb import DuckDBWarehouse, reason
from foretell.warehouse.serving import KEEP, ServedRelation, default_link, publish

#: How the answer of foretell_publish begins when nothing was published; then comes the reason.
REFUSED = "refused: "
#: The plugin that configured the newest connection to a database, by the database's path. A
#: function belongs to the database and outlives the connection that registered it: when `attach:`
#: fails, dbt connects again, to a database that has the functions already.
_newest: dict[str, Plugin] = {}
#: The connection that registered the functions, by the database's path. It is kept: a function
#: that is called when its connection is closed ends the process.
_registered_by: dict[str, Any] = {}


class Plugin(BasePlugin):
    """Registers the functions that the dbt package calls."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        serving = plugin_config.get("serving")
        self._path = self.creds.path if self.creds else ":memory:"
        self._link = Path(serving).absolute() if serving else None
        if serving is None and _is_file(self._path):
            self._link = default_link(Path(self._path).absolute())

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        """Say plainly why a file cannot be opened, before dbt fails to open it."""
        if not _is_file(creds.path):
            return
        if not Path(creds.path).exists():
            make_ignored(Path(creds.path).absolute().parent)
            return
        try:
            duckdb.connect(creds.path, config=dict(config)).close()
        except duckdb.Error as error:
            raise _cannot_open(creds.path, error) from None

    def configure_connection(self, conn: Any) -> None:
        self._attach(conn)
        self._connection = conn
        _newest[self._path] = self
        path = self._path

        def foretell_publish(request: str) -> str:
            return _newest[path].publish(request)

        def foretell_expect(request: str) -> str:
            # Imports Great Expectations, which takes seconds, where a test asks for it alone.
            from foretell.validation.guard import answer_guard

            return answer_guard(DuckDBWarehouse(_newest[path]._connection), request)

        if _has_functions(conn):
            _refuse_closed(path)
            return
        _registered_by[path] = conn
        for function in (foretell_publish, foretell_expect) if self._link else (foretell_expect,):
            conn.create_function(
                function.__name__, function, ["VARCHAR"], "VARCHAR", side_effects=True
            )

    def publish(self, request: str) -> str:
        """Publish the serving copy: the name of its file, or why there is none."""
        assert self._link is not None  # noqa: S101
        arguments = json.loads(request)
        try:
            return publish(
                self._connection.cursor(),
                self._link,
                [ServedRelation(**relation) for relation in arguments["relations"]],
                build_id=arguments["invocation_id"],
                today=arguments["today"],
                without=arguments.get("without", ()),
                keep=arguments.get("keep", KEEP),
            )
        except ServingError as refusal:
            return f"{REFUSED}{refusal}"

    def _attach(self, conn: Any) -> None:
        """Attach the profile's files before dbt does, whose statement then finds them attached.

        Other kinds of databases are left to dbt: they may need what later plugins set up, and
        their addresses may hold a password.

        Raises
        ------
        WarehouseError
            A file cannot be attached; says which and why.
        """
        for attachment in (self.creds.attach if self.creds else None) or ():
            if attachment.type or attachment.secret or not _is_file(attachment.path):
                continue
            try:
                conn.execute(attachment.to_sql())
            except duckdb.Error as error:
                raise _cannot_open(
                    attachment.path, error, " that the profile names under `attach:`"
                ) from None


def _has_functions(conn: Any) -> bool:
    return bool(
        conn.execute(
            "select 1 from duckdb_functions() where function_name = 'foretell_expect' limit 1"
        ).fetchall()
    )


def _refuse_closed(path: str) -> None:
    try:
        _registered_by[path].cursor().close()
    except (KeyError, duckdb.ConnectionException):
        raise WarehouseError(
            f"{path} is still open in this process, by an earlier run of dbt that did not end "
            "cleanly. Run dbt in a new process. Nothing was changed."
        ) from None


def _is_file(path: str) -> bool:
    """Whether a path of the profile is a DuckDB file; a scheme of one letter is a drive."""
    return not path.startswith(":memory:") and len(urlparse(path).scheme) < 2


def _cannot_open(path: str, error: Exception, clause: str = "") -> WarehouseError:
    if "lock" in str(error):
        return WarehouseError(
            f"{path}{clause} is held by another process, and a DuckDB file belongs to one at a "
            f"time: {reason(error)}. End that process (another dbt, a notebook, a SQL client), or "
            "wait, and run again. Nothing was changed."
        )
    return WarehouseError(
        f"{path}{clause} cannot be opened by DuckDB {duckdb.__version__}: {reason(error)}. Correct "
        "the path in the profile, or put the right file there, and run again. Nothing was changed."
    )
