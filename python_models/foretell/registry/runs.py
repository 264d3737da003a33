"""What earlier runs of a prediction left on record."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime

from foretell.ground.definitions import Definitions, definitions_of
from foretell.ground.stores import PUBLISHED
from foretell.registry.fingerprint import query_fingerprint, spec_fingerprint
from foretell.registry.versions import RESET, Champion
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.staging.staged import Staged
from foretell.warehouse.protocol import Warehouse

#: Runs whose training counts: they published, or what they trained waits for approval.
_SEEN = "status in ({})".format(", ".join(f"'{status}'" for status in PUBLISHED))


@dataclass(frozen=True)
class Meaning:
    """What a training learns from, as far as a change of it calls for a new training."""

    spec: str
    query: str
    features: Definitions

    @staticmethod
    def of(request: Request, spec: PredictionSpec, staged: Staged) -> Meaning:
        """What this run would learn from."""
        rule = spec.baseline.sql if spec.baseline else None
        return Meaning(
            spec_fingerprint(spec),
            query_fingerprint(request.sql, instant=request.instant, dialect=request.dialect),
            definitions_of(request.views, staged.features, rule=rule),
        )

    def as_json(self) -> str:
        """As the store `runs` keeps it."""
        return json.dumps(asdict(self))


def last_learnt(
    request: Request, champion: Champion | None, warehouse: Warehouse
) -> Meaning | None:
    """What the last training learnt from, whether its challenger won or not; None before any.

    Compared with the champion's own, a change that brought no better challenger would be learnt
    again by every build.
    """
    rows = warehouse.rows(
        f"select learnt_from from {request.champion_seen('runs')} as runs where prediction = ? "
        f"and is_trained and {_SEEN} and learnt_from is not null and finished_at > coalesce("
        f"(select max(happened_at) from {request.champion_seen('model_events')} as events "
        f"where prediction = ? and event = ?), {warehouse.dialect.instant('1970-01-01')}) "
        "order by finished_at desc limit 1",
        [request.prediction, request.prediction, RESET],
    )
    if rows:
        return Meaning(**json.loads(rows[0][0]))
    if champion is None:
        return None
    return Meaning(champion.spec_fingerprint, champion.query_fingerprint, champion.definitions)


def last_training(request: Request, warehouse: Warehouse) -> datetime | None:
    """When the last training that counts stood, whether its challenger won or not."""
    midnight = warehouse.dialect.as_instant("today")
    ((last,),) = warehouse.rows(
        f"select max(coalesce(stands_at, {midnight})) from {request.store('runs')} "
        f"where prediction = ? and is_trained and {_SEEN}",
        [request.prediction],
    )
    instant: datetime | None = last
    return instant


def last_success(request: Request, warehouse: Warehouse) -> date | None:
    """The day of the last run that published."""
    ((last,),) = warehouse.rows(
        f"select max(today) from {request.store('runs')} "
        "where prediction = ? and step = 'build' and status = 'published'",
        [request.prediction],
    )
    day: date | None = last
    return day
