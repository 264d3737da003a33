"""Estimators that compete to become a prediction's model, from simple to flexible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import HuberRegressor, LogisticRegression, PoissonRegressor, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer

from foretell.errors import SpecError
from foretell.ground.kinds import Kinds
from foretell.spec import CANDIDATES, PredictionSpec, Task
from foretell.training.encode import for_linear, for_trees
from foretell.training.own import make_own

#: Rows of the rarest class from which boosting may keep some apart to stop by.
ENOUGH_TO_STOP = 10
#: Rows from which small trees may be more, each with a bolder step.
MANY_ROWS = 50_000
#: Classes up to which each round of boosting may make a tree for every one.
FEW_CLASSES = 3


@dataclass(frozen=True)
class Problem:
    """What an estimator is made for.

    Attributes
    ----------
    predicts
        Of a regression: ``mean``, ``median`` or ``count``: the mean of what is counted.
    kinds
        The columns that it looks at, with what kind of values each has.
    counts
        Of a classification: how many of each class there are to learn from.
    rows
        How many rows there are to learn from.
    """

    task: Task
    predicts: Literal["mean", "median", "count"] | None
    kinds: Kinds
    seed: int
    counts: tuple[int, ...] = ()
    rows: int = 0

    @property
    def target(self) -> Literal["binary", "multiclass", "continuous"]:
        """What the labels to learn from are; of many classes, only two may be there."""
        if self.task == "regression":
            return "continuous"
        return "multiclass" if len(self.counts) > 2 else "binary"


@dataclass(frozen=True)
class Candidate:
    """A way to make a scikit-learn pipeline.

    Attributes
    ----------
    name
        As ``candidates`` of the spec names it; part of a version's recipe.
    title
        As a stakeholder reads it.
    looks_at
        ``features``, or ``rule``: the one column that ``baseline.sql`` computes.
    make
        The unfitted pipeline for a problem.
    """

    name: str
    title: str
    looks_at: Literal["features", "rule"]
    make: Callable[[Problem], Any]


def _prior(problem: Problem) -> Any:
    if problem.task == "regression":
        return DummyRegressor(strategy="median" if problem.predicts == "median" else "mean")
    return DummyClassifier(strategy="prior", random_state=problem.seed)


def _rule(problem: Problem) -> Any:
    if problem.task == "multiclass":
        return make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression(C=10.0))
    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    if problem.task == "regression":
        return make_pipeline(imputer, _line(problem))
    # Ranks first: a rule is trusted for its order, not for the shape of its numbers.
    return make_pipeline(
        imputer,
        QuantileTransformer(n_quantiles=100, random_state=problem.seed),
        LogisticRegression(C=1e4, max_iter=1000),
    )


def _line(problem: Problem) -> Any:
    if problem.predicts == "median":
        # Beyond a small distance its loss is the absolute one, whose best guess is the median.
        return HuberRegressor(epsilon=1.05, alpha=1e-3, max_iter=100)
    return RidgeCV(alphas=(0.1, 1.0, 10.0, 100.0, 1000.0))


def _linear(problem: Problem) -> Any:
    encode = for_linear(problem.kinds, target=problem.target, seed=problem.seed)
    if problem.predicts == "count":
        # What it adds up is the logarithm, so that no count is below 0; as regular as `logistic`.
        return make_pipeline(
            encode, PoissonRegressor(alpha=2 / max(1, problem.rows), max_iter=2000)
        )
    return make_pipeline(encode, _line(problem))


def _logistic(problem: Problem) -> Any:
    return make_pipeline(
        for_linear(problem.kinds, target=problem.target, seed=problem.seed),
        LogisticRegression(C=0.5, max_iter=2000, random_state=problem.seed),
    )


def _boosting(problem: Problem, **settings: Any) -> Any:
    encode, categories = for_trees(problem.kinds, target=problem.target, seed=problem.seed)
    settings |= {"categorical_features": categories, "random_state": problem.seed}
    if problem.task == "regression":
        losses = {"median": "absolute_error", "count": "poisson"}
        loss = losses.get(str(problem.predicts), "squared_error")
        return make_pipeline(encode, HistGradientBoostingRegressor(loss=loss, **settings))
    return make_pipeline(encode, HistGradientBoostingClassifier(**settings))


def _rounds(problem: Problem, rounds: int) -> dict[str, Any]:
    """Rounds of boosting and their learning rate: each round makes a tree for every class, so that
    many classes get fewer and bolder rounds.
    """
    most = (
        rounds if len(problem.counts) <= FEW_CLASSES else max(40, 3 * rounds // len(problem.counts))
    )
    return {"max_iter": most, "learning_rate": 0.05 if most == rounds else 0.1}


def _hist_gradient_boosting(problem: Problem) -> Any:
    many = {"max_iter": 200, "learning_rate": 0.1}
    is_long = problem.rows >= MANY_ROWS and len(problem.counts) <= FEW_CLASSES
    return _boosting(
        problem,
        **(many if is_long else _rounds(problem, 100)),
        max_leaf_nodes=8,
        min_samples_leaf=40,
        l2_regularization=1.0,
        early_stopping=False,
    )


def _hist_gradient_boosting_large(problem: Problem) -> Any:
    # It stops early by rows of each class that it keeps apart.
    can_stop = not problem.counts or min(problem.counts) >= ENOUGH_TO_STOP
    return _boosting(
        problem,
        **_rounds(problem, 300 if can_stop else 100),
        max_leaf_nodes=31,
        min_samples_leaf=20,
        l2_regularization=1.0,
        max_features=0.5,
        early_stopping=can_stop,
        n_iter_no_change=15,
    )


def _lightgbm(problem: Problem) -> Any:
    if find_spec("lightgbm") is None:
        raise SpecError("LightGBM is not installed: pip install 'foretell[lightgbm]'")
    from lightgbm import LGBMClassifier, LGBMRegressor

    encode, _ = for_trees(problem.kinds, target=problem.target, seed=problem.seed)
    settings: dict[str, Any] = {
        "n_estimators": 200,
        "learning_rate": 0.05,
        "num_leaves": 31,
        "min_child_samples": 20,
        "reg_lambda": 1.0,
        "subsample": 0.8,
        "subsample_freq": 1,
        "colsample_bytree": 0.8,
        "random_state": problem.seed,
        "deterministic": True,
        "force_row_wise": True,
        "n_jobs": 1,
        "verbose": -1,
    }
    if problem.task == "regression":
        losses = {"median": "l1", "count": "poisson"}
        loss = losses.get(str(problem.predicts), "l2")
        return make_pipeline(encode, LGBMRegressor(objective=loss, **settings))
    return make_pipeline(encode, LGBMClassifier(**settings))


_BUILT_IN = {
    entry.name: entry
    for entry in (
        Candidate("prior", "the overall rate", "features", _prior),
        Candidate("rule", "the simple rule", "rule", _rule),
        Candidate("linear", "linear regression", "features", _linear),
        Candidate("logistic", "logistic regression", "features", _logistic),
        Candidate(
            "hist_gradient_boosting", "gradient boosting", "features", _hist_gradient_boosting
        ),
        Candidate(
            "hist_gradient_boosting_large",
            "large gradient boosting",
            "features",
            _hist_gradient_boosting_large,
        ),
        Candidate("lightgbm", "LightGBM", "features", _lightgbm),
    )
}


def candidate(name: str, *, modules: Path | None = None) -> Candidate:
    """The candidate of a name: one of foretell's, or ``module:function`` of the project's own.

    The project's own is imported when it is made, not here, from the folder ``modules``.
    """
    if name in _BUILT_IN:
        return _BUILT_IN[name]

    def make(problem: Problem) -> Any:
        return make_own(name, folder=modules, seed=problem.seed)

    return Candidate(name, f"the project's own {name}", "features", make)


def title(name: str, *, task: Task, predicts: str | None) -> str:
    """A candidate as a stakeholder reads it, for a task."""
    if name == "prior" and task == "regression":
        return "the overall median" if predicts == "median" else "the overall mean"
    return candidate(name).title


def candidates_of(spec: PredictionSpec) -> list[str]:
    """Names of a spec's candidates, simplest first; the prior is always among them, to be beaten.

    LightGBM is one only where it is named, so that what is installed does not decide who wins.
    """
    built_in = CANDIDATES[spec.task]
    if spec.candidates == "auto":
        absent = {"lightgbm"} | ({"rule"} if spec.baseline is None else set())
        return [name for name in built_in if name not in absent]
    requested = {"prior", *spec.candidates} | ({"rule"} if spec.baseline else set())
    own_names = [name for name in spec.candidates if name not in built_in]
    return [*(name for name in built_in if name in requested), *own_names]


def complexity(name: str) -> int:
    """Where a candidate stands from simple to flexible; the project's own come last."""
    names = list(_BUILT_IN)
    return names.index(name) if name in names else len(names)
