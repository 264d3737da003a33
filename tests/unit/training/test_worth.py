"""What a feature is worth, where the truth is known because the rows were made from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made import START, make_rows, make_spec

from foretell.ground.recipe import Recipe
from foretell.training.backtest import Contender, backtest
from foretell.training.clusters import clusters_of
from foretell.training.cutoffs import cutoffs_of
from foretell.training.rows import Rows
from foretell.training.worth import Worth, worths_of

NAMES = ("strong", "copy_of_strong", "weak", "noise", "more_noise", "constant")
VIEWS = dict.fromkeys(NAMES[:3], "feat_useful") | dict.fromkeys(NAMES[3:], "feat_useless")


def rows_of(seed: int) -> Rows:
    """3,000 members at four dates; the outcome depends on `strong` and a little on `weak`."""
    random = np.random.default_rng(seed)
    size = 3_000
    strong, weak, noise, more = random.normal(size=(4, size))
    copy = strong + random.normal(scale=0.2, size=size)
    as_of = np.repeat(START + np.arange(4) * np.timedelta64(30, "D"), 750)
    noise[random.random(size) < 0.1] = np.nan
    columns = (strong, copy, weak, noise, more, np.ones(size))
    return make_rows(
        dict(zip(NAMES, columns, strict=True)),
        1.5 * strong + 0.5 * weak + random.logistic(size=size) > 1,
        as_of=as_of,
        entity=np.tile(np.arange(750), 4),
    )


@pytest.fixture(scope="module", params=["log_loss", "roc_auc"])
def worths(request: pytest.FixtureRequest) -> dict[str, Worth]:
    return measured(request.param)


def measured(metric: str, candidate: str = "logistic", seed: int = 1) -> dict[str, Worth]:
    rows = rows_of(seed)
    cutoffs = cutoffs_of(rows).all
    (tried,) = backtest(
        [Contender(Recipe(candidate, NAMES), make_spec())],
        rows,
        cutoffs,
        seed=seed,
        progress=lambda _: None,
    ).all
    found = worths_of(
        tried,
        rows,
        cutoffs,
        metric=metric,
        entity="member_id",
        view_of=VIEWS,
        seed=seed,
        progress=lambda _: None,
    )
    return {one.name: one for one in found}


def test_verdicts_are_the_truth(worths: dict[str, Worth]) -> None:
    assert {name: one.verdict for name, one in worths.items()} == {
        "strong": "useful",
        "copy_of_strong": "useful",
        "weak": "useful",
        "noise": "worthless",
        "more_noise": "worthless",
        "constant": "worthless",
        "feat_useful": "useful",
        "feat_useless": "worthless",
    }


def test_a_copy_does_not_hide_what_a_feature_is_worth(worths: dict[str, Worth]) -> None:
    strong, copy, weak = (worths[name] for name in ("strong", "copy_of_strong", "weak"))
    assert strong.worth == copy.worth > 3 * weak.worth
    assert set(strong.cluster) == {"strong", "copy_of_strong"}
    assert weak.cluster == ("weak",)
    assert weak.importance == weak.worth
    assert copy.importance < strong.importance < strong.worth * 1.5


def test_the_interval_holds_the_worth(worths: dict[str, Worth]) -> None:
    for one in worths.values():
        assert one.lower - 1e-12 <= one.worth <= one.upper + 1e-12
    assert worths["strong"].upper - worths["strong"].lower > 0
    assert worths["constant"].upper == pytest.approx(0, abs=1e-12)


def test_the_same_seed_gives_the_same_worth() -> None:
    assert measured("brier") == measured("brier")


def test_where_nothing_tells_the_outcome_all_are_worthless() -> None:
    rows = rows_of(2)
    labels = np.random.default_rng(9).random(len(rows)) < 0.4
    rows = replace(rows, labels=labels)
    cutoffs = cutoffs_of(rows).all
    (tried,) = backtest(
        [Contender(Recipe("logistic", NAMES), make_spec())],
        rows,
        cutoffs,
        seed=1,
        progress=lambda _: None,
    ).all
    found = worths_of(
        tried, rows, cutoffs, metric="log_loss", entity="member_id", view_of=VIEWS, seed=1,
        progress=lambda _: None,
    )  # fmt: skip
    assert [one.verdict for one in found].count("worthless") >= len(found) - 1


def test_features_that_rank_alike_are_one_cluster() -> None:
    random = np.random.default_rng(3)
    base, other = random.normal(size=(2, 500))
    features = np.column_stack(
        [base, other, -np.exp(base), np.full(500, np.nan), np.where(base > 2, np.nan, base)]
    )
    groups = sorted(sorted(group) for group in clusters_of(features))
    assert groups == [[0, 2, 4], [1], [3]]
    assert clusters_of(features[:, :1]) == [[0]]
    assert clusters_of(features[:, :0]) == []


def test_values_are_shuffled_among_the_rows_of_one_date() -> None:
    """What only tells the dates apart tells nothing of the rows of one date."""
    rows = rows_of(3)
    _, date = np.unique(rows.as_of, return_inverse=True)
    rows = replace(rows, frame=rows.frame.assign(constant=date.astype(float)))
    labels = rows.labels ^ (np.random.default_rng(4).random(len(rows)) < 0.2 * (date % 2))
    rows = replace(rows, labels=labels)
    cutoffs = cutoffs_of(rows).all
    (tried,) = backtest(
        [Contender(Recipe("logistic", NAMES), make_spec())],
        rows,
        cutoffs,
        seed=1,
        progress=lambda _: None,
    ).all
    found = worths_of(
        tried, rows, cutoffs, metric="log_loss", entity="member_id", view_of=VIEWS, seed=1,
        progress=lambda _: None,
    )  # fmt: skip
    (constant,) = (one for one in found if one.name == "constant")
    assert constant.importance == pytest.approx(0, abs=1e-12)


def test_strings_have_a_worth_too() -> None:
    random = np.random.default_rng(6)
    rows = rows_of(6)
    town = np.where(rows.frame["strong"] > 0, "Bern", "Ulm").astype(object)
    other = random.choice(["x", "y", "z"], len(rows)).astype(object)
    rows = make_rows(
        {"town": town, "other": other}, rows.labels, as_of=rows.as_of,
        entity=rows.table.column("member_id"),
    )  # fmt: skip
    cutoffs = cutoffs_of(rows).all
    (tried,) = backtest(
        [Contender(Recipe("logistic", ("town", "other")), make_spec())],
        rows, cutoffs, seed=1, progress=lambda _: None,
    ).all  # fmt: skip
    first, second = worths_of(
        tried, rows, cutoffs, metric="log_loss", entity="member_id", view_of={}, seed=1,
        progress=lambda _: None,
    )  # fmt: skip
    assert (first.name, first.verdict) == ("town", "useful")
    assert second.verdict != "useful"
    assert first.worth > 10 * abs(second.worth)
