"""One peer, fitted once in a process of its own: what one would write without foretell.

It reads train.parquet, test.parquet and problem.json from a folder, writes <peer>.parquet with the
scores of the test rows (`score`, or one `score_<class>` each) and prints its seconds as JSON. FLAML
runs in its own environment, so nothing is imported here that is not in both.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

LABEL, RULE = "benchmark_label", "benchmark_rule"
#: Above this many rows a linear model's strength is searched on the newest (else the first) ones.
SEARCHED_ROWS = 30_000
#: A median regression is a linear program: tried up to this many rows.
PROGRAM_ROWS = 5_000
MOST_CATEGORIES = 250


@dataclass(frozen=True)
class Task:
    """What problem.json says: the rows are in the order of time if `is_ordered`."""

    task: str
    is_ordered: bool
    threads: int
    budget: float
    seed: int

    @property
    def is_regression(self) -> bool:
        return self.task == "regression"


def linear(task: Task, train: pd.DataFrame, labels: pd.Series) -> Any:
    """Imputed, scaled and one-hot; kind and strength of shrinking by cross-validation."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import HuberRegressor, LogisticRegression, QuantileRegressor, Ridge
    from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold, TimeSeriesSplit
    from sklearn.pipeline import Pipeline, make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    texts = [name for name in train.columns if _is_text(train[name])]
    numbers = [name for name in train.columns if name not in texts]
    filled = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=20)
    columns = ColumnTransformer(
        [("numbers", make_pipeline(filled, StandardScaler()), numbers), ("texts", one_hot, texts)]
    )
    grid: list[dict[str, list[Any]]]
    if task.is_regression:
        grid = [
            {"model": [Ridge()], "model__alpha": list(np.logspace(-1, 4, 6))},
            {"model": [HuberRegressor(epsilon=1.0, max_iter=500)], "model__alpha": [1e-4, 1, 100]},
        ]
        if len(train) <= PROGRAM_ROWS:
            medians = QuantileRegressor(quantile=0.5)
            grid.append({"model": [medians], "model__alpha": [0, 1e-3, 1e-2]})
        folds: Any = KFold(5, shuffle=True, random_state=task.seed)
    else:
        logistic = LogisticRegression(max_iter=1000)
        grid = [{"model": [logistic], "model__C": list(np.logspace(-3, 2, 6))}]
        folds = StratifiedKFold(5, shuffle=True, random_state=task.seed)
    search = GridSearchCV(
        Pipeline([("columns", columns), ("model", Ridge())]),
        grid,
        scoring="neg_mean_absolute_error" if task.is_regression else "neg_log_loss",
        cv=TimeSeriesSplit(5) if task.is_ordered else folds,
        n_jobs=task.threads,
        refit=len(train) <= SEARCHED_ROWS,
    )
    if search.refit:
        return search.fit(train, labels)
    search.fit(train.tail(SEARCHED_ROWS), labels.tail(SEARCHED_ROWS))
    return search.estimator.set_params(**search.best_params_).fit(train, labels)


def boosting(task: Task, train: pd.DataFrame, labels: pd.Series) -> Any:
    """HistGradientBoosting as it comes, text as native categories; medians ask for their loss."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    if task.is_regression:
        model = HistGradientBoostingRegressor(loss="absolute_error", random_state=task.seed)
    else:
        model = HistGradientBoostingClassifier(random_state=task.seed)
    return model.fit(train, labels)


def flaml(task: Task, train: pd.DataFrame, labels: pd.Series) -> Any:
    """FLAML with the estimators that it has, the same metric and the time that foretell took."""
    from flaml import AutoML

    automl = AutoML()
    automl.fit(
        X_train=train,
        y_train=labels,
        task="regression" if task.is_regression else "classification",
        metric="mae" if task.is_regression else "log_loss",
        time_budget=task.budget,
        n_jobs=task.threads,
        seed=task.seed,
        verbose=0,
        **({"split_type": "time"} if task.is_ordered else {}),
    )
    if automl.model is None:
        raise SystemExit(f"FLAML finished no model within {task.budget:.0f} s.")
    return automl


def rule(task: Task, train: pd.DataFrame, labels: pd.Series) -> Any:
    """The simple rule: its number is the prediction, or its rank becomes a probability."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import QuantileTransformer

    filled = SimpleImputer(strategy="median", keep_empty_features=True)
    if task.is_regression:
        return _Itself(filled.fit(train))
    ranked = QuantileTransformer(n_quantiles=100, random_state=task.seed)
    return make_pipeline(filled, ranked, LogisticRegression(C=1e4)).fit(train, labels)


