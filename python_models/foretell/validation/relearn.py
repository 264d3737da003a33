"""When gates learn: with every new version, when what was learned is about something gone, and
when outcomes have become known of many more as-of dates.
"""

from __future__ import annotations

from foretell.ground.relation import quoted
from foretell.registry.versions import Champion
from foretell.request import Request
from foretell.staging.staged import Staged
from foretell.validation.history import history_of
from foretell.validation.learn import learn
from foretell.validation.learned import Learned
from foretell.validation.suite import Line
from foretell.warehouse.protocol import Warehouse

#: Share of the as-of dates that must be new for the gates to learn again.
MORE_DATES = 0.2


def relearn(
    request: Request,
    staged: Staged,
    learned: Learned,
    warehouse: Warehouse,
    *,
    new_version: int | None,
    champion: Champion | None,
) -> tuple[Line, ...]:
    """What the gates learn in this run from the rows that have matured; mostly nothing.

    Parameters
    ----------
    new_version
        The version that this run has made, if any.
    """
    version = new_version
    if new_version is None and champion is not None and request.champion_from is None:
        # An older foretell's champion has no lines; others may be about what was redefined.
        is_due = learned.is_outdated or _knows_more(staged, learned, warehouse)
        version = champion.version if is_due else None
    if version is None:
        return ()
    history = history_of(staged, warehouse, rows=staged.matured, views=request.views)
    return learn(staged, history, version=version)


def _knows_more(staged: Staged, learned: Learned, warehouse: Warehouse) -> bool:
    """Whether a fifth of the as-of dates with known outcomes are of the day of the last lesson or
    later: then the range of what is honest is known better, or what was accepted is the rule now.
    """
    if staged.spec.is_flat or learned.on is None:
        return False
    as_of = quoted(staged.key[1])
    ((since, dates),) = warehouse.rows(
        f"select count(distinct case when {as_of} >= {staged.dialect.instant(learned.on)} "
        f"then {as_of} end), count(distinct {as_of}) from ({staged.labelled}) as known"
    )
    return bool(since and since >= MORE_DATES * dates)
