"""The same features in other forms of SQL, as an analyst would write them by hand for DuckDB."""

from __future__ import annotations

from collections.abc import Callable

WINDOWS = (7, 28, 84)
"""Lengths in days; each holds what happened in [as-of time - length, as-of time)."""

LONGEST = max(WINDOWS)

_AGGREGATES = {
    "orders_count": "count(orders.ordered_at)",
    "orders_sum_amount": "sum(orders.amount)",
    "orders_avg_amount": "avg(orders.amount)",
    "orders_min_amount": "min(orders.amount)",
    "orders_max_amount": "max(orders.amount)",
    "orders_count_distinct_product_id": "count(distinct orders.product_id)",
}

FEATURES = tuple(f"{name}_{days}d" for name in _AGGREGATES for days in WINDOWS)


def _features(within: Callable[[str, int], str], windows: tuple[int, ...] = WINDOWS) -> str:
    """The select list: each aggregate over each window, no orders summing up to zero."""
    columns = []
    for name, call in _AGGREGATES.items():
        for days in windows:
            value = within(call, days)
            if name == "orders_sum_amount":
                value = f"coalesce({value}, 0)"
            columns.append(f"{value} as {name}_{days}d")
    return ",\n    ".join(columns)


def _filtered(call: str, days: int) -> str:
    return f"{call} filter (where orders.ordered_at >= as_of.as_of_at - interval '{days} days')"


def range_join() -> str:
    """Peer (a): each as-of row with the orders of its longest window, then one GROUP BY."""
    return f"""
select
    as_of.customer_id,
    as_of.as_of_at,
    {_features(_filtered)}
from shop.as_of_customer as as_of
left join shop.feat_customer__orders as orders
    on as_of.customer_id = orders.customer_id
    and orders.ordered_at < as_of.as_of_at
    and orders.ordered_at >= as_of.as_of_at - interval '{LONGEST} days'
group by as_of.customer_id, as_of.as_of_at
"""


def join_per_window() -> str:
    """A range join and a GROUP BY for each window, joined side by side."""
    parts = [
        f"""in_{days}d as (
    select
        as_of.customer_id,
        as_of.as_of_at,
        {_features(lambda call, _: call, (days,))}
    from shop.as_of_customer as as_of
    left join shop.feat_customer__orders as orders
        on as_of.customer_id = orders.customer_id
        and orders.ordered_at < as_of.as_of_at
        and orders.ordered_at >= as_of.as_of_at - interval '{days} days'
    group by as_of.customer_id, as_of.as_of_at
)"""
        for days in WINDOWS
    ]
    first, *others = (f"in_{days}d" for days in WINDOWS)
    joins = "\n".join(f"inner join {other} using (customer_id, as_of_at)" for other in others)
    return f"with {', '.join(parts)}\nselect * from {first}\n{joins}"


def bucket_join() -> str:
    """The range join with one more equality: stretches of time as long as the longest window."""
    bucket = f"time_bucket(interval '{LONGEST} days', "
    return f"""
with as_of as (
    select *, {bucket}as_of_at) - back as bucket
    from shop.as_of_customer
    cross join (values (interval '0 days'), (interval '{LONGEST} days')) as backs (back)
),
orders as (
    select *, {bucket}ordered_at) as bucket from shop.feat_customer__orders
)
select
    as_of.customer_id,
    as_of.as_of_at,
    {_features(_filtered)}
from as_of
left join orders
    on as_of.customer_id = orders.customer_id
    and as_of.bucket = orders.bucket
    and orders.ordered_at < as_of.as_of_at
    and orders.ordered_at >= as_of.as_of_at - interval '{LONGEST} days'
group by as_of.customer_id, as_of.as_of_at
"""


def range_window() -> str:
    """Orders and as-of rows in one relation, aggregated over RANGE frames."""
    windows = ",\n    ".join(
        f"""in_{days}d as (
        partition by customer_id order by at_time
        range between interval '{days} days' preceding and interval '1 microsecond' preceding
    )"""
        for days in WINDOWS
    )
    return f"""
with orders as (
    select *, ordered_at as at_time, null::timestamp as as_of_at from shop.feat_customer__orders
    union all by name
    select *, as_of_at as at_time from shop.as_of_customer
)
select
    customer_id,
    as_of_at,
    {_features(lambda call, days: f"{call} over in_{days}d")}
from orders
window {windows}
qualify as_of_at is not null
"""
