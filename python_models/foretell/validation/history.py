"""How a prediction's rows have been from one as-of date to the next: what gates are learned from.

One statement reads the figures of all features on all as-of dates. A second one counts the
categories. For each view of events, one more reads when its events happened last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from foretell.ground.kinds import is_whole
from foretell.ground.relation import quoted
from foretell.ground.views import FeatureView
from foretell.staging.staged import Staged
from foretell.validation.rows import EACH, SPANS, Span
from foretell.warehouse.dialect import Dialect
from foretell.warehouse.protocol import Warehouse

#: Quantiles that are learned of each number.
QUANTILES = (0.05, 0.5, 0.95)
#: As-of dates, or spans of them, that are looked back on.
MOST_DATES = 104
#: Rows that a span holds at the median, so that its figures mean something.
ROWS_EACH = 50
#: Categories up to which a string column's values are known by name.
FEW_CATEGORIES = 50


@dataclass(frozen=True)
class Figures:
    """One column on one as-of date.

    Attributes
    ----------
    mean, spread, quantiles
        Of a number: its mean, standard deviation, and quantiles as `QUANTILES` lists them.
    distinct
        Of a string: how many values.
    """

    rows: int
    nulls: int
    mean: float | None = None
    spread: float | None = None
    quantiles: tuple[float, ...] = ()
    distinct: int = 0


@dataclass(frozen=True)
class History:
    """All columns on all as-of dates, oldest first.

    Attributes
    ----------
    span
        How many days of as-of times make one date here.
    whole, booleans
        Columns that hold integers or booleans, and those of them that hold booleans.
    reach
        How many dates the newest rows are from the newest ones here: outcomes take time to mature.
    columns
        Figures of each, one for each date.
    categories
        Of each string column with few: rows by value on each date.
    label
        The label on each date, among rows whose outcome is known.
    lags
        Of each view of events and the column that dates them: days from the newest event to each
        as-of date.
    gaps
        Days from one as-of date to the next.
    """

    span: Span
    dates: tuple[datetime, ...]
    rows: tuple[int, ...]
    whole: frozenset[str] = frozenset()
    booleans: frozenset[str] = frozenset()
    reach: int = 1
    columns: Mapping[str, tuple[Figures, ...]] = field(default_factory=dict)
    categories: Mapping[str, tuple[Mapping[str, int], ...]] = field(default_factory=dict)
    label: tuple[Figures, ...] = ()
    lags: Mapping[tuple[str, str], tuple[float, ...]] = field(default_factory=dict)
    gaps: tuple[float, ...] = ()

    @property
    def is_batched(self) -> bool:
        """Whether dates are batches of different kinds, such as one campaign each: their rows
        double or halve from one to the next.
        """
        return any(max(pair) > 2 * min(pair) for pair in pairwise(self.rows))


def history_of(
    staged: Staged,
    warehouse: Warehouse,
    *,
    rows: str,
    views: Sequence[FeatureView] = (),
    span: Span | None = None,
) -> History:
    """The history of the rows of a query over a staged relation.

    Parameters
    ----------
    rows
        Such as ``staged.labelled``.
    span
        As-of times that are looked at together; chosen by how many rows they hold, if not said.
    """
    as_of = quoted(staged.key[1])
    counted = warehouse.rows(
        f"select {staged.dialect.as_instant(as_of)} as at, count(*) from ({rows}) as looked_at "
        "group by 1 order by 1"
    )
    if not counted:
        return History(EACH, (), ())
    span = span or _span(counted)
    ends, before = _ends([at for at, _ in counted], span)
    types = staged.types
    spans = _in_spans(rows, as_of, span, ends, after=before, dialect=staged.dialect)
    columns, label = _figures(staged, warehouse, spans, sum(count for _, count in counted))
    strings = [
        name
        for name, figures in columns.items()
        if staged.kinds[name] == "string"
        and max(date_figures.distinct for date_figures in figures) <= FEW_CATEGORIES
    ]
    return History(
        span=span,
        dates=tuple(ends),
        rows=tuple(date_figures.rows for date_figures in label),
        whole=frozenset(name for name in staged.features if is_whole(types[name])),
        booleans=frozenset(name for name in staged.features if types[name].startswith("BOOL")),
        reach=_reach(staged, warehouse, ends[-1], span),
        columns=columns,
        categories=_categories(warehouse, spans, strings, len(ends)),
        label=label,
        lags={
            (view.name, str(view.at)): _lags(view, warehouse, ends)
            for view in views
            if _has_events(view)
        },
        gaps=_gaps([at for at, _ in counted]),
    )


def _span(counted: Sequence[tuple[datetime, int]]) -> Span:
    """The shortest span of as-of times whose median holds rows enough to be described."""
    newest = counted[-1][0]
    for span in SPANS:
        sums: dict[int, int] = {}
        for at, count in counted:
            number = span.number(newest, at)
            sums[number] = sums.get(number, 0) + count
        sizes = sorted(sums.values())
        if sizes[len(sizes) // 2] >= ROWS_EACH:
            return span
    return SPANS[-1]


def _ends(times: Sequence[datetime], span: Span) -> tuple[list[datetime], datetime | None]:
    """The last as-of time of each span that is looked back on, oldest first, and the one before.

    The oldest of longer spans has only begun to be filled, so it is not among them.
    """
    newest, last_times = times[-1], {}
    for at in times:
        last_times[span.number(newest, at)] = at
    ends = [last_times[number] for number in sorted(last_times, reverse=True)]
    first = max(0, len(ends) - MOST_DATES)
    if span.length is not None and len(ends) > 1:
        first = max(1, first)
    return ends[first:], ends[first - 1] if first else None


def _in_spans(
    rows: str,
    as_of: str,
    span: Span,
    ends: Sequence[datetime],
    *,
    after: datetime | None,
    dialect: Dialect,
) -> str:
    """Query for the rows with the span that they are in, in the column `foretell_span`."""
    at = dialect.as_instant(as_of)
    number = at
    if span.length is not None:
        whens = (
            f"when {at} <= {dialect.instant(end)} then {position}"
            for position, end in enumerate(ends)
        )
        number = f"case {' '.join(whens)} end"
    since = f" where {at} > {dialect.instant(after)}" if after else ""
    return f"select *, {number} as foretell_span from ({rows}) as looked_at{since}"


def _figures(
    staged: Staged, warehouse: Warehouse, spans: str, most_rows: int
) -> tuple[dict[str, tuple[Figures, ...]], tuple[Figures, ...]]:
    aggregates, shapes = [], []
    label, dialect = staged.spec.label, staged.dialect
    value_count = most_rows * (len(staged.features) + 1)
    numbers = {name for name, kind in staged.kinds.items() if kind == "number"}
    if staged.spec.task != "multiclass":
        numbers.add(label)
    for name in (*staged.features, label):
        column = quoted(name)
        parts = [f"count({column})"]
        if name in numbers:
            number = dialect.as_number(column, staged.types.get(name, ""))
            parts += [f"avg({number})", f"coalesce(stddev_samp({number}), 0)"]
            parts.append(dialect.quantiles(number, QUANTILES, values=value_count))
        elif staged.kinds.get(name) == "string":
            parts.append(dialect.count_different(column, values=value_count))
        aggregates += parts
        shapes.append((name, len(parts)))
    rows_of_spans = warehouse.rows(
        f"select foretell_span, count(*), {', '.join(aggregates)} from ({spans}) as spans "
        "group by 1 order by 1"
    )
    columns: dict[str, list[Figures]] = {name: [] for name, _ in shapes}
    for _, rows, *values in rows_of_spans:
        rest = iter(values)
        for name, width in shapes:
            columns[name].append(_one(rows, [next(rest) for _ in range(width)]))
    return (
        {name: tuple(figures) for name, figures in columns.items() if name != label},
        tuple(columns[label]),
    )


def _one(rows: int, values: Sequence[Any]) -> Figures:
    known_count, *more = values
    if len(more) == 1:
        return Figures(rows, rows - known_count, distinct=int(more[0] or 0))
    if not more or more[0] is None:
        return Figures(rows, rows - known_count)
    mean, spread, quantiles = more
    return Figures(rows, rows - known_count, float(mean), float(spread), tuple(quantiles))


def _categories(
    warehouse: Warehouse, spans: str, names: Sequence[str], dates: int
) -> dict[str, tuple[dict[str, int], ...]]:
    if not names:
        return {}
    counts_by_column: dict[str, list[dict[str, int]]] = {name: [] for name in names}
    at: dict[Any, int] = {}
    counted = " union all ".join(
        f"select {number}, foretell_span, {warehouse.dialect.as_text(quoted(name))}, count(*) "
        "from spans "
        f"where {quoted(name)} is not null group by 1, 2, 3"
        for number, name in enumerate(names)
    )
    for number, span, value, count in warehouse.rows(
        f"with spans as ({spans}) select * from ({counted}) as counted order by 2, 1, 3"
    ):
        position = at.setdefault(span, len(at))
        of_column = counts_by_column[names[number]]
        while len(of_column) <= position:
            of_column.append({})
        of_column[position][value] = count
    return {
        name: tuple(values) for name, values in counts_by_column.items() if len(values) <= dates
    }


def _reach(staged: Staged, warehouse: Warehouse, last: datetime, span: Span) -> int:
    as_of = staged.dialect.as_instant(quoted(staged.key[1]))
    ((dates, newest),) = warehouse.rows(
        f"select count(distinct {as_of}), max({as_of}) from {staged.relation} "
        f"where {as_of} > {staged.dialect.instant(last)}"
    )
    if not dates:
        return 1
    return int(dates) if span.length is None else 1 + int((newest - last) / span.length)


def _has_events(view: FeatureView) -> bool:
    return view.kind == "events" and view.at is not None and view.relation is not None


def _lags(view: FeatureView, warehouse: Warehouse, ends: Sequence[datetime]) -> tuple[float, ...]:
    at, dialect = quoted(str(view.at)), warehouse.dialect
    days = warehouse.rows(
        f"select {dialect.as_day(at)}, {dialect.as_instant(f'max({at})')} from {view.relation} "
        f"where {at} < {dialect.instant(ends[-1])} group by 1 order by 1"
    )
    lags = []
    for end in ends:
        before = [last for day, last in days if _as_date(day) < end.date() or last < end]
        if before:
            # In days of the calendar, as gates measure it.
            lags.append(float((end.date() - before[-1].date()).days))
    return tuple(lags)


def _as_date(day: date | datetime) -> date:
    return day.date() if isinstance(day, datetime) else day


def _gaps(times: Sequence[datetime]) -> tuple[float, ...]:
    days = sorted({at.date() for at in times})
    return tuple(float((later - earlier).days) for earlier, later in pairwise(days))
