"""What dbt hands over when it runs a prediction."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from foretell.ground.event_times import EventTimes, read_event_times
from foretell.ground.located import place_in_yaml
from foretell.ground.relation import Relation
from foretell.ground.sql_text import without_semicolon
from foretell.ground.stores import published_runs, seen_in, store_in
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
    dialect
        In which it is written: what dbt's adapter is called; empty where nobody said.
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
    target_user
        As whom dbt is connected, where a target says that.
    logs
        The folder of dbt's logs.
    folder
        The dbt project.
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
    target_user: str | None = None
    logs: Path = Path("logs")
    folder: Path = Path()
    dialect: str = ""
    event_times: tuple[EventTimes, ...] = ()
    column_tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    column_descriptions: Mapping[str, str] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The date on which the run stands."""
        return self.instant.date()

    def place(self, *key: str | int) -> str:
        """Where a key of the spec stands, as ``models/gym.yml:12``."""
        path = ("config", "meta", "prediction", *key)
        return place_in_yaml(self.file, self.folder, self.prediction, path)

    @property
    def own_candidates(self) -> frozenset[str]:
        """Estimators of the project's own that today's spec names, as ``module:function``."""
        candidates = self.declared.get("candidates") if isinstance(self.declared, dict) else None
        listed = candidates if isinstance(candidates, list | tuple) else []
        return frozenset(
            candidate for candidate in listed if isinstance(candidate, str) and ":" in candidate
        )

    @property
    def descriptions(self) -> dict[str, str]:
        """What dbt's YAML says of each feature, by its name in lower case, for reasons in words.

        What the prediction's own YAML says of a column wins over what its view's says.
        """
        of_views = {
            feature.column: feature.description for view in self.views for feature in view.features
        }
        texts = [*of_views.items(), *self.column_descriptions.items()]
        return {name.lower(): text for name, text in texts if text}

    def view_of(self, column: str) -> FeatureView | None:
        """The view that contributes a column; None for the query's own."""
        for view in self.views:
            if any(feature.column == column for feature in view.features):
                return view
        return None

    def tagged(self, tags: Collection[str]) -> tuple[str, ...]:
        """Columns of the training query with any of these tags."""
        return tuple(
            name for name, own_tags in self.column_tags.items() if set(tags) & set(own_tags)
        )

    def store(self, name: str) -> Relation:
        """The store ``name``, to append to."""
        return store_in(self.stores, name)

    def seen(self, name: str) -> str:
        """Query in brackets for the rows of a store that readers see."""
        return seen_in(self.stores, name)

    def champion_store(self, name: str) -> Relation:
        """The store ``name`` that knows the champion: our own, or that it is borrowed from."""
        return store_in(self.champion_from or self.stores, name)

    def champion_seen(self, name: str) -> str:
        """Query in brackets for the rows of it that readers see."""
        return seen_in(self.champion_from or self.stores, name)

    def table(self, part: str) -> Relation:
        """A table of the prediction's own in the stores' schema, called after what it holds."""
        return self.stores.sibling(f"{self.prediction}__{part}")

    @property
    def staged(self) -> Relation:
        """Rows of the training query, with when each matures."""
        return self.table("staged")

    @property
    def scored(self) -> Relation:
        """Scores that were made for a question."""
        return self.table("scored")

    @property
    def running(self) -> Relation:
        """What is known of a run that has not ended, for its second step or the next build."""
        return self.table("running")

    @property
    def set_aside(self) -> Relation:
        """Rows that this run's input gate sets aside, before anyone else sees them."""
        return self.table("set_aside")

    @property
    def quarantine(self) -> Relation:
        """Every row that was set aside, with the reasons."""
        return self.table("quarantine")

    @property
    def history(self) -> Relation:
        """Every score as it was made, also of runs that have not published or never will."""
        return self.table("history")

    @property
    def published(self) -> str:
        """Query in brackets for the rows of the history that readers see."""
        runs = published_runs(self.stores, self.prediction)
        return f"(select * from {self.history} where run_id in ({runs}))"

    @property
    def kept(self) -> Relation:
        """Feature values of scored rows as they were then."""
        return self.table("features")

    @property
    def published_kept(self) -> str:
        """Query in brackets for the feature values of rows whose scores readers see."""
        runs = published_runs(self.stores, self.prediction)
        return f"(select * from {self.kept} where foretell_run in ({runs}))"

    @property
    def begins_anew(self) -> bool:
        """Whether this run forgets the history and the champion (`foretell_reset`)."""
        return self.full_refresh and self.reset

    @property
    def new_history(self) -> Relation:
        """Where this run writes its scores: a history of its own if it begins anew."""
        return self.table("history_anew") if self.begins_anew else self.history

    @property
    def new_kept(self) -> Relation:
        """Where this run writes the feature values of what it scored."""
        return self.table("features_anew") if self.begins_anew else self.kept


def read_request(text: str) -> Request:
    """The request that the materialization wrote as JSON."""
    content = json.loads(text)
    dialect = content.get("adapter", "")
    return Request(
        prediction=content["prediction"],
        file=content["file"],
        description=content["description"],
        declared=content["declared"],
        sql=without_semicolon(content["sql"], dialect),
        relation=Relation(**content["relation"]),
        stores=Relation(**content["stores"], name=""),
        instant=datetime.fromisoformat(content["today"]),
        invocation_id=content["invocation_id"],
        suite=Path(content["suite"]),
        views=read_views(content["views"], dialect),
        modules=Path(content["modules"]),
        train=bool(content["train"]),
        full_refresh=bool(content["full_refresh"]),
        reset=bool(content["reset"]),
        train_seconds=float(content["train_seconds"]),
        gates=bool(content["gates"]),
        champion_from=Relation(**content["champion_from"], name="")
        if content["champion_from"]
        else None,
        target_user=content.get("target_user"),
        logs=Path(content["logs"]),
        folder=Path(content.get("folder", "")),
        dialect=dialect,
        event_times=read_event_times(content.get("event_times", ())),
        column_tags={name: tuple(tags) for name, tags in content["column_tags"].items()},
        column_descriptions=content.get("column_descriptions", {}),
    )
