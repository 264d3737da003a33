"""Drift as a gate sees it: the same number as monitoring's, made in the warehouse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from asking import evaluate, observed, refused, session_of

from foretell.training.drift import psi, reference_of
from foretell.training.rows import UNKNOWN

TYPE = "expect_psi_below"


def sample(seed: int, size: int = 1500) -> np.ndarray:
    random = np.random.default_rng(seed)
    values = random.lognormal(size=size) - 1
    values[random.random(size) < 0.1] = np.nan
    return values


def strings(seed: int, unknown: float = 0.1) -> list[str | None]:
    random = np.random.default_rng(seed)
    drawn = random.choice([f"it's {at}" for at in range(14)], size=900, p=np.arange(1, 15) / 105)
    return [None if random.random() < unknown else str(one) for one in drawn]


@pytest.mark.parametrize("shift", [0.0, 0.3, 3.0])
def test_numbers_drift_as_in_monitoring(shift: float) -> None:
    reference, now = reference_of(sample(1)), sample(2) + shift
    session = session_of({"spend": now})
    expected = psi(reference, now)
    is_fine, found = observed(session, TYPE, column="spend", max_value=0.1, reference=reference)
    assert found == pytest.approx(expected, abs=1e-12)
    assert is_fine == (expected <= 0.1) == (shift == 0.0)


def test_nulls_and_what_is_no_number_are_the_same_bin() -> None:
    reference, now = reference_of(sample(1)), sample(2)
    as_null = session_of({"spend": [None if np.isnan(one) else float(one) for one in now]})
    as_nan = session_of({"spend": now})
    asked: dict[str, Any] = {"column": "spend", "max_value": 1.0, "reference": reference}
    assert observed(as_null, TYPE, **asked) == observed(as_nan, TYPE, **asked)


@pytest.mark.parametrize("unknown", [0.1, 0.6])
def test_strings_drift_as_in_monitoring(unknown: float) -> None:
    then, now = strings(1), strings(2, unknown)
    as_objects = [np.array([one or UNKNOWN for one in some], object) for some in (then, now)]
    reference = reference_of(as_objects[0])
    is_fine, found = observed(
        session_of({"plan": now}), TYPE, column="plan", max_value=0.2, reference=reference
    )
    assert found == pytest.approx(psi(reference, as_objects[1]), abs=1e-12)
    assert is_fine == (unknown == 0.1)


def test_whole_numbers_booleans_and_single_values() -> None:
    counts = np.random.default_rng(3).poisson(0.4, size=500)
    session = session_of({"n": counts, "is_new": counts > 0, "one": np.full(500, 7)})
    for column, values in (("n", counts), ("is_new", counts > 0), ("one", np.full(500, 7))):
        reference = reference_of(values.astype(np.float64))
        asked = {"column": column, "max_value": 0.1, "reference": reference}
        assert observed(session, TYPE, **asked) == (True, pytest.approx(0.0, abs=1e-12))


def test_edges_are_met_exactly() -> None:
    values = np.array([0.1 + 0.2, 0.3, 1e-300, 1e300, -0.1, 1 / 3] * 3)
    reference = reference_of(values)
    found = observed(session_of({"x": values}), TYPE, column="x", max_value=0, reference=reference)
    assert found == (True, 0.0)


def test_an_empty_batch_has_drifted() -> None:
    reference = reference_of(sample(1))
    asked: dict[str, Any] = {"column": "x", "max_value": 0.2, "reference": reference}
    empty = "select * from rows where false"
    is_fine, found = observed(session_of({"x": sample(1)}), TYPE, empty, **asked)
    assert not is_fine
    assert found == pytest.approx(psi(reference, np.array([])), abs=1e-12)


def test_names_of_columns_that_sql_knows() -> None:
    reference = reference_of(np.arange(50.0))
    session = session_of({"select": np.arange(50.0), "UP": np.arange(50.0)})
    for column in ("select", "UP", "up"):
        asked = {"column": column, "max_value": 0, "reference": reference}
        assert observed(session, TYPE, **asked) == (True, 0.0)


def test_elsewhere_it_is_counted_with_plain_sql() -> None:
    from foretell.validation.types.drift import Counts

    values = np.round(sample(4), 1)  # many lie on an edge
    session = session_of({"x": values})
    edges = reference_of(values)["edges"]

    from duckdb_engine import Dialect
    from sqlalchemy.dialects import postgresql

    counted = []
    for dialect in (postgresql.dialect(), Dialect()):
        for bins in (edges, []):
            made = Counts.aggregate(sa.column("x"), edges=bins, categories=None, _dialect=dialect)
            sql = sa.select(made).select_from(sa.table("rows"))
            text = str(sql.compile(dialect=Dialect(), compile_kwargs={"literal_binds": True}))
            counted.append(session.execute(text).fetchone())
    assert counted[:2] == counted[2:]


def test_a_line_without_a_reference_says_what_is_missing() -> None:
    session = session_of({"x": [1.0]})
    assert "expect_psi_below needs `reference`" in refused(session, TYPE, column="x", max_value=1)


def test_a_reference_of_the_wrong_length_is_refused() -> None:
    wrong = {"edges": [1.0], "shares": [0.5, 0.5]}
    with pytest.raises(ValueError, match="one for each bin"):
        evaluate(
            session_of({"x": [1.0]}), [(TYPE, {"column": "x", "max_value": 1, "reference": wrong})]
        )
