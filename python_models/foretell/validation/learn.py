"""The lines that a gate learns: what has been honest so far, and how far beyond it is a fault.

Each figure has kept within some range on the as-of dates of the training history, and changed by
some largest step over as many dates as lie between rows that have matured and the newest ones.
Beyond the range by more than three such steps is critical; by more than one, a warning. Where there
are few dates, or few rows on each, a step is taken to be larger than was seen: what could be chance
is no fault.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from foretell.staging.staged import Staged
from foretell.validation.history import QUANTILES, Figures, History
from foretell.validation.rows import MATURED
from foretell.validation.suite import Expectation, Line, Severity

#: Steps beyond the range at which a line warns, and at which it stops the run.
STEPS: tuple[tuple[Severity, float], ...] = (("critical", 3.0), ("warning", 1.0))


@dataclass(frozen=True)
class Chance:
    """What a step is at the least, whatever was seen.

    Attributes
    ----------
    of_spread, share, of_rows, days
        Of a number's standard deviation, of all rows, of the usual number of rows, and days.
    """

    of_spread: float
    share: float
    of_rows: float
    days: float


#: Changes between few dates say little: seven may be alike by chance, and the eighth be as honest.
#: By the number of dates from which each holds.
CHANCES = {
    8: Chance(of_spread=0.05, share=0.005, of_rows=0.05, days=0.3),
    1: Chance(of_spread=3.0, share=0.1, of_rows=0.25, days=1.0),
}

#: What differs between batches of different kinds, honestly and by far: it only warns until there
#: have been so many of them.
OF_A_BATCH = frozenset(
    f"expect_{name}"
    for name in (
        "table_row_count_to_be_between",
        "positive_rate_between",
        "column_mean_to_be_between",
        "column_quantile_between",
        "column_unique_value_count_to_be_between",
    )
)
MANY_BATCHES = 24
#: A limit that is nearer to nothing is none or this far from it: smaller numbers have no four
#: digits that count.
SMALLEST = 1e-300


def chance_of(dates: int) -> Chance:
    """What may be chance after so many as-of dates."""
    return next(chance for least, chance in CHANCES.items() if dates >= least)


@dataclass(frozen=True)
class Range:
    """Where a figure was on all dates, and its largest honest change from one to the next."""

    lower: float
    upper: float
    step: float

    def beyond(self, steps: float) -> tuple[float, float]:
        """The range, widened by that many steps."""
        return self.lower - steps * self.step, self.upper + steps * self.step


def range_of(
    values: Sequence[float], *, least: float, newest: float | None = None, reach: int = 1
) -> Range:
    """The range of a figure, with its largest change over at most `reach` dates as the step.

    Parameters
    ----------
    least
        What a step is at the least.
    newest
        A value that someone accepted: the range reaches to it, but it is no honest change.
    """
    changes = (
        abs(later - earlier)
        for apart in range(1, min(reach + 1, len(values)))
        for earlier, later in zip(values, values[apart:], strict=False)
    )
    step = max(changes, default=0.0)
    figures = [*values, *([] if newest is None else [newest])]
    return Range(min(figures), max(figures), max(step, least))


def learn(
    staged: Staged, history: History, *, version: int, newest: History | None = None
) -> tuple[Line, ...]:
    """The lines that hold of the rows that a version learnt from, critical ones first.

    Parameters
    ----------
    newest
        The history of rows that someone has accepted as they are, though they are unlike it.
    """
    if not history.dates:
        return ()
    teacher = _Teacher(staged, history, newest or History(history.span, (), ()))
    where = f"learned with v{version}"
    return tuple(
        Line(expectation, "learned", where)
        for severity, steps in STEPS
        for expectation in teacher.lines(severity, steps)
    )


@dataclass(frozen=True)
class _Teacher:
    staged: Staged
    history: History
    newest: History

    def lines(self, severity: Severity, steps: float) -> Iterator[Expectation]:
        is_thin = self.history.is_batched and len(self.history.dates) < MANY_BATCHES
        for learner in (self._rows, self._fresh, self._label, *self._columns()):
            for expectation in learner(steps):
                if severity == "critical" and is_thin and expectation.type in OF_A_BATCH:
                    continue
                yield expectation.model_copy(
                    update={"severity": severity, "meta": {"learned": True}}
                )

    def _range(self, values: Sequence[float], *, least: float, newest: float | None) -> Range:
        return range_of(values, least=least, newest=newest, reach=self.history.reach)

    def _columns(self) -> Iterator[Any]:
        for name, figures in self.history.columns.items():
            filled = [date_figures for date_figures in figures if date_figures.rows]
            if filled:
                yield lambda steps, name=name, filled=filled: self._column(name, filled, steps)

    def _column(self, name: str, figures: Sequence[Figures], steps: float) -> Iterator[Expectation]:
        yield from self._nulls(name, figures, steps)
        numbers = [date_figures for date_figures in figures if date_figures.mean is not None]
        if numbers and name in self.history.booleans:
            yield self._share_of_true(name, numbers, steps)
        elif numbers:
            yield from self._numbers(name, numbers, steps)
        elif self.history.categories.get(name):
            yield from self._categories(name, steps)
        elif self.staged.kinds.get(name) == "string":
            yield from self._cardinality(name, figures, steps)

    def _rows(self, steps: float) -> Iterator[Expectation]:
        """How many rows there are as of the newest date."""
        if len(self.history.rows) < 2:
            return
        bounds = self._range(
            [float(count) for count in self.history.rows],
            least=chance_of(len(self.history.rows)).of_rows * _median(self.history.rows),
            newest=_last(self.newest.rows),
        )
        lower, upper = bounds.beyond(steps)
        yield Expectation(
            type="expect_table_row_count_to_be_between",
            kwargs={"min_value": max(1, math.floor(lower)), "max_value": math.ceil(upper)},
            rows=self.history.span.rows,
            description=f"Rows as of the newest date{self._was(bounds)}",
        )

    def _fresh(self, steps: float) -> Iterator[Expectation]:
        """How long ago anything happened, or was looked at."""
        if self.history.gaps:
            longest = max(self.history.gaps)
            yield Expectation(
                type="expect_freshness_within",
                kwargs={"column": self.staged.key[1], "days": math.floor(steps * longest)},
                description=f"Days since the newest as-of date: {_number(longest)} at most so far",
            )
        for (view, at), lags in self.history.lags.items():
            if lags:
                newest = _last(self.newest.lags.get((view, at), ()))
                bounds = self._range(lags, least=chance_of(len(lags)).days, newest=newest)
                yield Expectation(
                    type="expect_freshness_within",
                    kwargs={"column": at, "days": math.floor(bounds.beyond(steps)[1])},
                    rows=view,
                    description=f"Days since the newest event of {view}{self._was(bounds)}",
                )

    def _label(self, steps: float) -> Iterator[Expectation]:
        """What came true, on average, of the rows whose outcome has become known."""
        known = [
            date_figures for date_figures in self.history.label if date_figures.mean is not None
        ]
        if not known or self.staged.spec.is_flat:
            return
        known_newest = [
            date_figures for date_figures in self.newest.label if date_figures.mean is not None
        ]
        accepted = _last_of(known_newest)
        is_share = self.staged.spec.task == "binary"
        bounds = self._mean_range(known, accepted, is_share=is_share)
        lower, upper = bounds.beyond(steps)
        label = self.staged.spec.label
        limits: dict[str, Any] = {"min_value": _down(lower), "max_value": _up(upper)}
        if is_share:
            limits = {
                "label": label,
                "min_value": max(0.0, limits["min_value"]),
                "max_value": min(1.0, limits["max_value"]),
            }
            name, kind = "Share of positive outcomes", "expect_positive_rate_between"
        else:
            limits = {"column": label, **limits}
            name, kind = f"Mean of {label}", "expect_column_mean_to_be_between"
        yield Expectation(
            type=kind, kwargs=limits, rows=MATURED, description=f"{name}{self._was(bounds)}"
        )

    def _nulls(self, name: str, figures: Sequence[Figures], steps: float) -> Iterator[Expectation]:
        shares = [date_figures.nulls / date_figures.rows for date_figures in figures]
        bounds = self._range(
            shares, least=_share_step(shares, figures), newest=_null_share(self._accepted(name))
        )
        most = bounds.beyond(steps)[1]
        if most >= 1:
            return
        yield Expectation(
            type="expect_column_values_to_not_be_null",
            kwargs={"column": name, "mostly": _down(1 - most)},
            rows=self.history.span.rows,
            description=f"Share of {name} that is null{self._was(bounds)}",
        )

    def _numbers(
        self, name: str, figures: Sequence[Figures], steps: float
    ) -> Iterator[Expectation]:
        accepted = self._accepted(name)
        bounds = self._mean_range(figures, accepted)
        yield self._between(
            "expect_column_mean_to_be_between", name, bounds, steps, f"Mean of {name}"
        )
        for at, quantile in enumerate(QUANTILES):
            values = [date_figures.quantiles[at] for date_figures in figures]
            newest = accepted.quantiles[at] if accepted and accepted.quantiles else None
            bounds = self._range(
                values, least=self._step(figures, whole=name in self.history.whole), newest=newest
            )
            yield self._between(
                "expect_column_quantile_between", name, bounds, steps,
                f"{quantile:.0%} quantile of {name}", quantile=quantile,
            )  # fmt: skip

    def _share_of_true(self, name: str, figures: Sequence[Figures], steps: float) -> Expectation:
        bounds = self._mean_range(figures, self._accepted(name), is_share=True)
        lower, upper = bounds.beyond(steps)
        return Expectation(
            type="expect_positive_rate_between",
            kwargs={
                "label": name,
                "min_value": max(0.0, _down(lower)),
                "max_value": min(1.0, _up(upper)),
            },
            rows=self.history.span.rows,
            description=f"Share of {name} that is true{self._was(bounds)}",
        )

    def _between(
        self, kind: str, name: str, bounds: Range, steps: float, what: str, **more: Any
    ) -> Expectation:
        lower, upper = bounds.beyond(steps)
        return Expectation(
            type=kind,
            kwargs={"column": name, **more, "min_value": _down(lower), "max_value": _up(upper)},
            rows=self.history.span.rows,
            description=f"{what}{self._was(bounds)}",
        )

    def _categories(self, name: str, steps: float) -> Iterator[Expectation]:
        """Values by name, and how many rows may have one that was not seen before."""
        dates = self.history.categories[name]
        seen = set(dates[0])
        unseen = []
        for counts in dates[1:]:
            unseen.append(
                sum(count for value, count in counts.items() if value not in seen)
                / max(1, sum(counts.values()))
            )
            seen |= set(counts)
        for counts in self.newest.categories.get(name, ())[-1:]:
            seen |= set(counts)
        step = max([*unseen, _share_step([0.0], self.history.columns[name])])
        if steps * step >= 1:
            return
        yield Expectation(
            type="expect_column_values_to_be_in_set",
            kwargs={"column": name, "value_set": sorted(seen), "mostly": _down(1 - steps * step)},
            rows=self.history.span.rows,
            description=f"{name} has one of the {len(seen)} values that it had on {self._dates}",
        )

    def _cardinality(
        self, name: str, figures: Sequence[Figures], steps: float
    ) -> Iterator[Expectation]:
        values = [float(date_figures.distinct) for date_figures in figures]
        accepted = self._accepted(name)
        bounds = self._range(
            values,
            least=max(1.0, 0.1 * _median(values)),
            newest=float(accepted.distinct) if accepted else None,
        )
        lower, upper = bounds.beyond(steps)
        yield Expectation(
            type="expect_column_unique_value_count_to_be_between",
            kwargs={
                "column": name,
                "min_value": max(0, math.floor(lower)),
                "max_value": math.ceil(upper),
            },
            rows=self.history.span.rows,
            description=f"How many values {name} has{self._was(bounds)}",
        )

    def _mean_range(
        self, figures: Sequence[Figures], accepted: Figures | None, *, is_share: bool = False
    ) -> Range:
        values = [date_figures.mean for date_figures in figures if date_figures.mean is not None]
        least = _share_step(values, figures) if is_share else self._step(figures)
        return self._range(values, least=least, newest=accepted.mean if accepted else None)

    def _step(self, figures: Sequence[Figures], *, whole: bool = False) -> float:
        """What a number may change by chance: a part of its spread, more with few dates or rows."""
        spread = _median([date_figures.spread or 0.0 for date_figures in figures])
        rows = _median([date_figures.rows - date_figures.nulls for date_figures in figures])
        few = chance_of(len(figures)).of_spread
        least = spread * (few + 1.5 / math.sqrt(max(rows, 1)))
        # Quantiles of integers move by whole numbers.
        return max(least, 0.5) if whole else least

    def _accepted(self, name: str) -> Figures | None:
        return _last_of(self.newest.columns.get(name, ()))

    def _was(self, bounds: Range) -> str:
        return f": {_number(bounds.lower)} to {_number(bounds.upper)} on {self._dates}"

    @property
    def _dates(self) -> str:
        count, span = len(self.history.dates), self.history.span
        if span.length is None:
            return f"{count} as-of date{'s' if count > 1 else ''}"
        return f"{count} spans of {span.length.days} days" if count > 1 else "all as-of dates"


def _share_step(shares: Sequence[float], figures: Sequence[Figures]) -> float:
    """What a share may change by chance."""
    rows = max(_median([date_figures.rows for date_figures in figures]), 1)
    typical = _median(shares)
    few = chance_of(len(figures)).share
    return few + 1.5 * math.sqrt(typical * (1 - typical) / rows)


def _null_share(figures: Figures | None) -> float | None:
    return figures.nulls / figures.rows if figures and figures.rows else None


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return float(ordered[len(ordered) // 2])


def _last(values: Sequence[float]) -> float | None:
    return float(values[-1]) if values else None


def _last_of(figures: Sequence[Figures]) -> Figures | None:
    return figures[-1] if figures else None


def _down(value: float) -> float:
    return _rounded(value, math.floor)


def _up(value: float) -> float:
    return _rounded(value, math.ceil)


def _rounded(value: float, how: Any) -> float:
    """Four digits that count, outwards: limits are read by people."""
    if value == 0 or not math.isfinite(value):
        return value
    if abs(value) < SMALLEST:
        return float(how(value)) * SMALLEST
    scale = 10.0 ** (3 - math.floor(math.log10(abs(value))))
    return float(f"{how(value * scale) / scale:.12g}")


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"
