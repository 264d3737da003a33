"""The columns of a published prediction, described once.

The engine writes them, the materialization makes an empty view of them before there is a score, the
dashboards plan with them, and the training query may not use their names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from foretell.ground.names import READ_ON
from foretell.ground.relation import quoted
from foretell.spec import PredictionSpec

#: What a column is for. A `key` or `slice` has the type that the training query gives it.
Part = Literal["key", "score", "acting", "reason", "slice", "record"]
Type = Literal["double precision", "varchar", "boolean", "integer", "timestamp", "date"]

#: Beginnings of names that are numbered, or named after a class.
_NUMBERED = ("reason_", "score_")

#: A minus is a sign at the beginning or end of a class, and joins words between them.
_SIGNS = {"+": "plus", "-": "minus", "<": "under", ">": "over", "=": "equal", "%": "percent"}
_SIGN = re.compile(r"[+<>=%]|(?<!\S)-(?=\S)|(?<=\S)-(?!\S)")
_OF_INTERVALS = ("lower", "upper")


@dataclass(frozen=True)
class Column:
    """One column of a prediction.

    Attributes
    ----------
    type
        Of standard SQL; None where it is the training query's.
    is_in_view
        Whether the prediction's view shows it, or only its history has it.
    """

    name: str
    part: Part
    type: Type | None
    is_in_view: bool = True


_SCORE = Column("score", "score", "double precision")
_PREDICTED = Column("predicted", "score", "varchar")
_ENDS = tuple(Column(name, "score", "double precision") for name in ("score_lower", "score_upper"))
_NAMED = Column("is_named", "acting", "boolean")
_EXPECTED = Column("expected_value", "acting", "double precision")
_RECORD = (
    Column("model_version", "record", "integer"),
    Column("origin", "record", "varchar"),
    Column("scored_at", "record", "timestamp"),
    Column("matures_at", "record", "timestamp"),
    Column("today", "record", "date", is_in_view=False),
    Column("run_id", "record", "varchar", is_in_view=False),
)
#: Whether a row is its entity's newest: the view alone has it.
IS_LATEST = Column("is_latest", "record", "boolean")

#: Names that keys and slices may not have.
TAKEN = frozenset(
    column.name for column in (_SCORE, _PREDICTED, *_ENDS, _NAMED, _EXPECTED, *_RECORD, IS_LATEST)
)


def is_taken(name: str) -> bool:
    """Whether foretell adds, or may add, a column of this name, in whatever case."""
    return name.lower() in TAKEN or name.lower().startswith(_NUMBERED)


def columns_of(spec: PredictionSpec, *, classes: Sequence[str] = ()) -> tuple[Column, ...]:
    """The columns of a prediction in the order in which its view shows them.

    Parameters
    ----------
    classes
        Of a multiclass task, once they are known.
    """
    key = (spec.entity, spec.as_of or READ_ON)
    scores = {
        "binary": (_SCORE,),
        "multiclass": (
            _PREDICTED,
            _SCORE,
            *(Column(name, "score", "double precision") for name in class_columns(classes)),
        ),
        "regression": (_SCORE, *_ENDS),
    }[spec.task]
    acting = [_NAMED] if spec.task == "binary" else []
    acting += [_EXPECTED] if spec.task == "binary" and spec.value.is_priced else []
    return (
        *(Column(name, "key", None) for name in key),
        *scores,
        *acting,
        *(Column(name, "reason", "varchar") for name in reason_columns(spec.reasons)),
        *(Column(name, "slice", None) for name in spec.slices if name not in key),
        *_RECORD,
    )


def reason_columns(count: int) -> list[str]:
    """Names of the columns that hold reasons."""
    return [f"reason_{number}" for number in range(1, count + 1)]


def class_columns(classes: Sequence[str]) -> list[str]:
    """A column for each class, called after the class alone: every version names it the same.

    Classes that differ only in case or punctuation would share a name, since databases do not tell
    columns apart by case: each of them gets a suffix made of the class.
    """
    plain = [_called_after(class_name) for class_name in classes]
    return [
        name if plain.count(name) == 1 else f"{name}_{_mark(class_name)}"
        for name, class_name in zip(plain, classes, strict=True)
    ]


def class_columns_in(classes: Sequence[str], columns: Collection[str]) -> list[str | None]:
    """The column that holds each class among those that one version filled; None where none does.

    Outcomes may be of fewer classes than the version knew, or of more.
    """
    earlier = _class_columns_of_version_0_1(classes)
    names = class_columns(classes)
    if set(earlier) <= set(columns) and not set(names) <= set(columns):
        return list(earlier)
    matches: list[str | None] = []
    for class_name in classes:
        plain = _called_after(class_name)
        candidates = [name for name in (f"{plain}_{_mark(class_name)}", plain) if name in columns]
        matches.append(next((name for name in candidates if name not in matches), None))
    return matches


def _called_after(class_name: str) -> str:
    """``score_`` and a class in lower case, its signs in words; a suffix where nothing is left."""
    signed = _SIGN.sub(lambda sign: f" {_SIGNS[sign[0]]} ", class_name.lower())
    name = re.sub(r"\W+", "_", signed).strip("_")
    if not name or name in _OF_INTERVALS:
        return "score_" + "_".join(part for part in (name, _mark(class_name)) if part)
    return f"score_{name}"


def _mark(class_name: str) -> str:
    return hashlib.sha256(class_name.encode("utf-8", "surrogatepass")).hexdigest()[:6]


def _class_columns_of_version_0_1(classes: Sequence[str]) -> list[str]:
    names: list[str] = []
    for number, class_name in enumerate(classes):
        name = plain = "score_" + (
            re.sub(r"\W+", "_", class_name.lower()).strip("_") or str(number)
        )
        while name in names:
            number += 1
            name = f"{plain}_{number}"
        names.append(name)
    return names


def view_columns(spec: PredictionSpec, history: Collection[str]) -> list[str]:
    """Names of the columns that a prediction's view shows of its history, in order, but the key.

    Classes, reasons and prices of earlier specs are among them: what was published stays readable.
    """
    slices = [column.name for column in columns_of(spec) if column.part == "slice"]
    return [
        *(name for name in (_PREDICTED.name, _SCORE.name) if name in history),
        *(name for name in history if name.startswith("score_")),
        *(column.name for column in (_NAMED, _EXPECTED) if column.name in history),
        *sorted(name for name in history if name.startswith("reason_")),
        *(name for name in slices if name in history),
        *(column.name for column in _RECORD if column.is_in_view),
    ]


def select_none(columns: Iterable[Column], source: str, *, flat: bool) -> str:
    """Query for columns of a prediction without any rows.

    Parameters
    ----------
    source
        What has the keys and slices: a relation, or a query in brackets.
    flat
        Whether that has no as-of column, as the query of a flat table.
    """
    listed = []
    for column in columns:
        is_read = column.type is None and not (flat and column.name == READ_ON)
        value = quoted(column.name) if is_read else f"cast(null as {column.type or 'date'})"
        listed.append(value if is_read else f"{value} as {quoted(column.name)}")
    columns_sql = ",\n    ".join(listed)
    return f"select\n    {columns_sql}\nfrom {source} as no_rows\nwhere 1 = 0"
