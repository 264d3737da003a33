"""A question's way through the node: read it, answer it, leave nothing behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import TypeAdapter

from foretell.errors import ForetellError
from foretell.questions.asked import AskDiff, AskExplain, AskPlan, AskProfile, AskSign, Question
from foretell.questions.diff import diff
from foretell.questions.explain import explain
from foretell.questions.gates import accept, profile
from foretell.questions.plan import plan
from foretell.questions.scratch import scratch_of
from foretell.questions.sign import sign_version
from foretell.request import Request
from foretell.warehouse.protocol import Warehouse

Answer = TypeVar("Answer")


def answer(
    request: Request, warehouse: Warehouse, progress: Callable[[str], None], question: Question
) -> str:
    """The answer to a question as JSON, or the reason why there is none.

    Whatever is staged for it is dropped again, also when it fails.
    """
    reply: Any
    try:
        if isinstance(question, AskPlan):
            reply = plan(request, warehouse, progress)
        elif isinstance(question, AskDiff):
            reply = diff(request, warehouse, question)
        elif isinstance(question, AskExplain):
            reply = explain(request, warehouse, question)
        elif isinstance(question, AskProfile):
            reply = profile(request, warehouse, progress)
        elif isinstance(question, AskSign):
            reply = sign_version(request, warehouse, version=question.version)
        else:
            reply = accept(request, warehouse, progress, why=question.why)
    except ForetellError as refusal:
        return json.dumps({"refused": str(refusal)})
    finally:
        warehouse.drop(*scratch_of(request))
    text = TypeAdapter(type(reply)).dump_json(reply).decode()
    return f'{{"answer": {text}}}'


def read_answer(text: str, kind: type[Answer]) -> Answer:
    """The answer that a node left.

    Raises
    ------
    ForetellError
        The node refused; says why.
    """
    reply = json.loads(text)
    if "refused" in reply:
        raise ForetellError(reply["refused"])
    return TypeAdapter(kind).validate_python(reply["answer"])
