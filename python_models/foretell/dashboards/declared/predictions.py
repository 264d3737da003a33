"""The predictions that a project declares, with the words and formats that dashboards need."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from foretell.dashboards.declared.entity_links import EntityLink, read_link
from foretell.dashboards.declared.manifest import is_prediction, relations_of
from foretell.monitoring.words import happening
from foretell.spec import PredictionSpec, read_spec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from foretell.dashboards.declared.entity_links import EntityLink, read_link
from foretell.dashboards.declared.manifest import Manifest


@dataclass(frozen=True)
class DeclaredPrediction:
    """One prediction as templates see it.

    Attributes
    ----------
    name
        The dbt model; ``prediction`` in every store view.
    relation
        What it is served as; empty while its first run has not succeeded.
    columns
        Of the relation, in its order.
    title
        ``meta.title`` of the dbt model, else made of its name.
    spec
        The whole declaration.
    link
        ``meta.entity_link`` of the dbt model: where a row's entity is shown.

    """

    name: str
    relation: str
    columns: tuple[str, ...]
    title: str
    description: str
    spec: PredictionSpec
    link: EntityLink | None = None

    @property
    def is_published(self) -> bool:
        """Whether there are scores to look at."""
        return bool(self.relation)

    @property
    def task(self) -> str:
        """Binary, multiclass or regression."""
        return self.spec.task

    @property
    def entity(self) -> str:
        """Column that says what a row is about."""
        return self.spec.entity

    @property
    def as_of(self) -> str:
        """Column of the as-of time in the relation."""
        return self.spec.as_of or "as_of_date"

    @property
    def noun(self) -> str:
        """What a row is about, in words: ``household``."""
        return _words(self.spec.entity.lower().removesuffix("_id"))

    @property
    def nouns(self) -> str:
        """The same of many."""
        return self.noun[:-1] + "ies" if self.noun.endswith("y") else self.noun + "s"

    @property
    def happening(self) -> str:
        """The label in words, without its window: ``lapsed``, ``spend (USD)``."""
        return happening(self.spec.label)

    @property
    def question(self) -> str:
        """The description's first sentence; its grain is for others."""
        match = re.match(r".+?[.?!](?= |$)", self.description)
        return match[0] if match else self.description

    @property
    def is_priced(self) -> bool:
        """Whether acting has a value, so that rows have an ``expected_value``."""
        return self.spec.value.is_priced

    @property
    def sums(self) -> bool:
        """Whether scores may be added up: probabilities, means and counts may."""
        return self.task == "binary" or self.spec.predicts in ("mean", "count")

    @property
    def slices(self) -> tuple[str, ...]:
        """Slices that are published beside the scores."""
        return tuple(name for name in self.spec.slices if name in self.columns)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Columns with reasons in words, the strongest first."""
        return tuple(name for name in self.columns if name.startswith("reason_"))

    @property
    def score_format(self) -> str:
        """How a score is written: a share of one, or a number."""
        return ",.4~r" if self.task == "regression" else ".0%"

    @property
    def score_words(self) -> str:
        """What a score is, as a heading."""
        if self.task == "regression":
            return f"Expected {self.happening}"
        return "Probability" if self.task == "binary" else "Probability of the class"

    @property
    def named(self) -> str:
        """Condition for the rows to act on, over the relation."""
        return '"is_named"' if "is_named" in self.columns else "true"

    @property
    def open(self) -> str:
        """Condition for rows whose outcome is still ahead, beside ``today``.

        A flat table does not say when a label appears; what its newest run scored had none.
        """
        if self.spec.is_flat:
            return f'"{self.as_of}" = build.scored_on'
        return "matures_at > build.stands_at"

    @property
    def today(self) -> str:
        """SQL: when the build stands, and the day on which the prediction was last scored."""
        name = self.name.replace("'", "''")
        return (
            "(select max(today) as today, max(stands_at) as stands_at, "
            "(select max(scored_on) from foretell_trust "
            f"where prediction = '{name}') as scored_on from foretell_build)"
        )

    @property
    def when_judged(self) -> str:
        """Why nothing may be known of its quality yet."""
        if self.spec.is_flat:
            return "No outcome is known yet: they come back when the labels of scored rows appear."
        if self.spec.matures_at is not None:
            return f"No outcome is known yet: each is known on its {_words(self.spec.matures_at)}."
        horizon = (self.spec.horizon or timedelta()) + self.spec.settle
        return f"No outcome is known yet: each is known {_length(horizon)} after its as-of date."


@dataclass(frozen=True)
class PredictionSlice:
    """A prediction and one of its slices."""

    prediction: DeclaredPrediction
    slice: str

    @property
    def name(self) -> str:
        """Name that is its own among all."""
        return f"{self.prediction.name}__{self.slice}"


def declared_predictions(
    manifest: Manifest, served: Mapping[str, Sequence[str]]
) -> tuple[DeclaredPrediction, ...]:
    """All predictions of the manifest.

    Parameters
    ----------
    served
        Columns of every relation in the serving file.

    Raises
    ------
    SpecError
        A declaration is wrong; no build of it can have succeeded.
    """
    return tuple(
        _prediction(node, served) for node in relations_of(manifest) if is_prediction(node)
    )


def _prediction(node: Mapping[str, Any], served: Mapping[str, Sequence[str]]) -> DeclaredPrediction:
    meta = node["config"].get("meta") or {}
    name, alias = node["name"], node["alias"]
    file = node["original_file_path"]
    spec = read_spec(meta.get("prediction"), prediction=name, file=file)
    return DeclaredPrediction(
        name=name,
        relation=alias if alias in served else "",
        columns=tuple(served.get(alias, ())),
        title=str(meta.get("title") or default_title(name)),
        description=" ".join(node.get("description", "").split()),
        spec=spec,
        link=read_link(
            meta.get("entity_link"), entity=spec.entity, declared_in=f"{file}: prediction `{name}`"
        ),
    )


def default_title(name: str) -> str:
    """A dbt model's name as a heading.

    >>> default_title("pred_household__lapse_28d")
    'Household: lapse 28d'
    """
    entity, _, topic = name.removeprefix("pred_").partition("__")
    words = f"{_words(entity)}: {_words(topic)}" if topic else _words(entity)
    return words[:1].upper() + words[1:]


def _words(name: str) -> str:
    return " ".join(name.replace("_", " ").split())


def _length(time: timedelta) -> str:
    hours = round(time.total_seconds() / 3600)
    return f"{hours // 24} days" if hours % 24 == 0 else f"{hours} hours"
