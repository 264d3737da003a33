"""How benchmarks/models.py judges: checked against scikit-learn and against known cases."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

_FILE = Path(__file__).parents[2] / "benchmarks" / "judge.py"


@pytest.fixture(scope="module")
def judge() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_judge", _FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _judged(judge: ModuleType, truth: object, **scores: pd.DataFrame) -> list:
    labels = pd.Series(truth)
    return [judge.Judged(labels, pd.Series(range(len(labels))).astype(str), scores)]


def _values(judge: ModuleType, rounds: list, metric: str, task: str) -> dict[str, float]:
    return judge.compare(rounds, metric, task, ours="ours", draws=50, seed=0).values


def test_binary_metrics_are_those_of_scikit_learn_also_with_ties(judge: ModuleType) -> None:
    chance = np.random.default_rng(0)
    truth = chance.random(400) < 0.3
    score = np.clip(np.round(chance.random(400) * 0.6 + truth * 0.2, 1), 0.05, 0.95)
    rounds = _judged(judge, truth, ours=pd.DataFrame({"score": score}))
    assert _values(judge, rounds, "AUC", "binary")["ours"] == pytest.approx(
        roc_auc_score(truth, score)
    )
    assert _values(judge, rounds, "log loss", "binary")["ours"] == pytest.approx(
        log_loss(truth, score)
    )


def test_multiclass_metrics_are_those_of_scikit_learn(judge: ModuleType) -> None:
    chance = np.random.default_rng(1)
    truth = chance.choice(["a", "b", "c"], 300)
    table = chance.dirichlet([1, 1, 1], 300) * 0.7 + 0.3 * (truth[:, None] == ["a", "b", "c"])
    # Columns in another order than the classes sort.
    ours = pd.DataFrame(table, columns=["score_a", "score_b", "score_c"])[
        ["score_c", "score_a", "score_b"]
    ]
    rounds = _judged(judge, truth, ours=ours)
    expected = {
        "log loss": log_loss(truth, table),
        "accuracy": accuracy_score(truth, np.array(["a", "b", "c"])[table.argmax(axis=1)]),
        "AUC": roc_auc_score(truth, table, multi_class="ovr"),
    }
    for metric, value in expected.items():
        assert _values(judge, rounds, metric, "multiclass")["ours"] == pytest.approx(value)


def test_a_smaller_error_is_better_and_the_same_scores_are_a_tie(judge: ModuleType) -> None:
    truth = np.arange(200.0)
    scores = {
        "ours": pd.DataFrame({"score": truth + 1}),
        "same": pd.DataFrame({"score": truth - 1}),
        "farther": pd.DataFrame({"score": truth + 2 + np.arange(200) % 2}),
    }
    found = judge.compare(
        _judged(judge, truth, **scores), "MAE", "regression", ours="ours", draws=50, seed=0
    )
    assert found.verdict("farther") == "better"
    assert found.against["farther"][0] == pytest.approx(1 / 2.5 - 1)
    assert found.verdict("same") == "tie"


def test_rows_that_are_struck_together_widen_the_interval(judge: ModuleType) -> None:
    chance = np.random.default_rng(2)
    days = np.repeat(np.arange(20), 50)
    truth = pd.Series(np.zeros(1000))
    scores = {
        "ours": pd.DataFrame({"score": 1 + np.repeat(chance.random(20), 50)}),
        "theirs": pd.DataFrame({"score": np.full(1000, 1.5)}),
    }

    def width(together: pd.Series) -> float:
        rounds = [judge.Judged(truth, together.astype(str), scores)]
        how = {"ours": "ours", "draws": 200, "seed": 0}
        _, low, high = judge.compare(rounds, "MAE", "regression", **how).against["theirs"]
        return high - low

    assert width(pd.Series(days)) > 3 * width(pd.Series(range(1000)))
