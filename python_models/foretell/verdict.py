"""What a step of a prediction's node leaves for Jinja to read: one row on its connection."""

from __future__ import annotations

from collections.abc import Sequence

from foretell.warehouse.protocol import Warehouse


def leave(warehouse: Warehouse, status: str, message: str, warnings: Sequence[str] = ()) -> None:
    """Leave ``foretell_verdict`` on dbt's connection."""
    row = {"status": status, "message": message, "warnings": "\n".join(warnings)}
    warehouse.leave("foretell_verdict", row)
