"""Types of keys and slices, which may become wider from one build to the next, and no others.

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
    """Refuse keys and slices that what was published cannot hold unchanged, however it is widened.

    Raises:
        DataError: names the column, both types, and what to do.
    """
    if request.begins_anew:
        return
    columns = warehouse.columns(staged.relation)
    shown = [one for one in columns_of(staged.spec) if one.part in ("key", "slice")]
    for relation in (request.history, request.kept):
        have = {name.lower(): kind for name, kind in warehouse.columns(relation).items()}
        for column in shown:
            name, now = column.name, columns[column.name]
            was = have.get(name.lower())
            if was is None or (column.part == "slice" and relation == request.kept):
                continue
            if warehouse.type_for(relation, name, now) is None:
                what = "slices" if column.part == "slice" else "entity"
                what = "as_of" if name == staged.spec.as_of else what
                less = f", take it out of `slices` in {request.file}" if what == "slices" else ""
                raise DataError(
                    f"`{what}: {name}` of {request.prediction} is {now} in its training query now, "
                    f"and {was} in what was published before ({relation}). No type holds both "
                    "unchanged, and published rows are never cast. Nothing was trained or scored; "
                    "the last predictions and the champion stay. Cast it in the training query, "
                    f"where its values allow that (cast({name} as {was})){less}, or begin anew, "
                    "without what was published, with --full-refresh --vars 'foretell_reset: true'."
                )
