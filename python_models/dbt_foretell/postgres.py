"""dbt-postgres's adapter, with Python for foretell's nodes."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from dbt.adapters.base.meta import available
from dbt.adapters.contracts.connection import AdapterResponse
from dbt_common.exceptions import DbtRuntimeError

from foretell.errors import ForetellError


def with_python(adapter_class: Any) -> Any:
    """A class of adapters that runs the Python of foretell's nodes in this process."""

    class PostgresAdapter(adapter_class):  # type: ignore[misc]
        def submit_python_job(self, parsed_model: dict[str, Any], compiled_code: str) -> Any:
            if parsed_model["config"]["materialized"] != "prediction":
                return super().submit_python_job(parsed_model, compiled_code)
            names: dict[str, Any] = {}
            exec(compile(compiled_code, parsed_model["path"], "exec"), names)  # noqa: S102
            try:
                names["model"](None, self.connections.get_thread_connection().handle)
            except ForetellError as failure:
                raise DbtRuntimeError(str(failure)) from None
            return AdapterResponse(_message="OK")

        @available.parse_none
        def foretell_expect(self, request: str) -> str:
            """Evaluate a relation's suite: what the dbt test `foretell.expectations` asks."""
            from foretell.validation.guard import answer_guard
            from foretell.warehouse import open_warehouse

            session = self.connections.get_thread_connection().handle
            with closing(open_warehouse("postgres", session)) as warehouse:
                return answer_guard(warehouse, request)

        @available.parse_none
        def foretell_reader(self, request: str) -> str:
            """Make or look at the role that dashboards connect as: what `dashboards push` asks."""
            from foretell.warehouse.postgres_reader import answer_reader

            return answer_reader(self.connections.get_thread_connection().handle, request)

    return PostgresAdapter
