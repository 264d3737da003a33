"""Faults of data that happen upstream of a prediction, each as it happens to a warehouse.

The build before was as of 4 December 2017; what has arrived since is at fault, unless it says
otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Catcher = Literal["learned input gate", "foretell, of the query", "nobody"]

_SINCE = "transaction_timestamp >= timestamp '2017-12-04'"


@dataclass(frozen=True)
class Fault:
    """What happened, in words and in SQL on the raw tables, and who must notice.

    Attributes
    ----------
    edit
        For a fault that is in the project: a file, what stood there, and what stands there now.
    """

    what: str
    sql: str
    caught_by: Catcher = "learned input gate"
    edit: tuple[str, str, str] | None = None


FAULTS = {
    "cents": Fault(
        "Prices arrive in cents",
        f"update raw.transactions set sales_value = 100 * sales_value where {_SINCE}",
    ),
    "renamed": Fault(
        "A category is renamed: PRODUCE is FRESH PRODUCE",
        "update raw.products set department = 'FRESH PRODUCE' where department = 'PRODUCE'",
    ),
    "half": Fault(
        "Half of the rows are missing",
        f"delete from raw.transactions where {_SINCE} and basket_id % 2 = 0",
    ),
    "doubled_join": Fault(
        "A join doubles rows: a dimension has each product twice",
        "insert into raw.products select * from raw.products",
    ),
    "doubled_entity": Fault(
        "A join doubles the prediction's own rows: each household was asked twice",
        "insert into raw.demographics select * from raw.demographics",
        caught_by="foretell, of the query",
    ),
    "yesterday": Fault(
        "Yesterday's data has not arrived",
        "delete from raw.transactions where transaction_timestamp >= timestamp '2017-12-31 05:00'",
    ),
    "nulls": Fault(
        "The column behind a key feature is empty",
        f"update raw.transactions set sales_value = null where {_SINCE}",
    ),
    "week": Fault(
        "A week is missing",
        "delete from raw.transactions where transaction_timestamp "
        "between timestamp '2017-12-18' and timestamp '2017-12-25'",
    ),
    "sign": Fault(
        "A sign is flipped: discounts are negative",
        f"update raw.transactions set retail_disc = -retail_disc where {_SINCE}",
    ),
    "stores": Fault(
        "A region is missing: a third of the stores",
        f"delete from raw.transactions where {_SINCE} and store_id % 3 = 0",
    ),
    "twice": Fault(
        "What arrived was loaded twice",
        f"insert into raw.transactions select * from raw.transactions where {_SINCE}",
    ),
    "constant": Fault(
        "A column is constant: all baskets come from one store",
        f"update raw.transactions set store_id = 1 where {_SINCE}",
    ),
    "truncated": Fault(
        "A table is empty: coupon redemptions were truncated",
        "delete from raw.coupon_redemptions",
    ),
    "date_format": Fault(
        "Day and month are swapped as dates are read",
        f"update raw.transactions set transaction_timestamp = make_timestamp("
        "year(transaction_timestamp), day(transaction_timestamp), month(transaction_timestamp), "
        "hour(transaction_timestamp), minute(transaction_timestamp), 0.0) "
        f"where {_SINCE} and day(transaction_timestamp) <= 12",
    ),
    "stuck": Fault(
        "The spine is stuck: the newest date is not there (a warning 28 days later, a stop 84)",
        "",
        caught_by="nobody",
        edit=(
            "models/spines/as_of_household.sql",
            "{{ foretell.today() }} + interval 1 day",
            "date '2017-12-05'",
        ),
    ),
    "time_zone": Fault(
        "Times arrive in another time zone, five hours off",
        "update raw.transactions set transaction_timestamp = transaction_timestamp "
        f"- interval 5 hour where {_SINCE}",
        caught_by="nobody",
    ),
    "shuffled": Fault(
        "Values are given to the wrong households, as a sort before a positional join does",
        "update raw.transactions set household_id = 2501 - household_id "
        f"where {_SINCE} and household_id between 1 and 2500",
    ),
    "one_household": Fault(
        "One household is a till that tests: 2,000 baskets in a day",
        "insert into raw.transactions select 1, 1, 90000000000 + n, 1000, 1, 1, 0, 0, 0, 52, "
        "timestamp '2017-12-30 12:00' from range(2000) as made (n)",
    ),
    "few_percent": Fault(
        "Prices of one department are 5 % too high",
        "update raw.transactions set sales_value = 1.05 * sales_value "
        f"where {_SINCE} and product_id in "
        "(select product_id from raw.products where department = 'GROCERY')",
        caught_by="nobody",
    ),
}
