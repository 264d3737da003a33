"""Labelled rows in memory: a bounded sample, the same one each time, ordered by key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from foretell.ground.draw import draws
from foretell.ground.kinds import ColumnKind, Kinds
from foretell.ground.names import MATURES_AT, RULE
from foretell.ground.relation import quoted
from foretell.scorers.frames import frame_of
from foretell.spec import Task
from foretell.staging.staged import Staged
from foretell.warehouse.protocol import Warehouse

if TYPE_CHECKING:
    from pandas import DataFrame

Floats = NDArray[np.float64]
#: Outcomes: booleans (binary), positions in the classes (multiclass) or doubles (regression).
Labels = NDArray[Any]

#: Rows that training looks at. More would not change a model of this kind by much.
MAX_ROWS = 200_000
#: Rows times features that it looks at: wide data are learnt from fewer rows.
MAX_VALUES = 20_000_000
#: What an unknown string is called, so that it is a category like others.
UNKNOWN = "(unknown)"

AS_OF, _LABEL = "foretell_as_of", "foretell_label"


@dataclass(frozen=True)
class Rows:
    """Rows as estimators want them.

    Attributes
    ----------
    table
        The Arrow rows: key columns as they are.
    frame
        A column per feature, and the rule's: doubles (NaN where null), or strings.
    kinds
        What kind of values each feature has, in order.
    labels
        ``(rows,)`` outcomes.
    as_of, matures_at
        ``(rows,)`` instants.
    classes
        Of a multiclass task, in order; labels are positions in them.
    slices
        ``(rows,)`` strings for each declared slice.
    """

    table: pa.Table
    frame: DataFrame
    kinds: Kinds
    task: Task
    labels: Labels
    as_of: NDArray[np.datetime64]
    matures_at: NDArray[np.datetime64]
    classes: tuple[str, ...] = ()
    slices: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The features, in order."""
        return tuple(self.kinds)

    @cached_property
    def rule(self) -> NDArray[Any]:
        """``(rows,)`` values of the rule to beat."""
        return np.asarray(self.frame[RULE])

    def draws(self, purpose: str, *, columns: Sequence[str]) -> NDArray[np.str_]:
        """``(rows,)`` numbers by which rows are drawn for a purpose, by some columns of the key."""
        keys = zip(*(self.table.column(name).to_pylist() for name in columns), strict=True)
        return np.asarray(draws(purpose, keys), dtype="U32")

    def take(self, chosen: NDArray[Any]) -> Rows:
        """The rows of a mask or of positions."""
        positions = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return Rows(
            table=self.table.take(pa.array(positions)),
            frame=self.frame.iloc[positions],
            kinds=self.kinds,
            task=self.task,
            labels=self.labels[positions],
            as_of=self.as_of[positions],
            matures_at=self.matures_at[positions],
            classes=self.classes,
            slices={name: values[positions] for name, values in self.slices.items()},
        )

    def __len__(self) -> int:
        return len(self.labels)


def select_inputs(
    staged: Staged, query: str, *, features: Sequence[str], also: Sequence[str] = ()
) -> str:
    """SQL for the key, the maturity, the rule and some features of a query's rows.

    Numbers are doubles; a date is the days from it to the row's as-of time, or in a flat table,
    which has no such time, the days since 1970.

    Parameters
    ----------
    also
        SQL of further columns, with their names.
    """
    entity, as_of = (quoted(name) for name in staged.key)
    # A version that looks at the rule alone asks for it by name; it is there once in any case.
    inputs = [
        f"{staged.feature_of('staged', name)} as {quoted(name)}"
        for name in features
        if name != RULE
    ]
    instant = f"{staged.dialect.as_instant(as_of)} as {AS_OF}"
    columns = ", ".join([*also, entity, as_of, instant, MATURES_AT, RULE, *inputs])
    return f"select {columns} from ({query}) as staged"


def values_of(
    batch: pa.Table | pa.RecordBatch, columns: Sequence[str], *, is_flat: bool
) -> dict[str, NDArray[Any]]:
    """Arrow columns as doubles (NaN where null) or strings, by name, in the order asked for."""
    as_of = None if is_flat else _instants(batch.column(AS_OF))
    return {name: _values(batch.column(name), as_of) for name in columns}


