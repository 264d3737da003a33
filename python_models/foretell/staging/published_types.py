"""Types of keys and slices: from one build to the next they may become wider, nothing else.

The history is appended to. A key that was a number and is text now would be cast into it: `007`
would become 7, and nobody would see it.
"""

from __future__ import annotations

from foretell.errors import DataError
from foretell.published import columns_of
from foretell.request import Request
from foretell.staging.staged import Staged
from foretell.warehouse.protocol import Warehouse


def check_types(request: Request, staged: Staged, warehouse: Warehouse) -> None:
    """Refuse keys and slices whose values the published columns cannot hold, even if widened.

    Raises
    ------
    DataError
        Names the column, both types, and what to do.
    """
    if request.begins_anew:
        return
    columns = warehouse.columns(staged.relation)
    shown_columns = [
        published for published in columns_of(staged.spec) if published.part in ("key", "slice")
    ]
    for relation in (request.history, request.kept):
        published_types = {name.lower(): kind for name, kind in warehouse.columns(relation).items()}
        for column in shown_columns:
            name, queried_type = column.name, columns[column.name]
            published_type = published_types.get(name.lower())
            if published_type is None or (column.part == "slice" and relation == request.kept):
                continue
            if warehouse.type_for(relation, name, queried_type) is None:
                role = "slices" if column.part == "slice" else "entity"
                role = "as_of" if name == staged.spec.as_of else role
                removal = f", take it out of `slices` in {request.file}" if role == "slices" else ""
                raise DataError(
                    f"`{role}: {name}` of {request.prediction} is {queried_type} in its training "
                    f"query now, and {published_type} in what was published before ({relation}). "
                    "No type holds both unchanged, and published rows are never cast. Nothing was "
                    "trained or scored; the last predictions and the champion stay. Cast it in the "
                    f"training query, where its values allow that (cast({name} as "
                    f"{published_type})){removal}, or begin anew, without what was published, with "
                    "--full-refresh --vars 'foretell_reset: true'."
                )
