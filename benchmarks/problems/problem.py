"""A problem: rows with an outcome, how an analyst would declare it, and how it is split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, StratifiedKFold

PEERS_ENVIRONMENT = Path(__file__).parents[1] / ".venv"
QUARTERS = 4


@dataclass(frozen=True)
class Split:
    """Rows to learn from and rows to judge on; the same for all.

    Attributes
    ----------
    today
        The day on which the training rows' outcomes were known; None for a flat table.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    today: str | None


@dataclass(frozen=True)
class Problem:
    """What is predicted, from what.

    Attributes
    ----------
    rows
        Reads the data: one row per entity (and as-of time), its features and its outcome.
    as_of, horizon
        As in foretell's YAML; a flat table has neither.
    starts
        First days of the periods that are tested on, newest first, and before them the end.
    rule
        The simple rule, as SQL over the rows; None where nobody would use one.
    shared
        Column of what rows have in common that strikes them together: they are drawn together
        when intervals are made, and it is no feature. The entity unless said.
    """

    name: str
    about: str
    task: Literal["binary", "multiclass", "regression"]
    entity: str
    label: str
    rows: Callable[[], pd.DataFrame]
    as_of: str | None = None
    horizon: str | None = None
    starts: tuple[str, ...] = ()
    rule: str | None = None
    shared: str | None = None

    @property
    def key(self) -> list[str]:
        """The columns that name a row."""
        return [self.entity, *([self.as_of] if self.as_of else [])]

    @property
    def rounds(self) -> int:
        """How many splits there are."""
        return len(self.starts) - 1 if self.as_of else QUARTERS

    def features(self, rows: pd.DataFrame) -> list[str]:
        """The columns that may be learnt from."""
        aside = {*self.key, self.label, self.shared}
        return [name for name in rows.columns if name not in aside]

    def split(self, rows: pd.DataFrame, round_: int) -> Split:
        """The split of a round, the first of which is 0.

        With a time: train on what had matured when a period began, test on the period. Without:
        train on three seeded quarters, test on the fourth; no row is tested on twice.
        """
        if self.as_of is None:
            labels = rows[self.label]
            kind = KFold if self.task == "regression" else StratifiedKFold
            quarters = kind(QUARTERS, shuffle=True, random_state=0).split(labels, labels)
            train, test = list(quarters)[round_]
            return Split(rows.iloc[train], rows.iloc[test], None)
        end, start = (pd.Timestamp(self.starts[one]) for one in (round_, round_ + 1))
        as_of = rows[self.as_of]
        matured = as_of + pd.Timedelta(self.horizon or "") <= start
        ordered = rows.sort_values(self.key[::-1])
        return Split(
            ordered[matured.loc[ordered.index]],
            ordered[((as_of >= start) & (as_of < end)).loc[ordered.index]],
            self.starts[round_ + 1],
        )


def file_of(package: str, *path: str) -> Path:
    """A data file inside an installed package, found without importing it.

    Raises
    ------
    SystemExit
        Neither this environment nor the peers' has the package or the file.
    """
    places = [None, *(str(one) for one in PEERS_ENVIRONMENT.glob("lib/python*/site-packages"))]
    for place in places:
        spec = PathFinder.find_spec(package, [place] if place else None)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            file = Path(folder).joinpath(*path)
            if file.exists():
                return file
    raise SystemExit(
        f"{package} has no {'/'.join(path)}, or is not installed in {PEERS_ENVIRONMENT}. "
        "Next step: benchmarks/models.py --setup"
    )


def numbered(rows: pd.DataFrame, key: str, *, expected: int) -> pd.DataFrame:
    """The rows with a number each, after a look whether the data are those that we know.

    Raises
    ------
    SystemExit
        There are more or fewer rows than expected.
    """
    if len(rows) != expected:
        raise SystemExit(
            f"The data of {key} have {len(rows):,} rows instead of {expected:,}: the package that "
            "holds them has changed. Install the versions in benchmarks/requirements-peers.txt."
        )
    return rows.reset_index(drop=True).assign(**{key: np.arange(len(rows))})
