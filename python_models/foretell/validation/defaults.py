"""The lines that every prediction has though nobody wrote them: they follow from its spec alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from foretell.spec import PredictionSpec
from foretell.staging.staged import Staged
from foretell.validation.suite import Expectation, Line


def default_lines(staged: Staged, *, today: date) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Those of the input gate and those of the output gate."""
    entity, as_of = staged.key
    key = [entity, as_of]
    inputs = [
        _line("expect_column_values_to_not_be_null", f"Every row has its {name}", column=name)
        for name in key
    ]
    inputs.append(_line("expect_key_to_be_unique", "Each row is there once", column_list=key))
    if not staged.spec.is_flat:
        inputs.append(
            _line(
                "expect_column_max_to_be_between",
                "No row is as of a day that is yet to come",
                column=as_of,
                max_value=today + timedelta(days=1),
                strict_max=True,
            )
        )
    return tuple(inputs), tuple(_of_scores(staged.spec, key))


def _of_scores(spec: PredictionSpec, key: list[str]) -> list[Line]:
    lines = [
        _line("expect_no_missing_predictions", "Every row that was to be scored has a score"),
        _line("expect_key_to_be_unique", "Each row is scored once", column_list=key),
    ]
    if spec.task != "regression":
        lines.append(
            _line(
                "expect_column_values_to_be_between",
                "Scores are probabilities",
                column="score",
                min_value=0,
                max_value=1,
            )
        )
    return lines


def without_written(defaults: Sequence[Line], written: Sequence[Line]) -> list[Line]:
    """The defaults for whose type and columns a person has written no line."""
    written_keys = {(line.expectation.type, line.columns) for line in written}
    return [line for line in defaults if (line.expectation.type, line.columns) not in written_keys]


def _line(kind: str, description: str, **kwargs: Any) -> Line:
    return Line(
        Expectation(type=kind, kwargs=kwargs, description=description), "default", "default"
    )