def _values(column: Any, as_of: NDArray[np.datetime64] | None) -> NDArray[Any]:
    kind = column.type
    if pa.types.is_timestamp(kind):
        instants = _instants(column)
        days = np.timedelta64(1, "D")
        epoch = np.datetime64("1970-01-01", "us")
        return np.asarray(
            (instants - epoch) / days if as_of is None else (as_of - instants) / days,
            dtype=np.float64,
        )
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _strings(column)
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _strings(column: Any) -> NDArray[Any]:
    """Strings as objects, of which each is made once: most come again."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    coded = array.fill_null(UNKNOWN).dictionary_encode()
    strings: NDArray[Any] = np.asarray(coded.dictionary.to_pylist(), dtype=object)
    return np.asarray(strings[coded.indices.to_numpy()])


def _instants(column: Any) -> NDArray[np.datetime64]:
    values = column.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype="datetime64[us]")


def labelled_rows(staged: Staged, warehouse: Warehouse) -> Rows:
    """Matured rows with a label, at most ``MAX_ROWS`` of them."""
    spec = staged.spec
    also = [f"{staged.label_of('staged')} as {_LABEL}"]
    also += [
        f"{staged.dialect.as_text(quoted(name))} as {quoted(f'foretell_slice_{number}')}"
        for number, name in enumerate(spec.slices)
    ]
    sql = select_inputs(staged, staged.labelled, features=staged.features, also=also)
    limit = min(MAX_ROWS, MAX_VALUES // max(1, len(staged.features)))
    # The day on which a flat table is read must not decide which rows are drawn.
    key = staged.key[:1] if spec.is_flat else staged.key
    table = warehouse.sample(sql, key=key, limit=limit)
    values = values_of(table, (*staged.features, RULE), is_flat=spec.is_flat)
    frame = frame_of(values, rows=table.num_rows)
    labels, classes = _labels(table.column(_LABEL), spec.task)
    rows = Rows(
        table=table.select(list(dict.fromkeys(staged.key))),
        frame=frame,
        kinds=kinds_of(frame, staged.kinds),
        task=spec.task,
        labels=labels,
        as_of=_instants(table.column(AS_OF)),
        matures_at=_instants(table.column(MATURES_AT)),
        classes=classes,
        slices={
            name: _values(table.column(f"foretell_slice_{number}"), None)
            for number, name in enumerate(spec.slices)
        },
    )
    return rows.take(np.argsort(rows.as_of, kind="stable"))


def _labels(column: Any, task: Task) -> tuple[Labels, tuple[str, ...]]:
    values = column.to_numpy(zero_copy_only=False)
    if task == "multiclass":
        classes, codes = np.unique(np.asarray(values, dtype=str), return_inverse=True)
        return codes.astype(np.int64), tuple(str(name) for name in classes)
    return np.asarray(values, dtype=bool if task == "binary" else np.float64), ()


#: Distinct strings up to which each becomes a column of its own.
FEW_CATEGORIES = 30
#: Words per value and share of values that occur once, from which strings are text; and of its
#: words, at most so many may be new each time, or they tell nothing of other rows.
WORDS_OF_TEXT, DISTINCT_OF_TEXT, NEW_WORDS = 3.0, 0.2, 0.5
#: Values that are looked at to tell.
LOOKED_AT = 2_000


def kinds_of(frame: DataFrame, columns: Mapping[str, ColumnKind]) -> Kinds:
    """The kind of each feature; of strings, judged by the values that are there."""
    kinds: dict[str, Any] = {}
    for name, kind in columns.items():
        kinds[name] = kind if kind != "string" else _kind_of_strings(frame[name])
    return kinds


def _kind_of_strings(values: Any) -> str:
    known = values[values != UNKNOWN]
    distinct = known.unique()
    if len(distinct) <= FEW_CATEGORIES:
        return "category"
    texts = [str(value).lower().split() for value in distinct[:LOOKED_AT]]
    count = sum(len(words) for words in texts)
    is_text = (
        count >= WORDS_OF_TEXT * len(texts)
        and len(distinct) >= DISTINCT_OF_TEXT * len(known)
        and len({word for words in texts for word in words}) <= NEW_WORDS * count
    )
    return "text" if is_text else "many_categories"
