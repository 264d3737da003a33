"""A feature that tells the outcome alone is found whatever its shape; an honest one is not."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pytest
from made import make_request, make_rows, make_spec

from foretell.features.findings import Finding
from foretell.ground.relation import Relation
from foretell.staging.staged import Staged
from foretell.training.rows import Rows
from foretell.training.suspicious import SAME, TOO_GOOD, auc_alone, suspicious
from foretell.warehouse.duckdb import DuckDBWarehouse
from foretell.warehouse.duckdb_dialect import DuckDBDialect

RANDOM = np.random.default_rng(7)
SIZE = 2_000
LABELS = RANDOM.random(SIZE) < 0.2
DAYS = RANDOM.exponential(10, SIZE)


@pytest.mark.parametrize(
    "leak",
    [
        LABELS.astype(float),
        np.where(LABELS, -1.0, 1.0) + RANDOM.normal(scale=0.1, size=SIZE),
        np.where(LABELS, np.nan, DAYS),
        np.where(LABELS, 5 + RANDOM.random(SIZE), np.where(DAYS > 10, 20.0, 1.0)),
    ],
    ids=["the label", "its negative", "known only where it did not happen", "a band"],
)
def test_a_leak_is_too_good(leak: np.ndarray) -> None:
    found = auc_alone(LABELS, leak)
    assert found is not None
    assert found >= TOO_GOOD


@pytest.mark.parametrize("noise", [3.0, 1.5, 1.0])
def test_an_honest_recency_feature_is_not(noise: float) -> None:
    """Even one that reaches an AUC of .9 says what a good feature says."""
    labels = np.random.default_rng(3).logistic(scale=noise, size=SIZE) + DAYS / 4 > 6
    found = auc_alone(labels, DAYS)
    assert found is not None
    assert 0.6 < found < 0.96 < TOO_GOOD


def test_noise_and_constants_tell_nothing() -> None:
    for values in (
        np.random.default_rng(5).normal(size=SIZE),
        np.ones(SIZE),
        np.full(SIZE, np.nan),
    ):
        assert auc_alone(LABELS, values) == pytest.approx(0.5, abs=0.06)


def test_an_identifier_is_not_learnt_by_heart() -> None:
    assert auc_alone(LABELS, np.arange(SIZE, dtype=float)) == pytest.approx(0.5, abs=0.06)


def test_one_outcome_alone_has_no_answer() -> None:
    assert auc_alone(np.ones(SIZE, bool), DAYS) is None


VISITS = {
    "name": "feat_member__visits",
    "kind": "events",
    "topic": "visits",
    "entity": "member_id",
    "owner": "",
    "description": "",
    "at": "visited_at",
    "known_at": None,
    "order_by": None,
    "until": None,
    "filters": [],
    "code": "select 1",
    "relation": {"database": "memory", "schema": "main", "name": "visits"},
    "features": [
        {"column": "visits_count_7d", "description": "", "definition": "count", "reads": None}
    ],
}


def found_in(
    rows: Rows, *, views: list[dict[str, Any]] | None = None, table: str = "", **declared: Any
) -> list[Finding]:
    """What is questioned about rows, and about views over a table that a query makes."""
    connection = duckdb.connect()
    if table:
        connection.execute(f"create table visits as {table}")
    request = make_request(views=views or [])
    staged = Staged(
        Relation("", "", "pred"), make_spec(**declared), rows.kinds, DuckDBDialect(), {}
    )
    return suspicious(request, staged, rows, DuckDBWarehouse(connection))


def kinds_of(found: list[Finding]) -> list[tuple[str, str | None, str | None]]:
    return [(one.kind, one.view, one.feature) for one in found]


def test_a_feature_that_predicts_alone_is_named_with_its_view() -> None:
    leak = LABELS + RANDOM.normal(scale=0.01, size=SIZE)
    rows = make_rows({"visits_count_7d": leak, "days": DAYS, "copied": leak}, LABELS)
    found = found_in(rows, views=[VISITS | {"relation": None}])
    assert kinds_of(found) == [
        ("predicts alone", "feat_member__visits", "visits_count_7d"),
        ("predicts alone", None, "copied"),
    ]
    first, second = found
    assert first.message.startswith(
        "visits_count_7d of feat_member__visits alone tells has_quit almost without error "
        "(AUC 0.999)"
    )
    assert second.message.startswith("copied of the training query alone")
    assert first.severity == "warning"
    assert first.value == auc_alone(LABELS, leak)


def test_of_classes_the_one_that_it_tells_best_counts() -> None:
    labels = np.arange(SIZE) % 3
    told = np.where(labels == 2, 1.0, 0.0)
    words = np.where(labels == 0, "yes", "no")
    rows = make_rows(
        {"told": told, "words": words, "days": DAYS},
        labels,
        task="multiclass",
        classes=("a", "b", "c"),
    )
    found = found_in(rows, task="multiclass")
    assert kinds_of(found) == [("predicts alone", None, "told"), ("predicts alone", None, "words")]


def test_words_of_too_many_kinds_tell_nothing_alone() -> None:
    """Each of them is nearly an identifier; text is not looked at at all."""
    few = np.where(LABELS, "quit", np.array([f"v{at % 31}" for at in range(SIZE)]))
    many = np.where(LABELS, "quit", np.array([f"v{at % 32}" for at in range(SIZE)]))
    text = np.array([f"{'quit' if one else 'stays'} as {at} said" for at, one in enumerate(LABELS)])
    rows = make_rows({"few": few, "many": many, "text": text}, LABELS)
    assert rows.kinds["text"] == "text"
    assert kinds_of(found_in(rows)) == [("predicts alone", None, "few")]


def test_a_number_is_its_label_only_where_it_is_the_same() -> None:
    """What a number was before may come near to what it will be, and half of it must be known."""
    labels = RANDOM.normal(size=SIZE)
    near = labels + RANDOM.normal(scale=0.1, size=SIZE)
    half, most = -labels, -labels
    half, most = half.copy(), most.copy()
    half[: SIZE // 2 + 1] = np.nan
    most[: SIZE // 2] = np.nan
    columns = {"near": near, "half": half, "most": most, "constant": np.ones(SIZE)}
    rows = make_rows(columns, labels, task="regression")
    found = found_in(rows, task="regression", label="spent")
    assert kinds_of(found) == [("predicts alone", None, "most")]
    assert found[0].value == pytest.approx(1.0)
    assert "(rank correlation 1.000)" in found[0].message
    assert SAME < 1


def test_a_feature_named_after_the_future_is_questioned() -> None:
    names = ("next_visit", "is_upcoming", "paid_has_quit", "nextdoor", "days")
    rows = make_rows(dict.fromkeys(names, DAYS), LABELS)
    found = found_in(rows)
    assert kinds_of(found) == [("named after", None, name) for name in names[:3]]
    assert (
        found[0].message == "next_visit is named like something that is known after the as-of time."
    )


#: Of a hundred rows, some were paid after the day of the visit, and some on the day.
PAID = (
    "select m as member_id, timestamp '2025-03-01 08:00' as visited_at, "
    "case when m < {late} then timestamp '2025-03-02 07:00' "
    "when m < 50 then timestamp '2025-03-01 20:00' else timestamp '2025-02-01' end as paid_at, "
    "m as minutes from range(100) as members(m)"
)


@pytest.mark.parametrize(("late", "share"), [(0, None), (1, None), (2, 0.02), (30, 0.3)])
def test_events_with_times_after_their_day_are_questioned(late: int, share: float | None) -> None:
    rows = make_rows({"days": DAYS}, LABELS)
    found = found_in(rows, views=[VISITS], table=PAID.format(late=late))
    if share is None:
        assert found == []
        return
    assert kinds_of(found) == [("dated after", "feat_member__visits", None)]
    assert found[0].value == pytest.approx(share)
    assert found[0].message.startswith(
        f"feat_member__visits has paid_at after visited_at in {share:.0%} of its rows"
    )


def test_of_a_spine_a_time_on_the_day_itself_is_too_late() -> None:
    rows = make_rows({"days": DAYS}, LABELS)
    spine = VISITS | {"kind": "spine"}
    (found,) = found_in(rows, views=[spine], table=PAID.format(late=0))
    assert found.value == pytest.approx(0.5)


def test_declared_times_and_ephemeral_views_are_not_questioned() -> None:
    rows = make_rows({"days": DAYS}, LABELS)
    late = PAID.format(late=30)
    assert found_in(rows, views=[VISITS | {"known_at": "paid_at"}], table=late) == []
    assert found_in(rows, views=[VISITS | {"relation": None}], table=late) == []
    empty = f"select * from ({late}) as made where false"
    assert found_in(rows, views=[VISITS], table=empty) == []


def test_a_static_view_has_no_history() -> None:
    rows = make_rows({"days": DAYS}, LABELS)
    (found,) = found_in(
        rows, views=[VISITS | {"kind": "static", "at": None}], table="select 1 as a"
    )
    assert (found.kind, found.severity) == ("no history", "info")
    assert found.message.startswith("feat_member__visits is static")
