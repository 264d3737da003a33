"""The benchmark's shop: orders of customers over two years, and as-of times to describe them at."""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

ORDERS_PER_CUSTOMER = 100
BUSY = 0
"""The customer who, in skewed data, places a tenth of all orders."""

_START, _DAYS = "2023-01-01", 730
_FIRST_AS_OF, _AS_OF_DAYS = "2023-07-01", 549  # from when on the longest window is full


def make_shop(file: Path, *, rows: int, events: int, skewed: bool, busy_rows: int) -> None:
    """Write a DuckDB file with `as_of_customer` and `feat_customer__orders`.

    Parameters
    ----------
    file
        The file to make.
    rows
        As-of rows, each customer and instant once, spread evenly over customers and time.
    events
        Orders, at random instants in the order of time, as they are appended to a warehouse.
    skewed
        Whether one customer owns 10 % of the orders.
    busy_rows
        As-of rows of that customer.

    """
    customers = max(events // ORDERS_PER_CUSTOMER, 1)
    busy_orders, busy_rows = (events // 10, busy_rows) if skewed else (0, 0)
    per_customer = -(-(rows - busy_rows) // customers)
    with duckdb.connect(str(file)) as con:
        con.execute("set threads = 1")  # random() repeats itself on one thread only
        con.execute("select setseed(0.5)")
        con.execute(f"""
            create table feat_customer__orders as
            select
                if(place < {busy_orders}, {BUSY}, 1 + place % {customers}) as customer_id,
                timestamp '{_START}'
                + to_seconds((random() * {_DAYS} * 86400)::bigint) as ordered_at,
                round(random() * 200, 2) as amount,
                (random() * 50)::integer as product_id
            from range({events}) as orders (place)
            order by ordered_at
        """)
        # Each customer's share of the time is cut into as many pieces as it has as-of rows.
        con.execute(f"""
            create table as_of_customer as
            select
                if(
                    place < {busy_rows}, {BUSY}, 1 + (place - {busy_rows}) % {customers}
                ) as customer_id,
                timestamp '{_FIRST_AS_OF}' + to_seconds((
                    {_AS_OF_DAYS} * 86400 * if(
                        place < {busy_rows},
                        (place + 0.9 * random()) / {max(busy_rows, 1)},
                        ((place - {busy_rows}) // {customers} + 0.9 * random()) / {per_customer}
                    )
                )::bigint) as as_of_at
            from range({rows}) as as_of (place)
            order by as_of_at
        """)


def sample_shop(whole: Path, file: Path) -> None:
    """Write a small part of a shop: 200 as-of rows of the busiest customer, some of 20 others."""
    with duckdb.connect(str(file)) as con:
        con.execute(f"attach '{whole}' as whole (read_only)")
        con.execute(f"""
            create table as_of_customer as
            from whole.as_of_customer
            where customer_id <= {BUSY + 20}
            qualify row_number() over (partition by customer_id order by hash(as_of_at)) <= 200
        """)
        con.execute("""
            create table feat_customer__orders as
            from whole.feat_customer__orders
            where customer_id in (select customer_id from as_of_customer)
        """)


if __name__ == "__main__":
    # A process of its own, because a process passes its peak memory on to those that it starts.
    parser = argparse.ArgumentParser(description="Make a shop and a sample of it as DuckDB files.")
    parser.add_argument("file", type=Path)
    parser.add_argument("sample", type=Path)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--events", type=int, required=True)
    parser.add_argument("--skewed", action="store_true")
    parser.add_argument("--busy-rows", type=int, required=True)
    said = parser.parse_args()
    make_shop(
        said.file,
        rows=said.rows,
        events=said.events,
        skewed=said.skewed,
        busy_rows=said.busy_rows,
    )
    sample_shop(said.file, said.sample)
