"""States that are valid from one time, where only their values decide which of them counts."""

from __future__ import annotations

from foretell.ground.relation import quoted
from foretell.ground.views import FeatureView
from foretell.warehouse.protocol import Warehouse


def ties(view: FeatureView, warehouse: Warehouse) -> str | None:
    """A sentence on how many states of a view tie, with an example; None where none do.

    Rows that are the same in all that features are made of are no tie.
    """
    if view.kind != "states" or view.relation is None or view.at is None:
        return None
    times = [name for name in (view.at, view.known_at, view.order_by) if name]
    types = {name.lower(): kind for name, kind in warehouse.columns(view.relation).items()}
    values = [
        warehouse.dialect.sortable(quoted(name), types.get(name.lower(), ""))
        for name in (*view.reads, view.until)
        if name
    ]
    is_different = " or ".join(
        f"min({value}) is distinct from max({value}) "
        f"or (count({value}) > 0 and count({value}) < count(*))"
        for value in values
    )
    entity, time = quoted(view.entity), quoted(view.at)
    first_time = warehouse.dialect.value_at_least(f"tied.{time}", f"tied.{entity}")
    keys = ", ".join([entity, *map(quoted, times)])
    ((count, example, start),) = warehouse.rows(
        f"select count(*), min(tied.{entity}), {first_time} "
        f"from (select {keys} from {view.relation} "
        f"where {entity} is not null and {time} is not null "
        f"group by {keys} having count(*) > 1 and ({is_different})) as tied"
    )
    if not count:
        return None
    tie = f"the same {' and '.join(times)}" if len(times) > 1 else f"one {view.at}"
    advice = "Keep one row of each."
    if not view.order_by:
        advice = "Declare `order_by`, a column whose largest value counts, or keep one row of each."
    return (
        f"{view.name} has {count:,} times two or more states of a {view.entity} with {tie} and "
        f"different values, such as those of {example} from {start}; the one that lasts longest "
        f"counts, then the largest values. {advice}"
    )
