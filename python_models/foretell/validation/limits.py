"""Limits between which nothing can be, or anything may be: Great Expectations takes both."""

from __future__ import annotations

from typing import Any


def check_limits(expectation: Any) -> None:
    """Refuse a `..._between` without any limit, or whose lower limit is above its upper one.

    Parameters
    ----------
    expectation
        Great Expectations' object, which has read what the YAML says as numbers and dates.

    Raises
    ------
    ValueError
        Says which limits.
    """
    if not expectation.expectation_type.endswith("_between"):
        return
    if hasattr(expectation, "min_value") and hasattr(expectation, "max_value"):
        _check(expectation.min_value, expectation.max_value)
    ranges = getattr(expectation, "quantile_ranges", None)
    if isinstance(ranges, dict) and {"quantiles", "value_ranges"} <= set(ranges):
        quantiles, limits = ranges["quantiles"], ranges["value_ranges"]
        if len(quantiles) != len(limits) or any(len(pair) != 2 for pair in limits):
            raise ValueError(
                f"quantile_ranges names {len(quantiles)} quantiles and {len(limits)} value_ranges; "
                "each quantile has one, [min, max]"
            )
        for quantile, (low, high) in zip(quantiles, limits, strict=True):
            _check(low, high, of=f" of the quantile {quantile}")


def _check(low: Any, high: Any, *, of: str = "") -> None:
    if low is None and high is None:
        raise ValueError(f"name min_value, max_value or both{of}: without a limit nothing can fail")
    # A date beside a word is not ours to compare, nor are parameters of Great Expectations.
    is_comparable = type(low) is type(high) or all(
        type(limit) in (int, float) for limit in (low, high)
    )
    if None not in (low, high) and is_comparable and not isinstance(low, dict) and low > high:
        raise ValueError(f"min_value {_plain(low)}{of} is above max_value {_plain(high)}")


def _plain(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)
