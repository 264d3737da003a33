"""What the dbt materialization calls: the steps of a prediction's node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from traceback import format_exception
from typing import Any

from foretell.errors import CrashError, ForetellError, WaitsForApprovalError, WarehouseError
from foretell.questions.asked import read_question
from foretell.request import Request
from foretell.run.judge import judge
from foretell.run.publish import end_judged, publish_judged
from foretell.run.trail import Run, end_unpublished
from foretell.verdict import Verdict, take_step
from foretell.warehouse.protocol import Warehouse

_STAYS = "Nothing was published: the last predictions and the champion stay."
_LIVES = "The new predictions are published, and were not compared with what happened; the next "
_LIVES += "build makes up for that."


def judge_node(session: Any, *, adapter: str, request: str) -> None:
    """First step: everything up to publication. Leaves ``foretell_verdict`` on the session."""

    def step(request: Request, warehouse: Warehouse) -> Verdict:
        judged = _judge(Run(request, warehouse, _progress(request.prediction)))
        return Verdict("judged" if judged else "empty", goes_on=True)

    take_step(session, adapter, request, step)


def publish_node(session: Any, *, adapter: str, request: str) -> None:
    """Second step: publication and monitoring. Leaves ``foretell_verdict`` on the session."""
    take_step(session, adapter, request, _publish)


def answer_node(session: Any, *, adapter: str, request: str, question: str) -> None:
    """Instead of both: the answer to a question. Leaves ``foretell_verdict`` on the session."""
    # Questions ask for all that training needs, whose import takes seconds.
    from foretell.questions.answer import answer

    def step(request: Request, warehouse: Warehouse) -> Verdict:
        asked = read_question(question)
        return Verdict("answered", answer(request, warehouse, _progress(request.prediction), asked))

    take_step(session, adapter, request, step)


def _publish(request: Request, warehouse: Warehouse) -> Verdict:
    """Publish what the first step judged, and warn of what could not be compared with outcomes.

    Raises
    ------
    ForetellError
        It stopped, and why.
    """
    try:
        published = publish_judged(request, warehouse)
    except ForetellError:
        raise
    except Exception as error:
        raise _crashed(
            request,
            warehouse,
            error,
            lambda message: end_judged(request, warehouse, message=message),
        ) from None
    if published.unwatched is None:
        return Verdict("published", published.message)
    failure = _failure(request, published.unwatched, warehouse.errors, _LIVES)
    message = f"{published.message}, monitoring failed"
    return Verdict("published", message, (str(failure),))


def _judge(run: Run) -> bool:
    """Judge a run, warn, and put it on record if it stops; whether there are scores to publish.

    Raises
    ------
    ForetellError
        It stopped, and why.
    """
    try:
        judged = judge(run)
        _warn(run.request, run.warnings)
    except WaitsForApprovalError as refusal:
        end_unpublished(run, status="waiting", message=str(refusal))
        raise
    except ForetellError as refusal:
        end_unpublished(run, status="refused", message=str(refusal))
        raise
    except Exception as error:
        raise _crashed(
            run.request,
            run.warehouse,
            error,
            lambda message: end_unpublished(run, status="crashed", message=message),
        ) from None
    return judged.has_scores


def _crashed(
    request: Request, warehouse: Warehouse, error: Exception, end: Callable[[str], None]
) -> ForetellError:
    """End a run that crashed, with a record of why; what to tell of it."""
    unrecorded = ""
    try:
        end(f"{type(error).__name__}: {error}")
    except warehouse.errors as second:
        unrecorded = f" The run could not be put on record: {_first_line(second)}."
    return _failure(request, error, warehouse.errors, _STAYS + unrecorded)


def _failure(
    request: Request, error: Exception, of_database: tuple[type[Exception], ...], outcome: str
) -> ForetellError:
    """An unexpected error in a paragraph; its traceback is in a file."""
    file = _write_traceback(request, error)
    if isinstance(error, of_database):
        return WarehouseError(
            f"The database refused a statement of {request.prediction}: {_first_line(error)}. "
            f"{outcome} Mend the cause and run again; the traceback is in {file}."
        )
    return CrashError(
        f"{request.prediction} met a bug of foretell: {type(error).__name__}: "
        f"{_first_line(error)}. {outcome} Please report it with {file}, which has the traceback "
        "and none of your data but what the error itself names."
    )


def _write_traceback(request: Request, error: Exception) -> Path:
    file = request.logs / f"foretell-crash-{request.prediction}.txt"
    text = "".join(format_exception(error))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def _warn(request: Request, warnings: Sequence[str]) -> None:
    """Warn as dbt does, before anything is published: where warnings are errors, the run stops.

    Raises
    ------
    ForetellError
        Dbt takes warnings for errors.
    """
    from dbt.events.types import JinjaLogWarning
    from dbt_common.events.functions import warn_or_error

    for warning in warnings:
        try:
            warn_or_error(JinjaLogWarning(msg=f"{request.prediction}: {warning}"))
        except Exception as error:
            raise ForetellError(
                f"{warning} dbt was told to take warnings for errors (--warn-error), so nothing "
                "was published: the last predictions and the champion stay."
            ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")


def _progress(prediction: str) -> Any:
    from dbt_common.events.functions import fire_event
    from dbt_common.events.types import Note

    return lambda text: fire_event(Note(msg=f"  {prediction}: {text}"))
