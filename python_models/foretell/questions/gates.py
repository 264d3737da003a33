"""What the gates of a prediction have learned, and learning it anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from foretell.errors import DataError
from foretell.ground.names import MATURES_AT
from foretell.registry.runs import Meaning, last_success
from foretell.registry.versions import Champion
from foretell.request import Request
from foretell.run.command import record_command
from foretell.run.judge import look
from foretell.run.trail import Progress, Run
from foretell.spec import read_spec
from foretell.staging.staged import Staged
from foretell.stores.record import event_row
from foretell.validation.history import history_of
from foretell.validation.learn import learn
from foretell.validation.learned import Learned, learned_rows, read_learned
from foretell.validation.suite import Expectation, Line, read_suite
from foretell.warehouse.protocol import Warehouse

#: Event of a person who says that the data are right, though they are unlike the past.
ACCEPTED = "accepted"


@dataclass(frozen=True)
class Learnt:
    """The learned lines of the champion.

    Attributes
    ----------
    lines
        Critical ones first.
    before
        Those that held until now, where they have been learned anew.
    is_pinned
        Whether the suite's file has learned lines, which win over these.
    file
        The suite's file.
    """

    prediction: str
    version: int
    lines: tuple[Expectation, ...]
    before: tuple[Expectation, ...]
    is_pinned: bool
    file: str


def profile(request: Request, warehouse: Warehouse, progress: Progress) -> Learnt:
    """The lines that the champion's gates have learned; from the rows of today, if none yet.

    Raises
    ------
    ForetellError
        There is no champion, or its rows cannot be staged.
    """
    staged, champion, meaning = _look(request, warehouse, progress)
    learned = read_learned(request, warehouse, meaning, version=champion.version)
    lines = learned.lines or _learn(request, staged, warehouse, champion)
    return _learnt(request, champion, lines, Learned())


def accept(request: Request, warehouse: Warehouse, progress: Progress, *, why: str) -> Learnt:
    """Learn anew, with the newest rows as they are, and put it on record.

    Parameters
    ----------
    why
        What the person says who accepts them.

    Raises
    ------
    ForetellError
        As for `profile`; or the champion is borrowed.
    """
    if request.champion_from is not None:
        raise DataError(
            f"The champion of {request.prediction} is borrowed from {request.champion_from.schema},"
            " and its gates with it. Accept the rows there."
        )
    staged, champion, meaning = _look(request, warehouse, progress)
    before = read_learned(request, warehouse, meaning, version=champion.version)
    lines = _learn(request, staged, warehouse, champion, with_newest=True)
    run_id = f"{request.invocation_id}.{request.prediction}"
    rows = learned_rows(
        request, lines, meaning, version=champion.version, run_id=run_id, why=ACCEPTED
    )
    event = event_row(request, run_id=run_id, version=champion.version, event=ACCEPTED, message=why)
    with warehouse.together():
        warehouse.append(request.store("learned_expectations"), rows)
        warehouse.append(request.store("model_events"), [event])
        record_command(request, warehouse, run_id=run_id, version=champion.version, message=why)
    return _learnt(request, champion, lines, before)


def _look(
    request: Request, warehouse: Warehouse, progress: Progress
) -> tuple[Staged, Champion, Meaning]:
    run = Run(request, warehouse, progress)
    spec = read_spec(
        request.declared, prediction=request.prediction, file=request.file, folder=request.folder
    )
    staged = look(run, spec)
    if run.champion is None:
        raise DataError(
            f"{request.prediction} has no champion yet, so its gates have learned nothing. Run "
            "`dbt build` once."
        )
    return staged, run.champion, Meaning.of(request, spec, staged)


def _learn(
    request: Request,
    staged: Staged,
    warehouse: Warehouse,
    champion: Champion,
    *,
    with_newest: bool = False,
) -> tuple[Line, ...]:
    honest_rows = staged.matured
    since = last_success(request, warehouse)
    if with_newest and since is not None and not staged.spec.is_flat:
        # What came after the last good run may be what is accepted: no measure of honest change.
        honest_rows = f"{honest_rows} and {MATURES_AT} <= {staged.dialect.instant(since)}"
    history = history_of(staged, warehouse, rows=honest_rows, views=request.views)
    newest = None
    if with_newest:
        all_rows = f"select * from {staged.relation}"
        newest = history_of(
            staged, warehouse, rows=all_rows, views=request.views, span=history.span
        )
    return learn(staged, history, version=champion.version, newest=newest)


def _learnt(request: Request, champion: Champion, lines: Sequence[Line], before: Learned) -> Learnt:
    return Learnt(
        request.prediction,
        champion.version,
        tuple(line.expectation for line in lines),
        tuple(line.expectation for line in before.lines),
        read_suite(request.suite).has_pinned,
        str(request.suite),
    )
