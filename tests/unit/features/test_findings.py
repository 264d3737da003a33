"""Findings become few sentences, are accepted by name, and refuse only when asked to."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from foretell.errors import LeakageError
from foretell.features.findings import Finding, accepted, refuse_leaks, sentences
from foretell.spec import PredictionSpec

REQUEST: Any = SimpleNamespace(prediction="pred_x", file="models/x.yml")


def spec(**leakage: object) -> PredictionSpec:
    said = {"task": "binary", "entity": "id", "as_of": "day", "label": "is_x", "horizon": "1 day"}
    return PredictionSpec.model_validate(said | {"leakage": leakage})


def restated(feature: str, share: float, view: str = "feat_a") -> Finding:
    return Finding("restated", "warning", view, feature, share, f"{feature} is not what it was.")


FOUND = [
    restated("a_one", 0.2),
    restated("a_two", 0.5),
    restated("b_one", 0.1, "feat_b"),
    Finding("no history", "info", "feat_c", None, None, "feat_c is static."),
]


def test_a_view_is_one_sentence_led_by_its_worst_feature() -> None:
    assert sentences(FOUND) == [
        "a_two is not what it was. Likewise a_one.",
        "b_one is not what it was.",
    ]


def test_what_is_accepted_warns_no_more_but_stays_on_record() -> None:
    by_view = accepted(FOUND, spec(accept=["feat_a"]))
    assert len(by_view) == len(FOUND)
    assert sentences(by_view) == ["b_one is not what it was."]
    by_feature = accepted(FOUND, spec(accept=["a_two"]))
    assert sentences(by_feature)[0] == "a_one is not what it was."


def test_a_run_is_refused_only_where_the_spec_says_so() -> None:
    refuse_leaks(REQUEST, spec(), FOUND)
    refuse_leaks(REQUEST, spec(on_finding="refuse"), FOUND[3:])
    with pytest.raises(LeakageError) as refusal:
        refuse_leaks(REQUEST, spec(on_finding="refuse"), FOUND)
    for phrase in ("pred_x", "a_two is not", "models/x.yml", "accept: [feat_a, feat_b]"):
        assert phrase in str(refusal.value)
