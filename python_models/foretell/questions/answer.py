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
    request: Request, warehouse: Warehouse, progress: Callable[[str], None], asked: Question
) -> str:
    """The answer to a question as JSON, or the reason why there is none.

    Whatever is staged for it is dropped again, also when it fails.
    """
    found: Any
    try:
        if isinstance(asked, AskPlan):
            found = plan(request, warehouse, progress)
        elif isinstance(asked, AskDiff):
            found = diff(request, warehouse, asked)
        elif isinstance(asked, AskExplain):
            found = explain(request, warehouse, asked)
        elif isinstance(asked, AskProfile):
            found = profile(request, warehouse, progress)
        elif isinstance(asked, AskSign):
            found = sign_version(request, warehouse, version=asked.version)
        else:
            found = accept(request, warehouse, progress, why=asked.why)
    except ForetellError as refusal:
        return json.dumps({"refused": str(refusal)})
    finally:
        warehouse.drop(*scratch_of(request))
    said = TypeAdapter(type(found)).dump_json(found).decode()
    return f'{{"answer": {said}}}'


def read_answer(text: str, kind: type[Answer]) -> Answer:
    """The answer that a node left.

    Raises:
        ForetellError: the node refused; says why.
    """
    said = json.loads(text)
    if "refused" in said:
        raise ForetellError(said["refused"])
    return TypeAdapter(kind).validate_python(said["answer"])
