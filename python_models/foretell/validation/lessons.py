"""When gates learn: with every new version, and when what was learned is about something gone."""

from __future__ import annotations

from foretell.registry.versions import Champion
from foretell.request import Request
from foretell.staging import Staged
from foretell.validation.history import history_of
from foretell.validation.learn import learn
from foretell.validation.learned import Learned
from foretell.validation.suite import Line
from foretell.warehouse.protocol import Warehouse


def lessons(
    request: Request,
    staged: Staged,
    learned: Learned,
    warehouse: Warehouse,
    *,
    made: int | None,
    champion: Champion | None,
) -> tuple[Line, ...]:
    """What the gates learn in this run from the rows with a known outcome; mostly nothing.

    Parameters
    ----------
    made
        The version that this run has made, if any.
    """
    version = made
    if made is None and champion is not None and request.champion_from is None:
        # An older foretell's champion has no lines; others may be about what was redefined.
        version = champion.version if learned.version is None or learned.passed_over else None
    if version is None:
        return ()
    history = history_of(staged, warehouse, rows=staged.labelled, views=request.views)
    return learn(staged, history, version=version)
