"""A question survives its way through the environment, and nonsense does not."""

from __future__ import annotations

import pytest

from foretell.errors import ForetellError
from foretell.questions.asked import AskDiff, AskExplain, AskPlan, Question, read_question


@pytest.mark.parametrize(
    "question",
    [
        AskPlan(),
        AskDiff(versions=(3, 4)),
        AskDiff(),
        AskExplain(entity="O'Brien {{ x }} \\ é\n", as_of="2025-07-29"),
    ],
)
def test_what_is_asked_is_what_is_read(question: Question) -> None:
    assert read_question(question.model_dump_json()) == question


@pytest.mark.parametrize(
    "text",
    ["true", "{}", '{"ask": "why"}', '{"ask": "plan", "loud": true}',
     '{"ask": "diff", "versions": [1, 2, 3]}', '{"ask": "explain"}'],
)  # fmt: skip
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(ForetellError, match="FORETELL_ASK holds no question that foretell knows"):
        read_question(text)
