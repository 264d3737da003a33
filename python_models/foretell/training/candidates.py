"""Estimators that compete to become a prediction's model, from simple to flexible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

from foretell.spec import CANDIDATES, PredictionSpec


@dataclass(frozen=True)
class Candidate:
    """A way to make a scikit-learn pipeline.

    Attributes
    ----------
    name
        As ``candidates`` of the spec says it, and part of a version's recipe.
    title
        As a stakeholder reads it.
    looks_at
        ``features``, or ``rule``: the one column that ``baseline.sql`` computes.
    make
        The unfitted pipeline for a seed.
    """

    name: str
    title: str
    looks_at: Literal["features", "rule"]
    make: Callable[[int], Any]


def _prior(seed: int) -> Any:
    return DummyClassifier(strategy="prior", random_state=seed)


def _rule(seed: int) -> Any:
    # Ranks first: a rule is trusted for its order, not for the shape of its numbers.
    return make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        QuantileTransformer(n_quantiles=100, random_state=seed),
        LogisticRegression(C=1e4, max_iter=1000),
    )


def _logistic(seed: int) -> Any:
    return make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(C=0.5, max_iter=2000, random_state=seed),
    )


def _hist_gradient_boosting(seed: int) -> Any:
    return HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=100,
        max_leaf_nodes=8,
        min_samples_leaf=40,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )


ALL = {
    "prior": Candidate("prior", "the overall rate", "features", _prior),
    "rule": Candidate("rule", "the simple rule", "rule", _rule),
    "logistic": Candidate("logistic", "logistic regression", "features", _logistic),
    "hist_gradient_boosting": Candidate(
        "hist_gradient_boosting", "gradient boosting", "features", _hist_gradient_boosting
    ),
}


def candidates_of(spec: PredictionSpec) -> list[Candidate]:
    """Candidates of a spec, simplest first; the prior is always among them, to be beaten."""
    wanted = CANDIDATES if spec.candidates == "auto" else ("prior", *spec.candidates)
    return [
        candidate
        for name, candidate in ALL.items()
        if name in wanted and (name != "rule" or spec.baseline is not None)
    ]
