"""What a node checks where dbt gives it no rows, or some: then nothing is trained, scored or kept.

A module of its own, since a check needs none of the libraries that train.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Any

from foretell.errors import ForetellError
from foretell.features.findings import check_accepted
from foretell.published import IS_LATEST, columns_of, select_none
from foretell.request import Request, read_request
from foretell.spec import read_spec
from foretell.staging.stage import stage
from foretell.validation.written import read_written
from foretell.verdict import leave
from foretell.warehouse import open_warehouse
from foretell.warehouse.protocol import Warehouse


def check_node(session: Any, *, adapter: str, request: str) -> None:
    """Instead of a run: leaves ``foretell_verdict`` on the session."""
    parsed_request = read_request(request)
    with closing(open_warehouse(adapter, session)) as warehouse:
        try:
            stand_in = check(parsed_request, warehouse)
        except ForetellError as refusal:
            leave(warehouse, "refused", str(refusal))
            return
        leave(warehouse, "checked", stand_in)


def check(request: Request, warehouse: Warehouse) -> str:
    """Check what needs no rows: the spec, the gates' file, the training query and its columns.

    Returns
    -------
    Query for the prediction without rows, which may stand in for it until it is built.

    Raises
    ------
    ForetellError
        An expected refusal, in the words of a real build.
    """
    spec = read_spec(
        request.declared, prediction=request.prediction, file=request.file, folder=request.folder
    )
    if request.gates:
        read_written(request)
    no_rows = f"select * from (\n{request.sql}\n) as training_query where 1 = 0"
    try:
        staged = stage(replace(request, sql=no_rows), spec, warehouse)
        check_accepted(request, spec, staged.features)
    finally:
        warehouse.drop(request.staged)
    columns = [column for column in columns_of(spec) if column.is_in_view]
    return select_none([*columns, IS_LATEST], f"(\n{request.sql}\n)", flat=spec.is_flat)
