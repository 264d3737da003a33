"""Quality as the business says it."""

from __future__ import annotations

import re


def capacity_sentence(
    *, entity: str, label: str, rows: int, positives: int, named: int, hits: int
) -> str:
    """How many of those that it happened to were among those named.

    >>> capacity_sentence(entity="customer_id", label="is_lapsed", rows=50, positives=10,
    ...                   named=10, hits=7)
    '7 of 10 customers that lapsed were among the 10 named; by chance it would be 2'
    """
    chance = positives * named / rows if rows else 0.0
    return (
        f"{hits:,} of {positives:,} {_who(entity)} that {happening(label)} were among the "
        f"{named:,} named; by chance it would be {chance:,.0f}"
    )


def error_sentence(
    *, label: str, predicts: str, error: float, rule: float | None, inside: float | None
) -> str:
    """How far numbers were off, beside the simple rule, and how often an interval held.

    >>> error_sentence(label="spend_usd_28d", predicts="median", error=73.4, rule=74.3, inside=0.91)
    'spend (USD) was off by 73 on average, by the simple rule by 74; 91 % lay within their interval'
    """
    off = "was off by" if predicts == "median" else "was off (root mean square) by"
    average = " on average" if predicts == "median" else ""
    by_rule = "" if rule is None else f", by the simple rule by {_number(rule)}"
    coverage = (
        "" if inside is None else f"; {inside:.0%} lay within their interval".replace("%", " %")
    )
    return f"{happening(label)} {off} {_number(error)}{average}{by_rule}{coverage}"


def classes_sentence(*, entity: str, rows: int, hits: int, commonest: int) -> str:
    """How many got the class that was predicted.

    >>> classes_sentence(entity="customer_id", rows=100, hits=71, commonest=40)
    '71 of 100 customers were what was predicted; always saying the commonest class would get 40'
    """
    return (
        f"{hits:,} of {rows:,} {_who(entity)} were what was predicted; always saying the commonest "
        f"class would get {commonest:,}"
    )


def _who(entity: str) -> str:
    noun = entity.removesuffix("_id").replace("_", " ")
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def happening(label: str) -> str:
    """A label in words, without its window; a currency stands in brackets.

    >>> happening("is_lapsed"), happening("spend_usd_28d")
    ('lapsed', 'spend (USD)')
    """
    bare = re.sub(r"_\d+[hdw]$", "", label.lower())
    bare = bare.removeprefix("is_").removeprefix("has_")
    amount = re.fullmatch(r"(.+)_(usd|eur|gbp|chf|jpy|cad|aud)", bare)
    words = " ".join((amount[1] if amount else bare).replace("_", " ").split())
    return f"{words} ({amount[2].upper()})" if amount else words


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2g}"
