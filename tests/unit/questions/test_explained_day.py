"""The as-of time that somebody types is one instant, or refused."""

from __future__ import annotations

from datetime import datetime

import pytest

from foretell.errors import DataError
from foretell.questions.explain import _day


def test_a_day_or_a_time_without_a_zone_is_read() -> None:
    assert _day(None) is None
    assert _day("2025-07-29") == datetime(2025, 7, 29)
    assert _day("2025-07-29T09:30") == datetime(2025, 7, 29, 9, 30)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("2025-02-30", "is no date; write it as 2025-07-29"),
        ("2025-07-29T09:30+09:00", "has a time zone, .* such as 2025-07-29T09:30:00"),
    ],
)
def test_what_is_no_one_instant_is_refused(typed: str, answer: str) -> None:
    with pytest.raises(DataError, match=answer):
        _day(typed)
