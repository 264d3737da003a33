"""What dbt hands over when it runs a prediction."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from foretell.ground.event_times import EventTimes, read_event_times
from foretell.ground.relation import Relation
from foretell.ground.statement import without_semicolon
from foretell.ground.views import FeatureView, read_views


@dataclass(frozen=True)
class Request:
    """One run of one prediction, as the materialization asks for it.

    Attributes
    ----------
    prediction, file, description
        The dbt model's name, the file of its YAML, and what that says of it.
    declared
        ``config.meta.prediction``, not yet checked.
    sql
        The compiled training query.
    relation, stores
        Where the prediction is read, and the schema of the stores (as an empty-named relation).
    instant
        When the run stands, in UTC: nothing later is known. Its date is ``today``.
    suite
        File with the prediction's expectations; it need not exist.
    views
        The feature views that the training query joins.
    column_tags
        dbt's tags of the training query's columns, its own and those of its views, by column.
    column_descriptions
        What dbt's YAML of the prediction says of the training query's columns, by column.
    event_times
        Where times of events are read: what the spec's ``known_until`` names, else the event views
        and the sources whose ``loaded_at_field`` dbt knows.
    modules
        Folder with estimators of the project's own; it need not exist.
    train, full_refresh, reset
        What the run asks for: train anyway, score again, begin anew.
    gates
        Whether the gates run: not, where somebody wants to see something quickly.
    train_seconds
        After so long, no further candidate is begun.
    champion_from
        The schema of another target's stores, if the champion is borrowed from there.
    """

    prediction: str
    file: str
    description: str
    declared: object
    sql: str
    relation: Relation
    stores: Relation
    instant: datetime
    invocation_id: str
    suite: Path
    views: tuple[FeatureView, ...]
    modules: Path
    train: bool
    full_refresh: bool
    reset: bool
    train_seconds: float
    gates: bool
    champion_from: Relation | None = None
    event_times: tuple[EventTimes, ...] = ()
    column_tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    column_descriptions: Mapping[str, str] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The date on which the run stands."""
        return self.instant.date()

    @property
    def own_candidates(self) -> frozenset[str]:
        """Estimators of the project's own that today's spec names, as ``module:function``."""
        named = self.declared.get("candidates") if isinstance(self.declared, dict) else None
        listed = named if isinstance(named, list | tuple) else []
        return frozenset(one for one in listed if isinstance(one, str) and ":" in one)

    @property
    def descriptions(self) -> dict[str, str]:
        """What dbt's YAML says of each feature, by its name in lower case, for reasons in words.

        What the prediction's own YAML says of a column wins over what its view's says.
        """
        of_views = {
            feature.column: feature.description for view in self.views for feature in view.features
        }
        said = [*of_views.items(), *self.column_descriptions.items()]
        return {name.lower(): text for name, text in said if text}

    def view_of(self, column: str) -> FeatureView | None:
        """The view that contributes a column; None for the query's own."""
        for view in self.views:
            if any(feature.column == column for feature in view.features):
                return view
        return None

    def tagged(self, tags: Collection[str]) -> tuple[str, ...]:
        """Columns of the training query with any of these tags."""
        return tuple(name for name, has in self.column_tags.items() if set(tags) & set(has))

    def store(self, name: str) -> Relation:
        """The store, or the prediction's own table in the stores' schema, called ``name``."""
        return self.stores.sibling(name)

    def champion_store(self, name: str) -> Relation:
        """The store ``name`` that knows the champion: our own, or those it is borrowed from."""
        return (self.champion_from or self.stores).sibling(name)

    @property
    def staged(self) -> Relation:
        """Rows of the training query, with when each matures."""
        return self.store(f"{self.prediction}__staged")

    @property
    def scored(self) -> Relation:
        """Scores of this run, before anyone else sees them."""
        return self.store(f"{self.prediction}__scored")

    @property
    def set_aside(self) -> Relation:
        """Rows that this run's input gate sets aside, before anyone else sees them."""
        return self.store(f"{self.prediction}__set_aside")

    @property
    def quarantine(self) -> Relation:
        """Every row that was set aside, with the reasons."""
        return self.store(f"{self.prediction}__quarantine")

    @property
    def history(self) -> Relation:
        """Every score as it was made."""
        return self.store(f"{self.prediction}__history")

    @property
    def kept(self) -> Relation:
        """Feature values of scored rows as they were then."""
        return self.store(f"{self.prediction}__features")


def read_request(text: str) -> Request:
    """The request that the materialization wrote as JSON."""
    said = json.loads(text)
    return Request(
        prediction=said["prediction"],
        file=said["file"],
        description=said["description"],
        declared=said["declared"],
        sql=without_semicolon(said["sql"]),
        relation=Relation(**said["relation"]),
        stores=Relation(**said["stores"], name=""),
        instant=datetime.fromisoformat(said["today"]),
        invocation_id=said["invocation_id"],
        suite=Path(said["suite"]),
        views=read_views(said["views"]),
        modules=Path(said["modules"]),
        train=bool(said["train"]),
        full_refresh=bool(said["full_refresh"]),
        reset=bool(said["reset"]),
        train_seconds=float(said["train_seconds"]),
        gates=bool(said["gates"]),
        champion_from=Relation(**said["champion_from"], name="") if said["champion_from"] else None,
        event_times=read_event_times(said.get("event_times", ())),
        column_tags={name: tuple(tags) for name, tags in said["column_tags"].items()},
        column_descriptions=said.get("column_descriptions", {}),
    )
