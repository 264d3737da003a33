"""Tables inside scikit-learn: small, clean, all numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
from sklearn import datasets

from problems.problem import Problem, numbered


def _frame(load: Callable[..., Any], key: str, expected: int, classes: str | None) -> pd.DataFrame:
    data = load(as_frame=True)
    named = {name: name.replace(" ", "_").replace("/", "_per_") for name in data.data.columns}
    labels = data.target if classes is None else classes + data.target.astype(str)
    return numbered(data.data.rename(columns=named).assign(outcome=labels), key, expected=expected)


PROBLEMS = (
    Problem(
        name="tumour",
        about="Is a tumour benign? Measures of 569 tissue samples (breast_cancer).",
        task="binary",
        entity="sample_id",
        label="outcome",
        rows=lambda: _frame(datasets.load_breast_cancer, "sample_id", 569, None),
    ),
    Problem(
        name="wine",
        about="Which of three growers? Chemical analyses of 178 wines.",
        task="multiclass",
        entity="wine_id",
        label="outcome",
        rows=lambda: _frame(datasets.load_wine, "wine_id", 178, "grower_"),
    ),
    Problem(
        name="digits",
        about="Which digit? 64 grey values of 1,797 written digits.",
        task="multiclass",
        entity="digit_id",
        label="outcome",
        rows=lambda: _frame(datasets.load_digits, "digit_id", 1797, "digit_"),
    ),
    Problem(
        name="diabetes",
        about="How far has the disease progressed in a year? Ten measures of 442 patients.",
        task="regression",
        entity="patient_id",
        label="outcome",
        rows=lambda: _frame(datasets.load_diabetes, "patient_id", 442, None),
    ),
)
