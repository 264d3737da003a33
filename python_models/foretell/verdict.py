"""A step of a prediction's node: what dbt gives it, and the one row that it leaves for Jinja."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

from foretell.errors import ForetellError, WarehouseError
from foretell.request import Request, read_request
from foretell.warehouse import open_warehouse
from foretell.warehouse.protocol import Warehouse


@dataclass(frozen=True)
class Verdict:
    """How a step ended.

    Attributes
    ----------
    status
        Such as ``published``, or ``refused``: then the message says why.
    message
        What dbt prints, or hands on.
    warnings
        What dbt is to warn of.
    goes_on
        Whether another step of the same run follows.
    """

    status: str
    message: str = ""
    warnings: tuple[str, ...] = ()
    goes_on: bool = False


def take_step(
    session: Any, adapter: str, request_text: str, step: Callable[[Request, Warehouse], Verdict]
) -> None:
    """Take a step alone in this prediction's tables, and leave ``foretell_verdict`` on the session.

    Raises
    ------
    WarehouseError
        The session is gone, so that nothing can be left there; says what the step had to say.
    """
    request = read_request(request_text)
    with closing(open_warehouse(adapter, session)) as warehouse:
        verdict = _alone(request, warehouse, step)
        row = {
            "status": verdict.status,
            "message": verdict.message,
            "warnings": "\n".join(verdict.warnings),
        }
        try:
            warehouse.leave("foretell_verdict", row)
        except warehouse.errors:
            raise WarehouseError(verdict.message) from None


def _alone(
    request: Request, warehouse: Warehouse, step: Callable[[Request, Warehouse], Verdict]
) -> Verdict:
    if holder := warehouse.claim(request.running):
        return Verdict(
            "refused",
            f"{request.prediction} is at work in this database already ({holder}), in another "
            "build or for a question. Nothing was changed. Wait until that has ended, and run "
            "again.",
        )
    goes_on = False
    try:
        verdict = step(request, warehouse)
        goes_on = verdict.goes_on
    except ForetellError as refusal:
        verdict = Verdict("refused", str(refusal))
    finally:
        if not goes_on:
            # Where the session is gone, so is the claim.
            with suppress(*warehouse.errors):
                warehouse.release(request.running)
    return verdict
