"""What dbt finds of foretell: as it starts, dbt imports each package whose name begins with `dbt_`.

dbt-postgres runs no Python, so its adapter is extended here: it runs that of foretell's own nodes,
in the process that runs dbt. Its profile says nothing of that, so a colleague without foretell
builds the rest of the project as ever.
"""

from __future__ import annotations

from dbt.plugins.manager import dbtPlugin


class Foretell(dbtPlugin):
    """Extends dbt-postgres where it is the target's adapter, before dbt makes one."""

    def initialize(self) -> None:
        """Ask dbt which adapters it has loaded."""
        from dbt.adapters.factory import FACTORY

        plugin = FACTORY.plugins.get("postgres")
        if plugin is not None and not hasattr(plugin.adapter, "foretell_expect"):
            from dbt_foretell.postgres import with_python

            plugin.adapter = with_python(plugin.adapter)


plugins = [Foretell]
