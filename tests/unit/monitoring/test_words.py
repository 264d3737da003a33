"""Quality in the words of the business."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from foretell.monitoring import words
from foretell.monitoring.performance import Outcomes, quality
from foretell.monitoring.words import capacity_sentence, error_sentence
from foretell.spec import PredictionSpec


def test_the_sentence_names_who_what_and_chance() -> None:
    assert capacity_sentence(
        entity="loyal_member_id", label="has_quit_early", rows=4000, positives=1500, named=1000,
        hits=900,
    ) == (
        "900 of 1,500 loyal members that quit early were among the 1,000 named; "
        "by chance it would be 375"
    )  # fmt: skip


def test_naming_all_is_chance() -> None:
    said = capacity_sentence(entity="x_id", label="is_y", rows=3, positives=3, named=3, hits=3)
    assert said.endswith("by chance it would be 3")


def test_no_rows_are_no_division() -> None:
    said = capacity_sentence(entity="x_id", label="is_y", rows=0, positives=0, named=0, hits=0)
    assert said == "0 of 0 xs that y were among the 0 named; by chance it would be 0"


@pytest.mark.parametrize(("capacity", "named"), [(3, 3), (None, 2), (100, 20)])
def test_quality_counts_within_the_capacity(capacity: int | None, named: int) -> None:
    spec = PredictionSpec.model_validate(
        {
            "task": "binary",
            "entity": "member_id",
            "as_of": "as_of_date",
            "label": "has_quit",
            "horizon": "30 days",
            "value": {"capacity": capacity},
        }
    )
    labels = np.arange(20) >= 15
    scores = np.linspace(0.1, 0.9, 20)
    values, sentence = quality(spec, Outcomes(labels, scores, -scores))
    assert values["named"] == named
    assert values["positives"] == 5
    assert values["named_positives"] == min(named, 5)
    assert values["roc_auc"] == 1.0
    assert values["rule_roc_auc"] == 0.0
    assert f"among the {named} named" in sentence
    assert "rule_roc_auc" not in quality(spec, Outcomes(labels, scores))[0]


def test_the_examples_of_all_sentences_are_true() -> None:
    found = doctest.testmod(words)
    assert found.attempted >= 3
    assert found.failed == 0


@pytest.mark.parametrize(
    ("error", "shown"), [(0.2345, "0.23"), (9.96, "10"), (10.4, "10"), (1234.5, "1,234")]
)
def test_an_error_has_as_many_digits_as_mean_something(error: float, shown: str) -> None:
    said = error_sentence(label="spend_usd", predicts="median", error=error, rule=None, inside=None)
    assert said == f"spend (USD) was off by {shown} on average"
    beside = error_sentence(label="spend", predicts="mean", error=1.0, rule=error, inside=0.9)
    assert beside == (
        f"spend was off (root mean square) by 1, by the simple rule by {shown}; "
        "90 % lay within their interval"
    )
