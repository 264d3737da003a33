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
        fired = [str(one) for one in self.all if one.fired]
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
    said, passed = spec.retrain.any, request.instant - trained
    found = []
    if said.age is not None:
        unit, name = (_DAY, "days") if said.age >= _DAY else (timedelta(hours=1), "hours")
        found.append(Trigger("age", passed / unit, said.age / unit, name))
    if said.matured is not None:
        ((rows,),) = warehouse.rows(
            f"select count(*) from ({staged.labelled}) as labelled "
            f"where {MATURES_AT} > {staged.dialect.instant(trained)}"
        )
        found.append(Trigger("matured", rows, said.matured, "new outcomes"))
    return Triggers(tuple(found), (spec.retrain.cooldown - passed) / _DAY)
