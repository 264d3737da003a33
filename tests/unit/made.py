"""Rows and specs that tests make, with as little said as a test needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from foretell.ground.kinds import ColumnKind
from foretell.ground.names import RULE
from foretell.request import Request, read_request
from foretell.spec import PredictionSpec, Task
from foretell.training.rows import Rows, kinds_of

DAY = np.timedelta64(1, "D")
START = np.datetime64("2025-01-01", "us")


def make_spec(**changes: Any) -> PredictionSpec:
    said = {
        "task": "binary",
        "entity": "member_id",
        "as_of": "as_of_date",
        "label": "has_quit",
        "horizon": "30 days",
    } | changes
    return PredictionSpec.model_validate(
        {name: value for name, value in said.items() if value is not ...}
    )


def make_request(**changes: Any) -> Request:
    """What dbt asks for in a project whose database and schema are `gym`."""
    place = {"database": "gym", "schema": "gym"}
    empty = dict.fromkeys(
        ("file", "description", "sql", "invocation_id", "suite", "modules", "logs"), ""
    )
    said = {
        "prediction": "pred",
        "declared": {},
        "views": [],
        "column_tags": {},
        "today": "2025-08-01",
        "train": False,
        "full_refresh": False,
        "reset": False,
        "train_seconds": "600",
        "gates": True,
        "relation": place | {"name": "pred"},
        "stores": place,
        "champion_from": None,
    }
    return read_request(json.dumps(empty | said | changes))


def make_frame(columns: Mapping[str, Any]) -> pd.DataFrame:
    """Columns as the engine has them: doubles, or strings as objects."""
    made = {}
    for name, values in columns.items():
        array = np.asarray(values)
        kind = object if array.dtype.kind in "OU" else np.float64
        made[name] = pd.Series(array.astype(kind), dtype=kind)
    return pd.DataFrame(made)


def make_rows(
    columns: Mapping[str, Any],
    labels: Any,
    *,
    task: Task = "binary",
    as_of: Any = None,
    matures_at: Any = None,
    entity: Any = None,
    rule: Any = None,
    classes: tuple[str, ...] = (),
    slices: Mapping[str, Any] | None = None,
    dates: tuple[str, ...] = (),
) -> Rows:
    """Rows of features, which all have one as-of time and mature 30 days later unless said."""
    labels = np.asarray(labels)
    size = len(labels)
    as_of = np.full(size, START) if as_of is None else as_of
    frame = make_frame({**columns, RULE: np.zeros(size) if rule is None else rule})

    def kind(name: str) -> ColumnKind:
        if name in dates:
            return "date"
        return "string" if frame[name].dtype == object else "number"

    return Rows(
        table=pa.table({"member_id": np.arange(size) if entity is None else entity}),
        frame=frame,
        kinds=kinds_of(frame, {name: kind(name) for name in columns}),
        task=task,
        labels=labels,
        as_of=as_of,
        matures_at=as_of + 30 * DAY if matures_at is None else matures_at,
        classes=classes,
        slices={name: np.asarray(values, object) for name, values in (slices or {}).items()},
    )
