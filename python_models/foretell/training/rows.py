"""Labelled rows in memory: a bounded sample, the same one each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from foretell.staging import MATURES_AT, RULE, Staged
from foretell.training.metrics import Bools, Floats
from foretell.warehouse.protocol import Warehouse
from foretell.warehouse.relation import quoted

#: Rows that training looks at. More would not change a model of this kind by much.
MAX_ROWS = 200_000


@dataclass(frozen=True)
class Rows:
    """Rows as estimators want them.

    Attributes
    ----------
    table
        The Arrow rows: key columns as they are.
    names, features, rule
        The features' names, ``(rows, features)`` and ``(rows, 1)`` doubles, NaN where null.
    labels
        ``(rows,)`` outcomes.
    as_of, matures_at
        ``(rows,)`` instants.
    """

    table: pa.Table
    names: tuple[str, ...]
    features: Floats
    rule: Floats
    labels: Bools
    as_of: NDArray[np.datetime64]
    matures_at: NDArray[np.datetime64]

    def columns(self, names: tuple[str, ...]) -> Floats:
        """``(rows, names)`` doubles of some features."""
        if names == self.names:
            return self.features
        return self.features[:, [self.names.index(name) for name in names]]

    def take(self, chosen: NDArray[Any]) -> Rows:
        """The rows of a mask or of positions."""
        positions = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return Rows(
            table=self.table.take(pa.array(positions)),
            names=self.names,
            features=self.features[positions],
            rule=self.rule[positions],
            labels=self.labels[positions],
            as_of=self.as_of[positions],
            matures_at=self.matures_at[positions],
        )

    def __len__(self) -> int:
        return len(self.labels)


def select_doubles(staged: Staged, query: str, *, features: tuple[str, ...]) -> str:
    """SQL for the key, the maturity, the rule and the features (as doubles) of a query's rows."""
    entity, as_of = (quoted(name) for name in staged.key)
    # A version that looks at the rule alone asks for it by name; it is there once in any case.
    doubles = [
        f"cast({quoted(name)} as double precision) as {quoted(name)}"
        for name in features
        if name != RULE
    ]
    instant = f"cast({as_of} as timestamp) as foretell_as_of"
    columns = ", ".join([entity, as_of, instant, MATURES_AT, RULE, *doubles])
    return f"select {columns} from ({query}) as staged"


def matrix(batch: pa.Table | pa.RecordBatch, columns: tuple[str, ...]) -> Floats:
    """Arrow columns as a ``(rows, columns)`` array of doubles, NaN where null."""
    made = np.empty((batch.num_rows, len(columns)), dtype=np.float64)
    for position, name in enumerate(columns):
        made[:, position] = _doubles(batch.column(name))
    return made


def _doubles(column: Any) -> Floats:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def labelled_rows(staged: Staged, warehouse: Warehouse) -> Rows:
    """Matured rows with a label, at most ``MAX_ROWS`` of them."""
    label = quoted(staged.spec.label)
    sql = select_doubles(staged, staged.labelled, features=staged.features)
    sql = sql.replace("select ", f"select cast({label} as boolean) as foretell_label, ", 1)
    table = warehouse.sample(sql, key=staged.key, limit=MAX_ROWS)
    instants = {
        name: np.asarray(table.column(name).cast(pa.timestamp("us")).to_numpy())
        for name in ("foretell_as_of", MATURES_AT)
    }
    rows = Rows(
        table=table.select(list(dict.fromkeys(staged.key))),
        names=staged.features,
        features=matrix(table, staged.features),
        rule=matrix(table, (RULE,)),
        labels=np.asarray(
            table.column("foretell_label").to_numpy(zero_copy_only=False), dtype=bool
        ),
        as_of=instants["foretell_as_of"],
        matures_at=instants[MATURES_AT],
    )
    return rows.take(np.argsort(rows.as_of, kind="stable"))
