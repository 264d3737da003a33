"""The SQL of a new feature view, in the demo's style."""

from __future__ import annotations

from foretell.scaffold.feature import NewFeature

#: How far back the view of kind spine looks, in its first version.
WINDOW_DAYS = 28


def sql_of(feature: NewFeature) -> str:
    """One SELECT: the source's columns, or for kind spine what happened before each as-of time."""
    if feature.spine is None:
        return _select(feature.selected, feature.source.name) + "\n"
    keys = f"spine.{feature.entity}", f"spine.{feature.as_of}"
    count, *totals = features_of(feature)
    computed = [f"count(events.{feature.time}) as {count}"]
    for column, total in zip(feature.columns, totals, strict=True):
        computed.append(f"coalesce(sum(events.{column}), 0) as {total}")
    spine = _indented(_select((feature.entity, feature.as_of), feature.spine.name))
    events = _indented(_select(feature.selected, feature.source.name))
    return f"""\
with spine as (    -- who, and as of when
{spine}
),

events as (
{events}
)

select
    {_lines([*keys, *computed])}
from spine
left join events
    on
        spine.{feature.entity} = events.{feature.entity}
        and spine.{feature.as_of} > events.{feature.time}    -- strictly before: the rest is unknown
        and spine.{feature.as_of} - interval '{WINDOW_DAYS} days' <= events.{feature.time}
group by {", ".join(keys)}
"""


def features_of(feature: NewFeature) -> tuple[str, ...]:
    """Columns of the view that are features, where it declares them one by one."""
    if feature.kind == "spine":
        totals = (f"total_{column}" for column in feature.columns)
        return tuple(f"{name}_{WINDOW_DAYS}d" for name in ("count", *totals))
    return feature.columns


def _select(columns: tuple[str, ...], model: str) -> str:
    return f"select\n    {_lines(columns)}\nfrom {{{{ ref('{model}') }}}}"


def _lines(columns: tuple[str, ...] | list[str]) -> str:
    return ",\n    ".join(columns)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
