"""The view that readers of a prediction see: rows of its history whose run has published."""

from __future__ import annotations

from foretell.ground.relation import quoted
from foretell.ground.stores import published_runs
from foretell.published import IS_LATEST, view_columns
from foretell.request import Request
from foretell.staging.staged import Staged
from foretell.warehouse.protocol import Warehouse


def replace_view(request: Request, staged: Staged, warehouse: Warehouse) -> None:
    """Show one live row per entity and as-of time; `is_latest` marks each entity's newest.

    Where the key was renamed, the view stays until a row has been scored by its new name, and then
    shows rows that have it.
    """
    have = warehouse.columns(request.history)
    if staged.has_key_in(have):
        names = [*staged.key, *view_columns(staged.spec, have)]
        warehouse.replace_view(request.relation, _view(request, names))


def renew_view(request: Request, warehouse: Warehouse) -> None:
    """Make the view that stands anew, with the columns that it has.

    Columns of the history may be of wider types now, which a view does not follow by itself; and
    that of version 0.1 showed rows of all runs. What stands in for a prediction that was only
    checked may have columns that no history has; it is left to publication.
    """
    names = [name for name in warehouse.columns(request.relation) if name != IS_LATEST.name]
    if names and set(names) <= set(warehouse.columns(request.history)):
        warehouse.replace_view(request.relation, _view(request, names))


def _view(request: Request, names: list[str]) -> str:
    """The view's query; the first two of its columns are the key."""
    columns = ",\n        ".join(quoted(name) for name in names)
    entity, as_of = (quoted(name) for name in names[:2])
    runs = published_runs(request.stores, request.prediction)
    return f"""-- the record of a run is written last, and shows all its rows
with published as (
    {runs}
),

live as (
    select
        {columns},
        row_number() over (
            partition by {entity}, {as_of} order by scored_at desc, model_version desc
        ) as newest_first
    from {request.history}
    where
        origin = 'live'
        and run_id in (select run_id from published)
        -- rows of before the key was renamed have none by this name
        and {entity} is not null
        and {as_of} is not null
),

newest as (
    select
        {columns}
    from live
    where newest_first = 1
)

select
    {columns.replace("        ", "    ")},
    {as_of} = max({as_of}) over (partition by {entity}) as is_latest
from newest"""
