"""What each feature of a training query is made of, and what has changed since a version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from foretell.ground.names import RULE
from foretell.ground.views import FeatureView

#: Feature names with the fingerprint of their definition. A column of the training query's own
#: has an empty one: its meaning is the query's, which has a fingerprint of its own.
Definitions = Mapping[str, str]

_NAMED = 6


def definitions_of(
    views: Sequence[FeatureView], features: Iterable[str], *, rule: str | None = None
) -> dict[str, str]:
    """The definition of each feature of a training query, and of the rule to beat, if any."""
    declared = {
        feature.column: view.fingerprint(feature) for view in views for feature in view.features
    }
    definitions = {name: declared.get(name, "") for name in features}
    if rule is not None:
        definitions[RULE] = hashlib.sha256(" ".join(rule.split()).encode()).hexdigest()[:12]
    return definitions


@dataclass(frozen=True)
class Changes:
    """How a feature set differs from that of a version.

    Attributes
    ----------
    rewritten
        Those of the redefined whose declaration is the same: only their view's SQL has changed.
    """

    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    redefined: tuple[str, ...] = ()
    rewritten: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.added or self.gone or self.redefined)

    def __str__(self) -> str:
        parts = (("added", self.added), ("gone", self.gone), ("redefined", self.redefined))
        return "; ".join(f"{kind} {listed(names)}" for kind, names in parts if names)

    def retyped(
        self, features: Iterable[str], earlier: Mapping[str, str], current: Mapping[str, str]
    ) -> Changes:
        """The same with those of a version's features that have changed their kind.

        Parameters
        ----------
        earlier, current
            Kinds of columns; a column that ``earlier`` does not name was a number.
        """
        retyped_names = tuple(
            name
            for name in features
            if name in current
            and current[name] != earlier.get(name, "number")
            and name not in self.redefined
        )
        return replace(self, redefined=(*self.redefined, *retyped_names)) if retyped_names else self

    def without(self, features: Iterable[str]) -> Changes:
        """The same where some features are gone, too."""
        return replace(self, gone=(*self.gone, *features))

    def breaks(self, features: Iterable[str]) -> list[str]:
        """Those of a version's features that it can no longer take by name."""
        return [name for name in features if name in self.gone or name in self.redefined]


def changes_since(earlier: Definitions, current: Definitions) -> Changes:
    """What was added, is gone, or is defined otherwise than it was."""
    return Changes(
        added=tuple(name for name in current if name not in earlier),
        gone=tuple(name for name in earlier if name not in current),
        redefined=tuple(
            name for name in current if name in earlier and earlier[name] != current[name]
        ),
        rewritten=frozenset(
            name
            for name in current
            if name in earlier
            and earlier[name] != current[name]
            and "." in current[name]
            and earlier[name].split(".")[0] == current[name].split(".")[0]
        ),
    )


def listed(names: Sequence[str], *, most: int = _NAMED) -> str:
    """Names in a sentence; of many, the first and how many more."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
