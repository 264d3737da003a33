"""The staged relation of a run: its columns by what they mean, its rows by what is known."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from foretell.ground.kinds import ColumnKind
from foretell.ground.names import IS_MATURED, READ_ON
from foretell.ground.relation import Relation, quoted
from foretell.spec import PredictionSpec
from foretell.staging.newest_event import DataEnd
from foretell.warehouse.dialect import Dialect, TypeKind


@dataclass(frozen=True)
class Staged:
    """The staged relation of a run and the columns that matter in it.

    Attributes
    ----------
    kinds
        Columns that are neither key, label, ``matures_at`` nor in ``never_use``, in order, with
        what kind of values each has.
    dialect
        In which the warehouse is asked about them.
    types
        SQL types of all columns.
    data_end
        Where the data end before the run stands; None where they do not, or it is not known.
    notes
        Sentences about what could not be looked at.
    """

    relation: Relation
    spec: PredictionSpec
    kinds: Mapping[str, ColumnKind]
    dialect: Dialect
    types: Mapping[str, str]
    data_end: DataEnd | None = None
    notes: tuple[str, ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the features, in order."""
        return tuple(self.kinds)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about what a person should look at."""
        if self.data_end is None or not self.data_end.is_news(self.spec):
            return self.notes
        return (self.data_end.sentence, *self.notes)

    def without(self, features: Collection[str]) -> Staged:
        """The same rows without some of their features."""
        kinds = {name: kind for name, kind in self.kinds.items() if name not in features}
        return replace(self, kinds=kinds)

    @property
    def dates(self) -> dict[str, bool]:
        """Features that are dates, and whether each is a day of the calendar, as in a flat table,
        rather than days before the as-of time.
        """
        return {name: self.spec.is_flat for name, kind in self.kinds.items() if kind == "date"}

    @property
    def key(self) -> tuple[str, str]:
        """Entity and as-of column: what makes a row unique."""
        return self.spec.entity, self.spec.as_of or READ_ON

    def has_key_in(self, columns: Collection[str]) -> bool:
        """Whether rows with these columns can be told by the key.

        Where it was renamed since, those made before cannot: entities begin anew.
        """
        return set(self.key) <= set(columns)

    def feature_of(self, relation: str, name: str) -> str:
        """SQL for a feature of a relation as its kind: a double, a timestamp or a text."""
        column = f"{relation}.{quoted(name)}"
        return self.dialect.as_kind(column, self.kinds[name], self.types.get(name, ""))

    def label_of(self, relation: str) -> str:
        """SQL for the label of a relation as its task has it: a boolean, a text or a double."""
        column = f"{relation}.{quoted(self.spec.label)}"
        kinds: dict[str, TypeKind] = {"binary": "boolean", "multiclass": "string"}
        kind = kinds.get(self.spec.task, "number")
        return self.dialect.as_kind(column, kind, self.types.get(self.spec.label, ""))

    @property
    def labelled(self) -> str:
        """Query for rows whose outcome is known."""
        return f"select * from {self.relation} where {IS_MATURED} and {quoted(self.spec.label)} is not null"  # noqa: E501

    @property
    def matured(self) -> str:
        """Query for rows whose outcome should be known; that of some may be null for ever."""
        return f"select * from {self.relation} where {IS_MATURED}"

    @property
    def open(self) -> str:
        """Query for rows whose outcome is not known yet."""
        return f"select * from {self.relation} where not {IS_MATURED}"
