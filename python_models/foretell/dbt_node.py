"""What the dbt materialization calls: each step leaves one row for Jinja to read."""

from __future__ import annotations

from typing import Any

from foretell.errors import ForetellError
from foretell.questions.answer import answer
from foretell.questions.asked import read_question
from foretell.request import read_request
from foretell.run import Run, clean, judge, publish, record
from foretell.verdict import leave
from foretell.warehouse import open_warehouse

# Between the two steps dbt checks contracts and prints warnings; one process runs both.
_judged: dict[str, Run] = {}


def judge_node(session: Any, *, adapter: str, request: str) -> None:
    """First step: everything up to publication. Leaves ``foretell_verdict`` on the session."""
    asked = read_request(request)
    try:
        run = Run(asked, open_warehouse(adapter, session), _progress(asked.prediction))
        try:
            judge(run)
        except ForetellError as refusal:
            record(run, status="refused", message=str(refusal))
            clean(run)
            raise
        except Exception as error:
            record(run, status="failed", message=f"{type(error).__name__}: {error}")
            clean(run)
            raise
    except ForetellError as refusal:
        leave(session, "refused", str(refusal))
        return
    _judged[asked.relation.name] = run
    leave(session, "judged" if run.fitted else "empty", "", run.warnings)


def answer_node(session: Any, *, adapter: str, request: str, question: str) -> None:
    """Instead of both: the answer to a question. Leaves ``foretell_verdict`` on the session."""
    asked = read_request(request)
    try:
        understood = read_question(question)
        warehouse = open_warehouse(adapter, session)
    except ForetellError as refusal:
        leave(session, "refused", str(refusal))
        return
    said = answer(asked, warehouse, _progress(asked.prediction), understood)
    leave(session, "answered", said)


def publish_node(session: Any, *, name: str) -> None:
    """Second step: publication and monitoring. Leaves ``foretell_verdict`` on the session."""
    run = _judged.pop(name)
    try:
        message = publish(run)
    except Exception as error:
        record(run, status="failed", message=f"{type(error).__name__}: {error}")
        clean(run)
        raise
    leave(session, "published", message)


def _progress(prediction: str) -> Any:
    from dbt_common.events.functions import fire_event
    from dbt_common.events.types import Note

    return lambda text: fire_event(Note(msg=f"  {prediction}: {text}"))
