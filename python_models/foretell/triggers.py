"""Whether a prediction is to be trained anew though nobody changed it: its retrain triggers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from foretell.ground.names import MATURES_AT
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.staging.staged import Staged
from foretell.warehouse.protocol import Warehouse

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Trigger:
    """One limit of the spec and where it stands: days, or rows.

    Attributes
    ----------
    name
        As the spec says it, such as ``age``.
    """

    name: str
    value: float
    limit: float
    unit: str

    @property
    def fired(self) -> bool:
        """Whether the limit is reached."""
        return self.value >= self.limit

    def __str__(self) -> str:
        return f"{self.name} {self.value:,.0f} of {self.limit:,.0f} {self.unit}"


@dataclass(frozen=True)
class Triggers:
    """Where all limits stand, and for how many days a cooldown holds them back yet."""

    all: tuple[Trigger, ...] = ()
    cools_for: float = 0.0

    @property
    def why(self) -> str | None:
        """Which fired, in words; None if none did or the cooldown holds."""
        fired = [str(trigger) for trigger in self.all if trigger.fired]
        return ", ".join(fired) if fired and self.cools_for <= 0 else None


def triggers(
    request: Request,
    spec: PredictionSpec,
    staged: Staged,
    warehouse: Warehouse,
    *,
    trained: datetime | None,
) -> Triggers:
    """Where the triggers of a spec stand today.

    Parameters
    ----------
    trained
        When the last training stood; without one there is nothing to measure from.
    """
    if trained is None:
        return Triggers()
    limits, elapsed = spec.retrain.any, request.instant - trained
    measured = []
    if limits.age is not None:
        unit, name = (_DAY, "days") if limits.age >= _DAY else (timedelta(hours=1), "hours")
        measured.append(Trigger("age", elapsed / unit, limits.age / unit, name))
    if limits.matured is not None:
        ((rows,),) = warehouse.rows(
            f"select count(*) from ({staged.labelled}) as labelled "
            f"where {MATURES_AT} > {staged.dialect.instant(trained)}"
        )
        measured.append(Trigger("matured", rows, limits.matured, "new outcomes"))
    return Triggers(tuple(measured), (spec.retrain.cooldown - elapsed) / _DAY)
