"""What a step of a prediction's node leaves for Jinja to read: one row on its connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def leave(session: Any, status: str, message: str, warnings: Sequence[str] = ()) -> None:
    """Leave ``foretell_verdict`` on the session."""
    session.execute(
        "create or replace temporary table foretell_verdict as "
        "select ? as status, ? as message, ? as warnings",
        [status, message, "\n".join(warnings)],
    )
