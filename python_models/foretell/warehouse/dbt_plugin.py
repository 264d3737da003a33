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

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from foretell.errors import ServingError
from foretell.ignored import make_ignored
from foretell.warehouse.duckdb import DuckDBWarehouse
from foretell.warehouse.serving import KEEP, ServedRelation, default_link, publish


class Plugin(BasePlugin):
    """Registers the functions that the dbt package calls."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        said = plugin_config.get("serving")
        self._link = Path(said).absolute() if said else None

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        """Say plainly who holds the file, before dbt fails to open it."""
        if creds.path == ":memory:" or not Path(creds.path).exists():
            make_ignored(Path(creds.path).absolute().parent)
            return
        try:
            duckdb.connect(creds.path, config=dict(config)).close()
        except duckdb.IOException as error:
            if "lock" in str(error):
                raise ServingError(
                    f"{creds.path} is held by another process, and a DuckDB file belongs to one "
                    f"at a time: {str(error).split('See also')[0].strip()} End that process "
                    "(another dbt, a notebook, a SQL client), or wait, and run again. "
                    "Nothing was changed."
                ) from None
            raise

    def configure_connection(self, conn: Any) -> None:
        path = self.creds.path if self.creds else ":memory:"
        if path == ":memory:" and self._link is None:
            return
        link = self._link or default_link(Path(path).absolute())

        def foretell_publish(request: str) -> str:
            said = json.loads(request)
            return publish(
                conn.cursor(),
                link,
                [ServedRelation(**one) for one in said["relations"]],
                build_id=said["invocation_id"],
                today=said["today"],
                without=said.get("without", ()),
                keep=said.get("keep", KEEP),
            )

        def foretell_expect(request: str) -> str:
            # Imports Great Expectations, which takes seconds, where a test asks for it alone.
            from foretell.validation.guard import answer_guard

            return answer_guard(DuckDBWarehouse(conn), request)

        for function in (foretell_publish, foretell_expect):
            conn.create_function(
                function.__name__, function, ["VARCHAR"], "VARCHAR", side_effects=True
            )
