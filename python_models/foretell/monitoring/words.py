"""Quality as the business says it."""

from __future__ import annotations


def capacity_sentence(
    *, entity: str, label: str, rows: int, positives: int, named: int, hits: int
) -> str:
    """How many of those that it happened to were among those named.

    >>> capacity_sentence(entity="customer_id", label="is_lapsed", rows=50, positives=10,
    ...                   named=10, hits=7)
    '7 of 10 customers that lapsed were among the 10 named; by chance it would be 2'
    """
    happened = label.removeprefix("is_").removeprefix("has_").replace("_", " ")
    who = entity.removesuffix("_id").replace("_", " ") + "s"
    chance = positives * named / rows if rows else 0.0
    return (
        f"{hits:,} of {positives:,} {who} that {happened} were among the {named:,} named; "
        f"by chance it would be {chance:,.0f}"
    )
