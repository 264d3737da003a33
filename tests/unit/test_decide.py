"""A run trains when what it would learn from is not what was learnt from last."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from foretell.decide import decide
from foretell.features.definitions import changes_since
from foretell.registry.runs import Meaning

MEANING = Meaning("spec", "query", {"a": "1", "b": "2"})
CHAMPION: Any = SimpleNamespace(version=3)


def why(before: Meaning, now: Meaning, *, champion: Any = CHAMPION, asked: bool = False) -> str:
    request: Any = SimpleNamespace(train=asked)
    changes = changes_since(before.features, now.features)
    found = decide(request, champion, before, now, changes)
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
    assert why(MEANING, MEANING, champion=None) == "no champion yet"
    assert why(MEANING, MEANING, asked=True) == "the run asked for it (foretell_train)"
