"""How far the data reach: outcomes after the newest event are not known, however late it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from foretell.errors import DataError
from foretell.ground.event_times import EventTimes
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.staging.failed_query import first_line
from foretell.warehouse.protocol import Warehouse

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_YEAR = timedelta(days=366)
_1970 = datetime(1970, 1, 1)
#: Seconds from 1970 to the first year that a timestamp has in Python; infinite times are not later.
_FIRST = int((datetime(1, 1, 1) - _1970).total_seconds())


@dataclass(frozen=True)
class NewestEvent:
    """The newest event before a run stands, and how long its relations usually pause.

    Attributes
    ----------
    name
        The relation and column that have it.
    at
        Its time; of a date, the midnight that begins it.
    known_until
        The instant up to which its relation is complete: its time, or the end of its date.
    pause
        The longest time without an event in the year before it.
    """

    name: str
    at: datetime
    known_until: datetime
    pause: timedelta

    def holds_up(self, now: datetime, spec: PredictionSpec) -> bool:
        """Whether no event came for longer than is usual, so that outcomes end with the newest.

        A build stands at a midnight, before which a day's last rows may not have been loaded. So a
        pause of a day is usual, except where horizons are shorter than a day.
        """
        usual = self.pause if _counts_hours(spec) else max(self.pause, _DAY)
        return now - self.known_until > usual


@dataclass(frozen=True)
class DataEnd:
    """Data that end before the run stands.

    Attributes
    ----------
    now
        When the run stands.
    waiting
        Rows whose horizon has passed, but reaches beyond the newest event.
    """

    newest: NewestEvent
    now: datetime
    waiting: int

    @property
    def known_until(self) -> datetime:
        """The instant up to which outcomes are known."""
        return self.newest.known_until

    @property
    def sentence(self) -> str:
        """What a person should know of it, and the ways out."""
        newest, midnight = self.newest, _midnight_after(self.known_until)
        rows = (
            f"{self.waiting:,} rows whose horizon reaches past it do not mature"
            if self.waiting
            else "no outcome after it can mature"
        )
        return (
            f"The newest event is {in_words(self.now - newest.at)} old ({newest.name}: {newest.at};"
            f" the longest pause of the year before it was {in_words(newest.pause)}): {rows}. Load "
            "newer data, or if there are none, let the run stand where they end: "
            f"FORETELL_TODAY={midnight}, or --vars '{{foretell_today: \"{midnight}\"}}'. If "
            "other rows tell how far outcomes are known, name their time as `known_until` in "
            "the spec."
        )

    def is_news(self, spec: PredictionSpec) -> bool:
        """Whether it is more than the delay with which an hourly pipeline loads its rows."""
        return not _counts_hours(spec) or self.now - self.known_until > _DAY


def newest_event(
    request: Request, spec: PredictionSpec, warehouse: Warehouse
) -> tuple[NewestEvent | None, list[str]]:
    """The newest event of what ``known_until`` names, else of all event views and dated sources.

    Returns
    -------
    None where nothing tells the time of an event, and a sentence about each source that could not
    be read.

    Raises
    ------
    DataError
        What ``known_until`` names is no time of a relation that the query reads.
    """
    if spec.is_flat:
        return None, []
    readable, notes = [], []
    for times in request.event_times:
        failure = _failure(times, warehouse)
        if failure is None:
            readable.append(times)
        elif spec.known_until is not None:
            raise DataError(
                f"{request.place('known_until')}: `known_until` of {request.prediction} names "
                f"{times.name}, which {failure}"
            )
        else:
            notes.append(
                f"{times.name} {failure} Until then it does not tell how far outcomes are known."
            )
    newest_rows = warehouse.rows(_newest(readable, request.instant)) if readable else []
    if not newest_rows:
        return None, notes
    ((position, is_dated, until_at, began_at, ended_at),) = newest_rows
    known_until = _instant(until_at)
    pause = _instant(ended_at) - _instant(began_at) if began_at is not None else timedelta()
    at = known_until - _DAY if is_dated else known_until
    return NewestEvent(readable[position].name, at, known_until, pause), notes


def _failure(times: EventTimes, warehouse: Warehouse) -> str | None:
    """Why a relation's times cannot be read, and what to do about it; None if they can."""
    if times.relation is None:
        return times.missing
    try:
        warehouse.rows(f"select {_seconds(times.time)} from {_read(times, 0)} where 1 = 0")
    except warehouse.errors as error:
        return f"cannot be read as a time: {first_line(error)}. It must be a date or a timestamp."
    return None


def _newest(sources: Sequence[EventTimes], now: datetime) -> str:
    """SQL for the newest event before an instant and the longest pause of the year before it.

    Times are seconds since 1970, which are the same in every session's zone. Each source is read
    once and kept by the hour: pauses within an hour do not count. Where all its times are
    midnights, they are dates and last until the next.
    """
    read = "\n        union all\n        ".join(
        f"select {position} as source, {_seconds(times.time)} as seconds "
        f"from {_read(times, position)}"
        for position, times in enumerate(sources)
    )
    day, year = int(_DAY.total_seconds()), int(_YEAR.total_seconds())
    return f"""
    with hours as (
        select source, min(seconds) as first_at, max(seconds) as last_at
        from (
        {read}
        ) as events
        where seconds >= {_FIRST} and seconds < {(now - _1970).total_seconds()!r}
        group by source, cast(floor(seconds / 3600) as bigint)
    ),
    dated as (
        select source, first_at, last_at, min(case
            when first_at = last_at and first_at = {day} * floor(first_at / {day}) then 1 else 0
        end) over (partition by source) as is_dated
        from hours
    ),
    spans as (
        select source, is_dated, first_at, last_at + {day} * is_dated as until_at from dated
    ),
    newest as (
        select source, is_dated, until_at from spans order by until_at desc, source limit 1
    ),
    pauses as (
        select first_at as ended_at, max(until_at) over (
            order by first_at, until_at rows between unbounded preceding and 1 preceding
        ) as began_at
        from spans
    )
    select newest.source, newest.is_dated, newest.until_at, pauses.began_at, pauses.ended_at
    from newest left join pauses
        on pauses.ended_at > pauses.began_at and pauses.ended_at > newest.until_at - {year}
    order by pauses.ended_at - pauses.began_at desc nulls last limit 1
    """


def _read(times: EventTimes, position: int) -> str:
    # What dbt writes for a relation may bring an alias of its own.
    return f"(select * from {times.relation}) as read_{position}"


def _seconds(time: str) -> str:
    return f"extract(epoch from ({time}))"


def _instant(seconds: float) -> datetime:
    return _1970 + timedelta(seconds=float(seconds))


def _counts_hours(spec: PredictionSpec) -> bool:
    return spec.horizon is not None and spec.horizon < _DAY


def _midnight_after(instant: datetime) -> str:
    midnight = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    return f"{midnight if midnight == instant else midnight + _DAY:%Y-%m-%d}"


def in_words(length: timedelta) -> str:
    """A length of time in whole days, or hours where it is shorter than one.

    >>> in_words(timedelta(days=1917, hours=3))
    '1,917 days'
    >>> in_words(timedelta(minutes=90))
    '1 hour'
    """
    count, unit = (length // _DAY, "day") if length >= _DAY else (length // _HOUR, "hour")
    return f"{count:,} {unit}{'' if count == 1 else 's'}"
