"""Whether this run trains, and why."""

from __future__ import annotations

from dataclasses import dataclass

from foretell.errors import DataError
from foretell.ground.definitions import Changes
from foretell.registry.borrowed import scored_only
from foretell.registry.runs import Meaning
from foretell.registry.versions import Champion
from foretell.request import Request
from foretell.triggers import Triggers


@dataclass(frozen=True)
class Decision:
    """To train or only to score, with the reason in words."""

    train: bool
    why: str


def decide(
    request: Request,
    champion: Champion | None,
    earlier: Meaning | None,
    current: Meaning,
    changes: Changes,
    triggers: Triggers,
    *,
    waiting: int | None = None,
) -> Decision:
    """Train when there is no champion, when meaning changed, when asked to, when a trigger fires;
    never with a champion that is borrowed.

    Parameters
    ----------
    earlier, current
        What the last training learnt from, if there was one, and what one would learn from now.
    changes
        How the features differ between the two.
    waiting
        The version that a person is to approve.
    """
    decision = _decide(request, champion, earlier, current, changes, triggers, waiting=waiting)
    if request.champion_from is None or champion is None:
        return decision
    why = decision.why if decision.train else None
    return Decision(False, scored_only(request, champion, would_train=why))


def _decide(
    request: Request,
    champion: Champion | None,
    earlier: Meaning | None,
    current: Meaning,
    changes: Changes,
    triggers: Triggers,
    *,
    waiting: int | None,
) -> Decision:
    if earlier is None or (champion is None and waiting is None):
        return Decision(True, "no champion yet")
    if champion is not None and champion.unusable is not None and waiting is None:
        return Decision(True, f"the champion cannot score: {champion.unusable}")
    if earlier.spec != current.spec:
        return Decision(True, "spec changed")
    if changes:
        return Decision(True, f"feature set changed: {changes}")
    if earlier.query != current.query:
        return Decision(True, "training query changed")
    if request.train:
        return Decision(True, "the run asked for it (foretell_train)")
    if triggers.why:
        return Decision(True, f"retrain trigger: {triggers.why}")
    if champion is None:
        return Decision(False, f"v{waiting} waits for approval")
    return Decision(False, f"scored only: champion v{champion.version}, spec unchanged")


def refuse_the_past(request: Request, champion: Champion | None) -> None:
    """A champion may not score a day on which it was not yet known.

    Raises
    ------
    DataError
        The run's today lies before the champion's own.
    """
    if champion is not None and request.today < champion.made_on:
        raise DataError(
            f"foretell_today is {request.today}, but champion v{champion.version} of "
            f"{request.prediction} was trained on {champion.made_on}: it knows what had not "
            f"happened yet. Run with a today from {champion.made_on} on, or begin anew with "
            "--full-refresh --vars 'foretell_reset: true'."
        )
