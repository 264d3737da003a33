"""Columns as the frame that an estimator takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from foretell.scorers.inputs import Columns

if TYPE_CHECKING:
    from pandas import DataFrame


def frame_of(columns: Columns, *, rows: int) -> DataFrame:
    """A frame of columns, strings left as the objects that they are."""
    import pandas as pd

    index = pd.RangeIndex(rows)
    # pandas would make a string type of its own of them.
    return pd.DataFrame(
        {
            name: pd.Series(values, dtype=values.dtype, index=index, copy=False)
            for name, values in columns.items()
        },
        index=index,
        copy=False,
    )
