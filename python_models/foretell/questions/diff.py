"""How two versions of a prediction differ: what each looks at, how good it was, whom it names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from foretell.errors import ForetellError, RegistryError
from foretell.ground.definitions import Changes, changes_since
from foretell.questions.asked import AskDiff
from foretell.questions.compared import Comparison, compare_versions
from foretell.questions.stored import get_version, refuse_unbuilt, settings_of
from foretell.registry.versions import Champion, champions, versions_of
from foretell.request import Request
from foretell.spec import read_spec
from foretell.warehouse.protocol import Warehouse


@dataclass(frozen=True)
class Side:
    """One of the two versions.

    Attributes
    ----------
    is_champion
        Whether it serves.
    estimator, settings
        Its recipe's candidate, and what is set of it; the reason where the artifact cannot be
        loaded.
    features
        What it looks at; none for the rule alone.
    metrics
        At the last cut-off of its backtest, by name.
    cut_off, test_rows
        The first as-of date of the rows that it was judged on there, and how many they were, where
        that is on record.
    """

    version: int
    is_champion: bool
    estimator: str
    settings: str
    trained_on: date
    trained_until: datetime
    trained_rows: int
    features: tuple[str, ...]
    metrics: dict[str, float]
    cut_off: date | None
    test_rows: int | None


@dataclass(frozen=True)
class Diff:
    """What differs between two versions, from the first (then) to the second (now).

    Attributes
    ----------
    added, gone, redefined
        Of the features that they look at.
    same_spec, same_query
        Whether both learnt from the same declaration, and from the same training query, features
        and all.
    metrics_differ
        Why their metrics cannot be compared, or None.
    compared
        Both versions' scores of the same rows.
    not_compared
        Why there are none, or None.
    """

    prediction: str
    entity: str
    then: Side
    now: Side
    added: tuple[str, ...]
    gone: tuple[str, ...]
    redefined: tuple[str, ...]
    same_spec: bool
    same_query: bool
    metrics_differ: str | None
    compared: Comparison | None
    not_compared: str | None


def diff(request: Request, warehouse: Warehouse, question: AskDiff) -> Diff:
    """Compare two stored versions, and their scores of the newest rows.

    Raises
    ------
    ForetellError
        A version does not exist, there are not two, or the spec is refused.
    """
    spec = read_spec(
        request.declared, prediction=request.prediction, file=request.file, folder=request.folder
    )
    refuse_unbuilt(request, warehouse)
    served = champions(request, warehouse)
    known = versions_of(request, warehouse)
    before, after = pair_of(request.prediction, question.versions, served=served, known=known)
    then, now = (get_version(request, number, warehouse) for number in (before, after))
    sides = [_side(request, version, warehouse, served=served) for version in (then, now)]
    changes = looks_at_otherwise(then, now)
    compared, why_not = None, None
    try:
        compared = compare_versions(request, spec, then, now, warehouse)
    except ForetellError as refusal:
        why_not = str(refusal)
    return Diff(
        prediction=request.prediction,
        entity=spec.entity,
        then=sides[0],
        now=sides[1],
        added=changes.added,
        gone=changes.gone,
        redefined=changes.redefined,
        same_spec=then.spec_fingerprint == now.spec_fingerprint,
        same_query=then.query_fingerprint == now.query_fingerprint,
        metrics_differ=_incomparable(*sides),
        compared=compared,
        not_compared=why_not,
    )


def pair_of(
    prediction: str, named: tuple[int, ...], *, served: list[int], known: list[int]
) -> tuple[int, int]:
    """Which two versions are compared, then and now.

    Parameters
    ----------
    named
        Two versions, one (what if it served instead of the champion?) or none (what did the last
        promotion change?).
    served, known
        Versions that were champion, latest first, and all that there are.

    Raises
    ------
    RegistryError
        There are not two, or they are the same.
    """
    versions_text = f"it has [{', '.join(f'v{version}' for version in known)}]"
    if len(named) < 2 and not served:
        raise RegistryError(
            f"{prediction} has no champion to compare with; {versions_text}. Name two versions: "
            f"foretell diff {prediction} v1 v2"
        )
    if not named and len(served) < 2:
        rest = [version for version in known if version != served[0]]
        raise RegistryError(
            f"{prediction} has had no champion before v{served[0]}; {versions_text}. "
            + (
                f"Name the version to compare it with: foretell diff {prediction} v{rest[-1]}"
                if rest
                else "There is nothing to compare it with yet."
            )
        )
    if not named:
        return served[1], served[0]
    pair = (named[0], named[1]) if len(named) == 2 else (served[0], named[0])
    if pair[0] == pair[1]:
        problem = "named twice" if len(named) == 2 else "the champion itself"
        raise RegistryError(
            f"v{pair[0]} is {problem}: {prediction} has nothing to compare it with; "
            f"{versions_text}."
        )
    return pair


def looks_at_otherwise(then: Champion, now: Champion) -> Changes:
    """How the features that two versions look at differ; one without a definition is as it was."""

    def defined(version: Champion, counterpart: Champion) -> Mapping[str, str]:
        return {
            name: version.definitions.get(name, counterpart.definitions.get(name, ""))
            for name in version.recipe.features
        }

    return changes_since(defined(then, now), defined(now, then))


def _side(request: Request, version: Champion, warehouse: Warehouse, *, served: list[int]) -> Side:
    ((metrics, rows),) = warehouse.rows(
        f"select metrics, trained_rows from {request.champion_seen('model_versions')} as versions "
        "where prediction = ? and version = ?",
        [request.prediction, version.version],
    )
    judged = warehouse.rows(
        f"select as_of_date, max(row_count) from {request.champion_seen('metrics')} as metrics "
        "where prediction = ? and model_version = ? and origin = 'backtest' and slice = 'all' "
        "group by 1 order by 1 desc limit 1",
        [request.prediction, version.version],
    )
    cut_off, test_rows = judged[0] if judged else (None, None)
    try:
        settings = settings_of(version)
    except RegistryError as refusal:
        settings = str(refusal)
    return Side(
        version=version.version,
        is_champion=served[:1] == [version.version],
        estimator=version.recipe.candidate,
        settings=settings,
        trained_on=version.made_on,
        trained_until=version.trained_until,
        trained_rows=int(rows),
        features=version.recipe.features,
        metrics=dict(json.loads(metrics)),
        cut_off=cut_off,
        test_rows=None if test_rows is None else int(test_rows),
    )


def _incomparable(then: Side, now: Side) -> str | None:
    if then.cut_off is None or now.cut_off is None:
        return "it is not on record as of when they were judged"
    if then.cut_off != now.cut_off:
        return (
            f"v{then.version} was judged on rows as of {then.cut_off} on, v{now.version} as of "
            f"{now.cut_off} on: other rows, at another time"
        )
    if then.test_rows != now.test_rows:
        return f"{then.test_rows:,} rows then, {now.test_rows:,} now: their outcomes changed since"
    return None
