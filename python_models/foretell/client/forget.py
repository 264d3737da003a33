"""A person, or whatever else predictions are about, removed from everything that foretell keeps.

Keys reach dbt through the environment and the database as bound values: arguments of an operation
and SQL end up in dbt's log and in its `target` folder, and there a forgotten key would be kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from foretell.client.dbt_command import ask, dbt
from foretell.errors import ForetellError, RegistryError


@dataclass(frozen=True)
class Entity:
    """One key of what a prediction is about: ``household_id=123``."""

    column: str
    key: str


@dataclass(frozen=True)
class Kept:
    """What one relation keeps of the entities.

    Attributes
    ----------
    what
        ``rows`` of theirs, or ``texts`` that name them.
    """

    relation: str
    what: str
    rows: int


@dataclass(frozen=True)
class Upstream:
    """What a prediction's training query returns of the entities, or why that is not known."""

    prediction: str
    rows: int
    unknown: str | None = None


@dataclass(frozen=True)
class Forgetting:
    """What is to be removed from a target, found but not yet done.

    Attributes
    ----------
    kept
        What foretell keeps, per relation.
    upstream
        What training queries return: the next build would score it again.
    served
        Relations of the project's own models that dashboards see and that hold the entities.
    is_copied
        Whether dashboards read a copy of the target, which has to be published anew.
    """

    project_dir: Path
    options: tuple[str, ...]
    question: Mapping[str, Any]
    kept: tuple[Kept, ...]
    upstream: tuple[Upstream, ...]
    served: tuple[Kept, ...]
    is_copied: bool

    @staticmethod
    def find(
        project_dir: Path,
        entities: Sequence[Entity],
        *,
        prediction: str | None = None,
        target: str | None = None,
    ) -> Forgetting:
        """Look for entities in the target that dbt would build.

        Raises
        ------
        RegistryError
            Nothing is kept by such a column, or a key is none of its type.
        """
        options = ("--target", target) if target else ()
        question: dict[str, Any] = {
            "entities": [vars(entity) for entity in dict.fromkeys(entities)],
            "prediction": prediction,
        }
        queries, entity_columns = _predictions(project_dir, options)
        if prediction is not None and prediction not in entity_columns:
            raise RegistryError(
                f"There is no prediction {prediction} in this project; it has "
                f"[{', '.join(sorted(entity_columns))}]."
            )
        places = _ask_found(project_dir, "forget_found", question, options)
        _refuse_slips(entities, places, entity_columns, prediction)
        columns = {entity.column.lower() for entity in entities}
        concerned = {place["prediction"] for place in places} | {
            name for name, column in entity_columns.items() if column.lower() in columns
        }
        served = _ask_found(project_dir, "forget_found_served", question, options)
        return Forgetting(
            project_dir,
            options,
            question,
            _summed(place for place in places if place["rows"]),
            tuple(
                _ask_upstream(
                    project_dir,
                    name,
                    queries[name],
                    question,
                    places,
                    entity_columns[name],
                    options,
                )
                for name in sorted(concerned & set(queries))
                if prediction in (None, name)
            ),
            _summed(served["relations"]),
            served["is_copied"],
        )

    def forget(self) -> None:
        """Remove it in one transaction, and put on record how much that was."""
        happened_at = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"
        self._run("foretell.forget", {"happened_at": happened_at})

    def publish(self) -> None:
        """Publish the serving copy without the entities, and remove the older files.

        Raises
        ------
        ForetellError
            It cannot be published; says what is done already.
        """
        try:
            self._run("foretell.publish_without", {})
        except ForetellError as error:
            raise ForetellError(
                "Nothing of it is left in the warehouse's stores, but the serving copy could not "
                f"be published without it, so dashboards still show it: {error} Run the same "
                "command again."
            ) from None

    def _run(self, operation: str, arguments: Mapping[str, object]) -> None:
        dbt(
            self.project_dir,
            "run-operation",
            operation,
            "--args",
            json.dumps(arguments),
            *self.options,
            environment={"FORETELL_FORGET": json.dumps(self.question)},
        )


def _predictions(
    project_dir: Path, options: tuple[str, ...]
) -> tuple[dict[str, str], dict[str, str]]:
    """Training queries, and entity columns, by prediction."""
    queries, entity_columns = {}, {}
    selected = ("--select", "config.materialized:prediction")
    for result in dbt(project_dir, "compile", *selected, *options):
        # dbt compiles the tests of what is selected too.
        if result.node.resource_type == "model":
            declared = (result.node.config.meta or {}).get("prediction")
            queries[result.node.name] = result.node.compiled_code
            entity_columns[result.node.name] = (
                str(declared.get("entity")) if isinstance(declared, dict) else ""
            )
    return queries, entity_columns


def _ask_found(
    project_dir: Path, macro: str, question: Mapping[str, Any], options: tuple[str, ...]
) -> Any:
    (row,) = ask(
        project_dir,
        "{{ foretell." + macro + "() }}",
        options=options,
        environment={"FORETELL_FORGET": json.dumps(question)},
    )
    return json.loads(row["found"])


def _ask_upstream(
    project_dir: Path,
    prediction: str,
    query: str,
    question: Mapping[str, Any],
    places: Sequence[Mapping[str, Any]],
    entity: str,
    options: tuple[str, ...],
) -> Upstream:
    types = {
        place["column"].lower(): place["type"]
        for place in places
        if place["prediction"] == prediction and place["what"] == "rows"
    }
    columns = {entity.lower(), *types}
    entities = [key for key in question["entities"] if key["column"].lower() in columns]
    upstream_question = {**question, "entities": entities, "query": query, "types": types}
    try:
        counts = _ask_found(project_dir, "forget_found_upstream", upstream_question, options)
    except ForetellError as error:
        return Upstream(prediction, 0, unknown=str(error))
    return Upstream(prediction, sum(count["rows"] for count in counts))


def _summed(places: Iterable[Mapping[str, Any]]) -> tuple[Kept, ...]:
    """One line per relation, however many keys were asked for."""
    sums: dict[tuple[str, str], int] = {}
    for place in places:
        name = (place["relation"], place.get("what", "rows"))
        sums[name] = sums.get(name, 0) + place["rows"]
    return tuple(Kept(relation, what, rows) for (relation, what), rows in sums.items())


def _refuse_slips(
    entities: Sequence[Entity],
    places: Sequence[Mapping[str, Any]],
    entity_columns: Mapping[str, str],
    prediction: str | None,
) -> None:
    for position, entity in enumerate(dict.fromkeys(entities)):
        own_places = [
            place
            for place in places
            if place["what"] == "rows" and place["column"].lower() == entity.column.lower()
        ]
        declared = {
            name
            for name, column in entity_columns.items()
            if column.lower() == entity.column.lower()
        }
        if not own_places and not (declared & {prediction or name for name in declared}):
            listing = ", ".join(
                f"{name} by {column}" for name, column in sorted(entity_columns.items())
            )
            raise RegistryError(
                f"Nothing is kept by {entity.column} in this target. Predictions are kept by the "
                f"`entity` of their spec: [{listing}]."
            )
        if own_places and not any(
            place["fits"] for place in own_places if place["entity"] == position
        ):
            raise RegistryError(
                f"{entity.key!r} is no {own_places[0]['type']}, which {entity.column} is in "
                f"{own_places[0]['relation']}. Nothing was changed."
            )
