"""However many lines a gate has, the rows are read by a handful of statements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from asking import error_of, evaluate, session_of, statements

from foretell.training.drift import reference_of

VALUES = np.random.default_rng(1).random((200, 20))
REFERENCE = reference_of(VALUES[:, 0])


def test_a_hundred_lines_on_twenty_columns_are_one_select(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"c{at}" for at in range(20)]
    session = session_of(dict(zip(names, VALUES.T, strict=True)))
    lines: list[tuple[str, dict[str, Any]]] = [("expect_key_to_be_unique", {"column_list": names})]
    lines.append(("expect_calibration_error_below", {"score": "c0", "label": "c1", "max_value": 9}))
    for name in names:
        psi = {"column": name, "max_value": 1, "reference": REFERENCE}
        lines += [
            ("expect_psi_below", psi),
            ("expect_column_quantile_between", {"column": name, "quantile": 0.5, "max_value": 1}),
            ("expect_column_mean_to_be_between", {"column": name, "max_value": 1}),
            ("expect_column_min_to_be_between", {"column": name, "min_value": 0}),
            ("expect_column_proportion_of_non_null_values_to_be_between",
             {"column": name, "min_value": 1}),
        ]  # fmt: skip
    with statements(monkeypatch) as seen:
        results = evaluate(session, lines)
    assert [error_of(one) for one in results if not one.success] == []
    read = [one for one in seen if "from rows" in one]
    # How many rows there are, and all the rest.
    assert len(read) == 2, read
    assert len(seen) == len(read) + 2, seen


@pytest.mark.parametrize(
    ("most_held", "aggregate"), [(400, "quantile_cont("), (399, "approx_quantile(")]
)
def test_lines_of_one_column_share_what_they_measure(
    most_held: int, aggregate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foretell.warehouse.duckdb_dialect._MOST_HELD", most_held)
    session = session_of({"x": VALUES[:, 0], "y": VALUES[:, 1]})
    line = "expect_column_quantile_between"
    asked = [
        (line, {"column": "x", "quantile": share, "max_value": limit})
        for share in (0.05, 0.5, 0.95)
        for limit in (1, 2)
    ]
    with statements(monkeypatch) as seen:
        evaluate(session, asked)
    assert sum(one.count(aggregate) for one in seen) == 1
