"""What a new feature view is to be: the analyst's answers, checked against the project."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from foretell.errors import ScaffoldError
from foretell.ground.views import ViewKind
from foretell.scaffold import names
from foretell.scaffold.project import DbtProject, Model

KINDS: tuple[ViewKind, ...] = ("events", "states", "spine", "static")


@dataclass(frozen=True)
class NewFeature:
    """A feature view that can be written.

    Attributes
    ----------
    kind, entity, topic, owner
        As in its declaration; ``owner`` may be empty.
    source
        The model that it selects from.
    time
        The source's column that says when something happened; empty for kind static.
    columns
        Columns to make features of: summed (events, spine) or taken as they are.
    spine, as_of
        For kind spine the model with the rows to describe, and its as-of column.
    """

    kind: ViewKind
    entity: str
    topic: str
    source: Model
    time: str
    columns: tuple[str, ...]
    spine: Model | None = None
    as_of: str = ""
    owner: str = ""

    @property
    def noun(self) -> str:
        """The entity in words: ``household`` of ``household_id``."""
        return self.entity.removesuffix("_id").replace("_", " ")

    @property
    def name(self) -> str:
        """The view's name, as ``ref`` takes it."""
        return f"feat_{self.entity.removesuffix('_id')}__{self.topic}"

    @property
    def folder(self) -> Path:
        """Where its files go, below the project's models."""
        return Path("features") / self.entity.removesuffix("_id")

    @property
    def selected(self) -> tuple[str, ...]:
        """Columns that it takes from its source, in order."""
        return tuple(column for column in (self.entity, self.time, *self.columns) if column)


def kind_of(text: str) -> ViewKind:
    """The kind of this name.

    Raises
    ------
    ScaffoldError
        There is no such kind.
    """
    for kind in KINDS:
        if kind == text:
            return kind
    raise ScaffoldError(
        f"`--kind {text}` is no kind of feature view; it must be {', '.join(KINDS)}."
    )


def missing_flags(
    *,
    kind: str | None,
    entity: str | None,
    topic: str | None,
    source: str | None,
    time: str | None,
    spine: str | None,
    columns: list[str],
) -> list[str]:
    """Which options are needed and not given, in the order in which they are asked for."""
    needed = {
        "--entity": entity,
        "--topic": topic,
        "--kind": kind,
        "--source": source,
        "--time": time or kind == "static",
        "--spine": spine or kind != "spine",
        "--column": columns or kind not in ("states", "static"),
    }
    return [flag for flag, value in needed.items() if not value]


def new_feature(
    project: DbtProject,
    *,
    kind: str,
    entity: str,
    topic: str,
    source: str,
    time: str | None = None,
    columns: tuple[str, ...] = (),
    spine: str | None = None,
    as_of: str | None = None,
    owner: str | None = None,
) -> NewFeature:
    """Check the answers together.

    Raises
    ------
    ScaffoldError
        A name is none, a model is unknown, or an option does not fit the kind.
    """
    view_kind = kind_of(kind)
    names.entity(entity)
    names.topic(topic)
    source_model = project.require(names.model(source, flag="--source"), flag="--source")
    if view_kind == "static" and time:
        raise ScaffoldError(
            f"`--time {time}` does not fit kind static, whose values have no history. Leave it "
            "out, or choose kind states to use each value from its time on."
        )
    if view_kind != "spine" and (spine or as_of):
        raise ScaffoldError(
            f"`--spine` and `--as-of` belong to kind spine; kind {view_kind} is computed as of any "
            "time. Leave them out, or choose kind spine to write the SQL yourself."
        )
    if view_kind in ("states", "static") and not columns:
        raise ScaffoldError(
            f"Kind {view_kind} needs a `--column` of {source} to take as a feature."
        )
    rows = (
        project.require(names.model(spine or "", flag="--spine"), flag="--spine")
        if (view_kind == "spine")
        else None
    )
    feature = NewFeature(
        kind=view_kind,
        entity=entity,
        topic=topic,
        source=source_model,
        time=names.column(time, flag="--time") if time else "",
        columns=tuple(names.column(column, flag="--column") for column in columns),
        spine=rows,
        as_of=names.column(as_of or as_of_column(rows), flag="--as-of") if rows else "",
        owner=(owner or "").strip(),
    )
    if view_kind != "static" and not feature.time:
        raise ScaffoldError(
            f"Kind {view_kind} needs `--time`: the column of {source} that dates it."
        )
    _refuse_twice(feature)
    return feature


def as_of_column(spine: Model) -> str:
    """The as-of column that a spine documents, or its usual name."""
    return next(
        (column.name for column in spine.columns if column.name.startswith("as_of")), "as_of_date"
    )


def doubts(feature: NewFeature) -> list[str]:
    """Columns that their model does not document, though it documents others: likely slips."""
    used = [(feature.source, feature.selected)]
    if feature.spine:
        used.append((feature.spine, (feature.entity, feature.as_of)))
    sentences = []
    for model, columns in used:
        documented = {column.name.lower(): column.name for column in model.columns}
        for name in columns:
            if documented and name.lower() not in documented:
                near = get_close_matches(name.lower(), documented, n=1)
                hint = (
                    f"did you mean {documented[near[0]]}?"
                    if near
                    else f"it has {', '.join(documented)}."
                )
                sentences.append(f"{model.name} documents no column {name}; {hint}")
    return sentences


def _refuse_twice(feature: NewFeature) -> None:
    seen: set[str] = set()
    for name in feature.selected:
        if name.lower() in seen:
            raise ScaffoldError(
                f"The column {name} is named twice; --entity, --time and each --column must be "
                "different columns."
            )
        seen.add(name.lower())
