"""A run trains when what it would learn from is not what was learnt from last."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from foretell.decide import decide
from foretell.ground.definitions import changes_since
from foretell.registry.runs import Meaning
from foretell.triggers import Trigger, Triggers

MEANING = Meaning("spec", "query", {"a": "1", "b": "2"})
CHAMPION: Any = SimpleNamespace(version=3, unusable=None)
AGE = Trigger("age", 61, 60, "days")
MATURED = Trigger("matured", 1200, 2000, "new outcomes")
QUIET = Triggers((MATURED,))


def why(
    before: Meaning | None,
    now: Meaning,
    *,
    champion: Any = CHAMPION,
    asked: bool = False,
    triggers: Triggers = QUIET,
) -> str:
    request: Any = SimpleNamespace(train=asked, champion_from=None)
    changes = changes_since(before.features if before else {}, now.features)
    found = decide(request, champion, before, now, changes, triggers)
    assert found.train != found.why.startswith("scored only")
    return found.why


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (MEANING, "scored only: champion v3, spec unchanged"),
        (replace(MEANING, spec="other"), "spec changed"),
        (replace(MEANING, query="other"), "training query changed"),
        (replace(MEANING, features={"a": "1", "b": "2", "c": ""}), "feature set changed: added c"),
        (replace(MEANING, features={"a": "1"}), "feature set changed: gone b"),
        (
            replace(MEANING, query="other", features={"a": "9", "b": "2"}),
            "feature set changed: redefined a",
        ),
    ],
)
def test_what_changed_is_the_reason(now: Meaning, said: str) -> None:
    assert why(MEANING, now) == said


def test_without_a_champion_or_when_asked_it_trains() -> None:
    assert why(None, MEANING, champion=None) == "no champion yet"
    assert why(MEANING, MEANING, champion=None) == "no champion yet"
    assert why(MEANING, MEANING, asked=True) == "the run asked for it (foretell_train)"


def test_a_trigger_that_fires_trains_once_it_has_cooled() -> None:
    assert why(MEANING, MEANING, triggers=Triggers((AGE, MATURED))) == (
        "retrain trigger: age 61 of 60 days"
    )
    held = Triggers((AGE, MATURED), cools_for=3)
    assert why(MEANING, MEANING, triggers=held).startswith("scored only")
    both = Triggers((AGE, replace(MATURED, value=2000)))
    assert why(MEANING, MEANING, triggers=both) == (
        "retrain trigger: age 61 of 60 days, matured 2,000 of 2,000 new outcomes"
    )


def test_while_a_version_waits_for_approval_it_is_not_trained_again() -> None:
    request: Any = SimpleNamespace(train=False, champion_from=None)
    same = changes_since(MEANING.features, MEANING.features)
    found = decide(request, None, MEANING, MEANING, same, QUIET, waiting=1)
    assert (found.train, found.why) == (False, "v1 waits for approval")
    other = replace(MEANING, spec="other")
    assert decide(request, None, MEANING, other, same, QUIET, waiting=1).train


def test_a_champion_that_cannot_score_is_replaced() -> None:
    broken: Any = SimpleNamespace(version=3, unusable="Its bytes were changed.")
    said = why(MEANING, MEANING, champion=broken)
    assert said == "the champion cannot score: Its bytes were changed."
