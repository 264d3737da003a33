"""The backtest learns only from what was known at each cut-off."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made import DAY, START, make_rows, make_spec

from foretell.ground.recipe import Recipe
from foretell.training.backtest import Backtested, Contender, Tried, backtest
from foretell.training.budget import Budget
from foretell.training.cutoffs import cutoffs_of
from foretell.training.rows import Rows

SPEC = make_spec()
PRIOR, LOGISTIC = (
    Contender(Recipe(name, ("one", "other")), SPEC) for name in ("prior", "logistic")
)


def random_rows(seed: int) -> Rows:
    """Rows at irregular as-of times, each maturing after a delay of its own."""
    random = np.random.default_rng(seed)
    size = int(random.integers(600, 1500))
    times = START + np.sort(random.integers(0, int(random.integers(5, 200)), size)) * DAY
    one, other = random.normal(size=(2, size))
    return make_rows(
        {"one": one, "other": other},
        one + random.normal(size=size) > 0.5,
        as_of=times,
        matures_at=times + random.integers(0, 40, size) * DAY,
    )


def test_candidates_are_fitted_on_the_training_rows_alone() -> None:
    rows = random_rows(4)
    cutoffs = cutoffs_of(rows).all
    (prior,) = backtest([PRIOR], rows, cutoffs, seed=1, progress=lambda _: None).all
    for cutoff, scores, metrics in zip(cutoffs, prior.scores, prior.metrics, strict=True):
        assert np.allclose(scores, rows.labels[cutoff.train].mean())
        assert metrics["roc_auc"] == pytest.approx(0.5)


def test_the_future_cannot_change_the_scores() -> None:
    """What happens after the last cut-off changes nothing that was scored before."""
    rows = random_rows(5)
    cutoffs = cutoffs_of(rows).all
    labels = rows.labels.copy()
    late = rows.matures_at > rows.as_of[cutoffs[0].test].min()
    labels[late] = ~labels[late]
    other = replace(rows, labels=labels)
    ours, theirs = (
        backtest([LOGISTIC], one, cutoffs[:1], seed=1, progress=lambda _: None).all[0].scores[0]
        for one in (rows, other)
    )
    assert np.array_equal(ours, theirs)


def test_a_contender_looks_at_its_own_features_by_name() -> None:
    rows = random_rows(6)
    cutoffs = cutoffs_of(rows).all
    one_feature = Contender(Recipe("logistic", ("other",)), SPEC, version=3)
    both, reordered, one = backtest(
        [LOGISTIC, Contender(Recipe("logistic", ("other", "one")), SPEC), one_feature],
        rows,
        cutoffs,
        seed=1,
        progress=lambda _: None,
    ).all
    assert np.allclose(both.scores[-1], reordered.scores[-1], atol=1e-6)
    assert both.metrics[-1]["roc_auc"] > one.metrics[-1]["roc_auc"] + 0.1, "`one` tells the label"
    assert one.contender.name == "logistic with the features of v3"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module of a project's own, with estimators good and bad."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "own_estimators.py").write_text(
        "import numpy as np\n"
        "from sklearn.dummy import DummyClassifier\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "def good(seed):\n    return LogisticRegression(random_state=seed)\n"
        "def fails(seed):\n    raise RuntimeError('no licence\\nmore lines')\n"
        "class Nan(DummyClassifier):\n"
        "    def predict_proba(self, X):\n        return super().predict_proba(X) * np.nan\n"
        "def nan(seed):\n    return Nan()\n"
        "def double(x):\n    return 2 * x\n"
        "def unstorable(seed):\n"
        "    from sklearn.pipeline import make_pipeline\n"
        "    from sklearn.preprocessing import FunctionTransformer\n"
        "    return make_pipeline(FunctionTransformer(double), LogisticRegression())\n"
    )
    return "own_estimators"


def test_a_candidate_that_raises_is_left_out_and_noted(own: str, tmp_path: Path) -> None:
    rows = random_rows(7)
    cutoffs = cutoffs_of(rows).all
    names = [f"{own}:{name}" for name in ("good", "fails", "nan", "absent", "unstorable")]
    names += ["absent_module:make", "cProfile:run", "sklearn.svm:SVC", "builtins:exec"]
    contenders = [
        Contender(Recipe(name, ("one", "other")), SPEC, modules=tmp_path) for name in names
    ]
    told: list[str] = []
    tried = backtest([PRIOR, *contenders], rows, cutoffs, seed=1, progress=told.append)
    assert [one.contender.name for one in tried.all] == ["prior", f"{own}:good"]
    assert tried.all[1].metrics[-1]["roc_auc"] > 0.6
    failed, nan, absent, unstorable, module, *elsewhere = tried.notes
    assert failed == f"Candidate {own}:fails was left out: RuntimeError: no licence"
    assert "it gave scores that are no numbers" in nan
    assert "python_models/own_estimators.py has no function absent" in absent
    assert "it holds own_estimators.double, and a stored model may hold only" in unstorable
    assert "No module named 'absent_module'" in module
    assert len(elsewhere) == 3
    assert all(f"which is not in {tmp_path}" in one for one in elsewhere)
    assert set(tried.notes) <= set(told), "it is told while it happens, too"


def test_a_spent_budget_tries_only_what_others_are_compared_with() -> None:
    rows = random_rows(8)
    needed = replace(PRIOR, is_needed=True)
    tried = backtest(
        [needed, LOGISTIC], rows, cutoffs_of(rows).all, seed=1, progress=lambda _: None,
        budget=Budget(seconds=0),
    )  # fmt: skip
    assert [one.contender.name for one in tried.all] == ["prior"]
    (note,) = tried.notes
    assert "before logistic could be tried" in note
    ample = backtest(
        [needed, LOGISTIC], rows, cutoffs_of(rows).all, seed=1, progress=lambda _: None,
        budget=Budget(seconds=1e6),
    )  # fmt: skip
    assert len(ample.all) == 2
    assert ample.notes == ()


def test_a_hopeless_contender_is_given_up_and_others_are_completed() -> None:
    rows = random_rows(7)
    cutoffs = cutoffs_of(rows).all
    assert len(cutoffs) == 6
    slow = Contender(Recipe("logistic", ("other",)), SPEC, version=3)
    seen = []

    def hopeless(begun: Backtested, done: Sequence[Backtested]) -> str | None:
        seen.append((begun.contender.name, len(begun.scores), [len(one.scores) for one in done]))
        return "it is slow" if begun.contender is slow else None

    def run(**how: Any) -> Tried:
        needed = replace(PRIOR, is_needed=True)
        contenders = [needed, LOGISTIC, slow]
        return backtest(contenders, rows, cutoffs, seed=1, progress=lambda _: None, **how)

    tried = run(first=(2, 3, 4), hopeless=hopeless)
    assert seen == [("logistic", 3, [3]), (slow.name, 3, [3, 3])]
    (note,) = tried.given_up
    assert note == f"{slow.name} was given up after 3 cut-offs: it is slow"
    assert tried.notes == (), "that is no reason to warn anybody"
    everything = run()
    assert len(everything.all) == 3
    for ours, theirs in zip(tried.all, everything.all, strict=False):
        for one, other in zip(ours.scores, theirs.scores, strict=True):
            assert np.array_equal(one, other), "in the order of the cut-offs, as if never begun"


def test_all_that_was_not_tried_is_named_once_and_what_is_tried_is_told() -> None:
    rows = random_rows(8)
    cutoffs = cutoffs_of(rows).all
    told: list[str] = []
    other = Contender(Recipe("hist_gradient_boosting", ("one",)), SPEC)
    needed = replace(PRIOR, is_needed=True)
    tried = backtest(
        [LOGISTIC, other, needed], rows, cutoffs, seed=1, progress=told.append,
        budget=Budget(seconds=0),
    )  # fmt: skip
    assert [one.contender.name for one in tried.all] == ["prior"]
    assert "before logistic, hist_gradient_boosting could be tried" in tried.notes[0]
    assert told == [f"backtest prior at {len(cutoffs)} cut-offs", tried.notes[0]]
    backtest([PRIOR], rows, cutoffs[:1], seed=1, progress=told.append)
    assert told[-1] == "backtest prior at 1 cut-off"
    flat = cutoffs_of(rows, is_flat=True).all
    backtest([PRIOR], rows, flat, seed=1, progress=told.append)
    assert told[-1] == f"backtest prior at {len(flat) - 1} folds and a quarter held out"


def test_what_follows_a_hopeless_contender_is_tried_all_the_same() -> None:
    rows = random_rows(7)
    cutoffs = cutoffs_of(rows).all
    hopeless = Contender(Recipe("logistic", ("other",)), SPEC, version=3)

    def why(begun: Backtested, done: Sequence[Backtested]) -> str | None:
        return "it is slow" if begun.contender is hopeless else None

    tried = backtest(
        [replace(PRIOR, is_needed=True), hopeless, LOGISTIC], rows, cutoffs, seed=1,
        progress=lambda _: None, first=(2, 3, 4), hopeless=why,
    )  # fmt: skip
    assert [one.contender.name for one in tried.all] == ["prior", "logistic"]


def test_an_own_estimator_may_lie_in_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    folder = tmp_path / "own_folder" / "models"
    folder.mkdir(parents=True)
    (folder / "made_here.py").write_text(
        "from sklearn.linear_model import LogisticRegression\n"
        "def make(seed):\n    return LogisticRegression(random_state=seed)\n"
    )
    rows = random_rows(7)
    recipe = Recipe("own_folder.models.made_here:make", ("one", "other"))
    tried = backtest(
        [Contender(recipe, SPEC, modules=tmp_path)], rows, cutoffs_of(rows).all, seed=1,
        progress=lambda _: None,
    )  # fmt: skip
    assert tried.notes == ()
    assert [one.contender.recipe for one in tried.all] == [recipe]
