"""Rows to be scored that lie beyond those learnt from: clocks, longer horizons, new slices."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from foretell.ground.definitions import listed
from foretell.ground.names import MATURES_AT
from foretell.ground.relation import quoted
from foretell.staging.staged import Staged
from foretell.training.metrics import Floats
from foretell.training.rows import MAX_ROWS
from foretell.warehouse.protocol import Warehouse

#: Share of a clock's variance that the as-of time explains: what is left is spread within a date.
EXPLAINED = 0.99
#: Values that a warning names.
_NAMED = 3


@dataclass(frozen=True)
class Clock:
    """A feature that tells the time: whatever the entity, it rises (or falls) with the as-of time.

    What a model learns of it holds for the past alone, since no row to be scored has such a value.

    Attributes
    ----------
    explained
        Share of its variance that the as-of time explains.
    """

    feature: str
    explained: float

    def __str__(self) -> str:
        share = min(self.explained, 0.9999)
        return f"{self.feature} (the as-of time explains {share:.2%} of it)"


def clocks_among(
    staged: Staged, features: Collection[str], warehouse: Warehouse
) -> tuple[Clock, ...]:
    """The clocks among some features: numbers, and dates as the days before the as-of time.

    A clock's values of all rows to be scored lie on one side of those learnt from, and an order in
    time explains at least ``EXPLAINED`` of these. Tenures, balances and prices overlap between
    neighbouring dates, since entities differ.
    """
    names = [
        name
        for name in features
        if staged.kinds.get(name) in ("number", "date") and name not in staged.spec.keep_clocks
    ]
    if staged.spec.is_flat or not names:
        return ()
    clocks = []
    for name, rises in _outside(staged, names, warehouse):
        explained = _explained(staged, name, rises, warehouse)
        if explained >= EXPLAINED:
            clocks.append(Clock(name, explained))
    return tuple(clocks)


def _outside(staged: Staged, names: Sequence[str], warehouse: Warehouse) -> list[tuple[str, bool]]:
    """Features whose values of open rows all lie above (True) or below those learnt from."""
    ends = ", ".join(
        f"min({value}), max({value})" for value in (_value(staged, name) for name in names)
    )
    learnt_ends, open_ends = (
        warehouse.rows(f"select {ends} from ({query}) as looked_at")[0]
        for query in (staged.labelled, staged.open)
    )
    features = []
    for at, name in enumerate(names):
        (least, most), (first, last) = (
            row[2 * at : 2 * at + 2] for row in (learnt_ends, open_ends)
        )
        if least is not None and first is not None and (first > most or last < least):
            features.append((name, bool(first > most)))
    return features


def _explained(staged: Staged, name: str, rises: bool, warehouse: Warehouse) -> float:
    """Share of a feature's variance over rows learnt from that an order in time explains."""
    entity, as_of = (quoted(column) for column in staged.key)
    table = warehouse.sample(
        f"select {entity}, {as_of}, {_epoch(as_of)} as foretell_at, "
        f"{_value(staged, name)} as foretell_value from ({staged.labelled}) as looked_at "
        f"where {quoted(name)} is not null",
        key=staged.key,
        limit=MAX_ROWS,
    )
    at, values = (
        np.asarray(table.column(column).to_numpy(zero_copy_only=False), dtype=np.float64)
        for column in ("foretell_at", "foretell_value")
    )
    return explained_by_time(at, values, rises=rises)


def explained_by_time(at: Floats, values: Floats, *, rises: bool) -> float:
    """Share of the variance of values that the best order in time explains; 0 if all are equal."""
    from sklearn.isotonic import IsotonicRegression

    total = float(((values - values.mean()) ** 2).sum()) if len(values) else 0.0
    if total == 0:
        return 0.0
    fitted = IsotonicRegression(increasing=rises).fit_transform(at, values)
    return 1 - float(((values - fitted) ** 2).sum()) / total


def _value(staged: Staged, name: str) -> str:
    if staged.kinds[name] == "date":
        return f"({_epoch(quoted(staged.key[1]))} - {_epoch(quoted(name))})"
    return staged.dialect.as_number(quoted(name), staged.types.get(name, ""))


def _epoch(time: str) -> str:
    return f"cast(extract(epoch from {time}) as double precision)"


def left_out(clocks: Sequence[Clock]) -> list[str]:
    """The sentence about clocks that are not learnt from."""
    if not clocks:
        return []
    are = "is a clock" if len(clocks) == 1 else "are clocks"
    return [
        f"{listed([str(clock) for clock in clocks])} {are}: all rows to be scored lie beyond those "
        "learnt from, so it is left out of what is learnt from. To keep it, say so in the spec: "
        f"keep_clocks: [{', '.join(clock.feature for clock in clocks)}]."
    ]


def looked_at(clocks: Sequence[Clock], *, version: int) -> list[str]:
    """The sentence about clocks that a champion, trained before, looks at."""
    if not clocks:
        return []
    return [
        f"Champion v{version} looks at {listed([str(clock) for clock in clocks])}, and all rows to "
        "be scored lie beyond those it learnt from. Train anew without: "
        "--vars 'foretell_train: true'."
    ]


def unlike_judged(staged: Staged, warehouse: Warehouse) -> list[str]:
    """How rows whose outcome is open differ from all that a version can have been judged by."""
    ((judged, count),) = warehouse.rows(
        f"select (select count(*) from ({staged.labelled}) as labelled), "
        f"(select count(*) from ({staged.open}) as waiting)"
    )
    if staged.spec.is_flat or not judged or not count:
        return []
    differences = [_longer(staged, warehouse)] if staged.spec.matures_at else []
    differences += [_new_slice(staged, name, warehouse) for name in staged.spec.slices]
    return [
        f"{rows / count:.1%} of the rows to be scored ({rows:,} of {count:,}) {difference}, unlike "
        "all rows that it was judged by: how good it is there is not known."
        for rows, difference in differences
        if rows
    ]


def _longer(staged: Staged, warehouse: Warehouse) -> tuple[int, str]:
    """Open rows whose horizon is longer than that of any row with an outcome."""
    seconds = f"{_epoch(MATURES_AT)} - {_epoch(quoted(staged.key[1]))}"
    ((rows, longest, longest_judged),) = warehouse.rows(
        f"select count(*), max(seconds), max(judged.longest) from (select {seconds} as seconds "
        f"from ({staged.open}) as waiting) as waiting cross join (select max({seconds}) as longest "
        f"from ({staged.labelled}) as labelled) as judged where seconds > judged.longest"
    )
    if not rows:
        return 0, ""
    days, judged = longest / 86_400, longest_judged / 86_400
    return int(rows), f"have a horizon of up to {days:,.1f} days, longer than {judged:,.1f}"


def _new_slice(staged: Staged, name: str, warehouse: Warehouse) -> tuple[int, str]:
    """Open rows with a value of a slice that no row with an outcome has."""
    value = staged.dialect.as_text(quoted(name))
    new_values = warehouse.rows(
        f"select {value}, count(*) from ({staged.open}) as waiting "
        f"where {quoted(name)} is not null and {value} not in ("
        f"select {value} from ({staged.labelled}) as labelled where {quoted(name)} is not null) "
        "group by 1 order by 2 desc, 1"
    )
    values = listed([str(new_value) for new_value, _ in new_values], most=_NAMED)
    return sum(int(rows) for _, rows in new_values), f"have a new {name} ({values})"