class _Itself:
    """Predicts the one column that it is given, filled where it is null."""

    def __init__(self, filled: Any) -> None:
        self.filled = filled

    def predict(self, rows: pd.DataFrame) -> Any:
        return np.asarray(self.filled.transform(rows))[:, 0]


def typical(task: Task, train: pd.DataFrame, labels: pd.Series) -> Any:
    """The same for every row: the rate of each class, or the median."""
    from sklearn.dummy import DummyClassifier, DummyRegressor

    if task.is_regression:
        return DummyRegressor(strategy="median").fit(train, labels)
    return DummyClassifier(strategy="prior").fit(train, labels)


PEERS = {"linear": linear, "boosting": boosting, "flaml": flaml, "rule": rule, "typical": typical}


def _is_text(column: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(column)


def read(folder: Path, peer: str) -> tuple[pd.DataFrame, pd.Series, pd.DataFrame]:
    """Training rows, their labels and test rows, as the peer takes them."""
    train, test = (pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "test"))
    labels = train.pop(LABEL)
    if peer == "rule":
        return train[[RULE]].astype(float), labels, test[[RULE]].astype(float)
    for name in train.columns:
        if name == RULE:
            train, test = train.drop(columns=RULE), test.drop(columns=RULE)
        elif not _is_text(train[name]):
            train[name], test[name] = train[name].astype(float), test[name].astype(float)
        elif peer == "linear":
            train[name], test[name] = (
                rows[name].astype(object).where(rows[name].notna(), "missing")
                for rows in (train, test)
            )
        else:
            kept = pd.CategoricalDtype(train[name].value_counts().index[:MOST_CATEGORIES].tolist())
            train[name], test[name] = train[name].astype(kept), test[name].astype(kept)
    return train, labels, test


def scores(task: Task, model: Any, test: pd.DataFrame) -> pd.DataFrame:
    """What the model says of the test rows, under the names that foretell gives it."""
    if task.is_regression:
        return pd.DataFrame({"score": np.asarray(model.predict(test), dtype=float)})
    found = np.asarray(model.predict_proba(test), dtype=float)
    if task.task == "binary":
        return pd.DataFrame({"score": found[:, 1]})
    return pd.DataFrame(found, columns=[f"score_{name}" for name in model.classes_])


def chose(model: Any) -> str:
    """What a search has found, in a word or two."""
    if hasattr(model, "best_estimator") and isinstance(model.best_estimator, str):
        return model.best_estimator
    steps = getattr(getattr(model, "best_estimator_", model), "named_steps", {})
    final = steps.get("model")
    if final is None:
        return ""
    if hasattr(final, "C"):
        return f"C={final.C:g}"
    return f"{type(final).__name__.removesuffix('Regressor').lower()} alpha={final.alpha:g}"


def main() -> None:
    """Fit, score, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("folder", type=Path)
    said = parser.parse_args()
    task = Task(**json.loads((said.folder / "problem.json").read_text(encoding="utf-8")))
    train, labels, test = read(said.folder, said.peer)
    began = time.perf_counter()
    model = PEERS[said.peer](task, train, labels)
    found = scores(task, model, test)
    seconds = time.perf_counter() - began
    found.to_parquet(said.folder / f"{said.peer}.parquet")
    sys.stdout.write("\n" + json.dumps({"seconds": seconds, "chose": chose(model)}))


if __name__ == "__main__":
    main()
