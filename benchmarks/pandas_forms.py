"""The same features computed in pandas, from rows that were fetched and are written back."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas.api.indexers import BaseIndexer
from sql_forms import WINDOWS

_AGGREGATES = {
    "orders_count": ("amount", "count"),
    "orders_sum_amount": ("amount", "sum"),
    "orders_avg_amount": ("amount", "mean"),
    "orders_min_amount": ("amount", "min"),
    "orders_max_amount": ("amount", "max"),
    "orders_count_distinct_product_id": ("product_id", "nunique"),
}
_ZERO_WITHOUT_ORDERS = ("orders_count", "orders_sum_amount", "orders_count_distinct_product_id")


class _Spans(BaseIndexer):
    """Windows whose first and last rows are known."""

    def get_window_bounds(
        self,
        num_values: int = 0,
        min_periods: int | None = None,
        center: bool | None = None,
        closed: str | None = None,
        step: int | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        return self.start, self.end


def rolling(as_of: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """The usual way: `groupby(entity).rolling(days, closed="left")`, read at the as-of rows.

    A `merge_asof` with windows rolled at the orders would keep what was counted at the last one:
    it goes stale. So the as-of rows roll along, as rows without an amount.
    """
    both = _both(as_of, orders).sort_values(["customer_id", "at"], kind="stable", ignore_index=True)
    found = _AtAsOf(both)
    for days in WINDOWS:
        windows = both.groupby("customer_id", sort=False).rolling(
            f"{days}D", on="at", closed="left", min_periods=1
        )
        for name, (column, call) in _AGGREGATES.items():
            found.keep(f"{name}_{days}d", getattr(windows[column], call)())
    return found.frame


def merge_asof(as_of: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """The fastest way found: one rolling over all entities, within bounds from `merge_asof`."""
    both = _both(as_of, orders)
    both = both.iloc[np.lexsort((both["at"], both["customer_id"]))].reset_index(drop=True)
    places = both[["customer_id", "at"]].assign(place=np.arange(len(both)))
    places = places.sort_values("at", kind="stable", ignore_index=True)
    found = _AtAsOf(both)
    start = np.empty(len(both), dtype=np.int64)
    for days in WINDOWS:
        began = places.assign(at=places["at"] - pd.Timedelta(days=days))
        first = pd.merge_asof(
            began, places, on="at", by="customer_id", direction="forward", suffixes=("", "_first")
        )
        start[first["place"].to_numpy()] = first["place_first"].to_numpy()
        windows = both.rolling(_Spans(start=start, end=np.arange(len(both))), min_periods=1)
        for name, (column, call) in _AGGREGATES.items():
            found.keep(f"{name}_{days}d", getattr(windows[column], call)())
    return found.frame


def _both(as_of: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """As-of rows and orders as one frame; as-of rows first, so that ties stay invisible."""
    return pd.concat(
        [
            as_of.rename(columns={"as_of_at": "at"}).assign(is_as_of=True),
            orders.rename(columns={"ordered_at": "at"}).assign(is_as_of=False),
        ],
        ignore_index=True,
    )


class _AtAsOf:
    """The features at the as-of rows of a frame; those of its orders are dropped at once."""

    def __init__(self, both: pd.DataFrame) -> None:
        self._rows = both["is_as_of"].to_numpy()
        self.frame = both.loc[self._rows, ["customer_id", "at"]].rename(columns={"at": "as_of_at"})

    def keep(self, feature: str, values: pd.Series) -> None:
        kept = values.to_numpy()[self._rows]
        if feature.rpartition("_")[0] in _ZERO_WITHOUT_ORDERS:
            kept = np.nan_to_num(kept)
        self.frame[feature] = kept
