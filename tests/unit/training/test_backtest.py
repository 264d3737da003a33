"""The backtest learns only from what was known at each cut-off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from foretell.registry.versions import Recipe
from foretell.training.backtest import MAX_CUTOFFS, Contender, backtest, cutoffs_of
from foretell.training.rows import Rows

DAY = np.timedelta64(1, "D")
PRIOR, LOGISTIC = (Contender(Recipe(name, ("one", "other"))) for name in ("prior", "logistic"))


def random_rows(seed: int) -> Rows:
    """Rows at irregular as-of times, each maturing after a delay of its own."""
    random = np.random.default_rng(seed)
    size = int(random.integers(600, 1500))
    times = (
        np.datetime64("2025-01-01", "us")
        + np.sort(random.integers(0, int(random.integers(5, 200)), size)) * DAY
    )
    features = random.normal(size=(size, 2))
    return Rows(
        table=pa.table({"member_id": np.arange(size)}),
        names=("one", "other"),
        features=features,
        rule=features[:, :1],
        labels=features[:, 0] + random.normal(size=size) > 0.5,
        as_of=times,
        matures_at=times + random.integers(0, 40, size) * DAY,
    )


@pytest.mark.parametrize("seed", range(25))
def test_no_training_row_matures_after_its_cutoff(seed: int) -> None:
    rows = random_rows(seed)
    cutoffs = cutoffs_of(rows, min_rows=100, min_of_each_class=10)
    assert 0 < len(cutoffs) <= MAX_CUTOFFS
    for cutoff in cutoffs:
        first = rows.as_of[cutoff.test].min()
        assert cutoff.at == first.astype("datetime64[D]").item()
        assert (rows.matures_at[cutoff.train] <= first).all()
        assert not set(cutoff.train) & set(cutoff.test), "a row is learnt and judged by"
        assert len(cutoff.train) >= 100
        assert min(rows.labels[cutoff.train].sum(), (~rows.labels[cutoff.train]).sum()) >= 10
        assert 0 < rows.labels[cutoff.test].mean() < 1
        known = np.flatnonzero((rows.matures_at <= first) & (rows.as_of < first))
        assert np.array_equal(np.sort(cutoff.train), known), "a row that was known is left out"
    assert [one.at for one in cutoffs] == sorted(one.at for one in cutoffs)
    tested = np.concatenate([cutoff.test for cutoff in cutoffs])
    assert len(tested) == len(set(tested)), "a row is judged twice"


def test_too_little_gives_no_cutoff() -> None:
    rows = random_rows(3)
    assert cutoffs_of(rows, min_rows=10_000, min_of_each_class=10) == []
    assert cutoffs_of(rows, min_rows=100, min_of_each_class=10_000) == []
    assert cutoffs_of(rows.take(np.zeros(len(rows), bool)), min_rows=1, min_of_each_class=1) == []


def test_candidates_are_fitted_on_the_training_rows_alone() -> None:
    rows = random_rows(4)
    cutoffs = cutoffs_of(rows, min_rows=100, min_of_each_class=10)
    (prior,) = backtest([PRIOR], rows, cutoffs, seed=1, progress=lambda _: None)
    for cutoff, scores, metrics in zip(cutoffs, prior.scores, prior.metrics, strict=True):
        assert np.allclose(scores, rows.labels[cutoff.train].mean())
        assert metrics["roc_auc"] == pytest.approx(0.5)


def test_the_future_cannot_change_the_scores() -> None:
    """What happens after the last cut-off changes nothing that was scored before."""
    rows = random_rows(5)
    cutoffs = cutoffs_of(rows, min_rows=100, min_of_each_class=10)
    labels = rows.labels.copy()
    late = rows.matures_at > rows.as_of[cutoffs[0].test].min()
    labels[late] = ~labels[late]
    other = replace(rows, labels=labels)
    ours, theirs = (
        backtest([LOGISTIC], one, cutoffs[:1], seed=1, progress=lambda _: None)[0].scores[0]
        for one in (rows, other)
    )
    assert np.array_equal(ours, theirs)


def test_a_contender_looks_at_its_own_features_by_name() -> None:
    rows = random_rows(6)
    cutoffs = cutoffs_of(rows, min_rows=100, min_of_each_class=10)
    one_feature = Contender(Recipe("logistic", ("other",)), version=3)
    both, reordered, one = backtest(
        [LOGISTIC, Contender(Recipe("logistic", ("other", "one"))), one_feature],
        rows,
        cutoffs,
        seed=1,
        progress=lambda _: None,
    )
    assert np.allclose(both.scores[-1], reordered.scores[-1], atol=1e-6)
    assert both.metrics[-1]["roc_auc"] > one.metrics[-1]["roc_auc"] + 0.1, "`one` tells the label"
    assert one.contender.name == "logistic with the features of v3"
