"""A stored version that is asked about: found by number, able to score today's rows or not.

All that questions need of training and scoring is called here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.pipeline import Pipeline

from foretell.errors import DataError, RegistryError
from foretell.features.kept import confirmed
from foretell.ground.definitions import Changes, Definitions, changes_since, listed
from foretell.ground.names import RULE
from foretell.ground.relation import Relation
from foretell.questions.scratch import Side, side_of
from foretell.registry.runs import Meaning
from foretell.registry.versions import Champion, find_version, versions_of
from foretell.request import Request
from foretell.scoring.fitted import fitted_of
from foretell.scoring.reasons import contributions
from foretell.scoring.score import scores_of
from foretell.spec import PredictionSpec
from foretell.staging.staged import Staged
from foretell.training.rows import UNKNOWN, select_inputs, values_of
from foretell.warehouse.protocol import Warehouse


def refuse_unbuilt(request: Request, warehouse: Warehouse) -> None:
    """Without a version there is nothing to ask about.

    Raises
    ------
    RegistryError
        The prediction has none in this target.
    """
    if not has_stores(request, warehouse) or not versions_of(request, warehouse):
        raise RegistryError(
            f"{request.prediction} has no version in this target yet: none is in "
            f"{request.store('model_versions')}. `dbt build` makes the first one."
        )


def has_stores(request: Request, warehouse: Warehouse) -> bool:
    """Whether anything was ever built in this target."""
    return warehouse.exists(request.store("model_versions"))


def get_version(request: Request, version: int, warehouse: Warehouse) -> Champion:
    """A version by its number.

    Raises
    ------
    RegistryError
        There is none of this number; lists those that there are.
    """
    numbers = versions_of(request, warehouse)
    if version not in numbers:
        numbers_text = ", ".join(f"v{number}" for number in numbers)
        raise RegistryError(
            f"{request.prediction} has no version v{version}; it has [{numbers_text}]."
        )
    return find_version(request, version, warehouse)


def refuse_lost(
    request: Request,
    spec: PredictionSpec,
    staged: Staged,
    version: Champion,
    warehouse: Warehouse,
) -> None:
    """A version takes its columns by name, and each must mean what it meant.

    Raises
    ------
    DataError
        One is gone or defined otherwise, or the version is of a different task.
    RegistryError
        Its artifact cannot score.
    """
    definitions = Meaning.of(request, spec, staged).features
    changes = changes_since(version.definitions, definitions)
    changes = confirmed(changes, request, staged, warehouse, version=version.version)
    changes = changes.retyped(version.recipe.features, version.recipe.kinds, staged.kinds)
    lost = _lost(version, changes, definitions)
    if lost:
        raise DataError(f"v{version.version} cannot score today's rows: {lost}.")
    if version.unusable is not None:
        raise RegistryError(version.unusable)
    if version.form.task != spec.task:
        raise DataError(
            f"v{version.version} is of task {version.form.task}, and {request.prediction} is of "
            f"task {spec.task} now: their scores mean different things."
        )


def _lost(version: Champion, changes: Changes, definitions: Definitions) -> str:
    needs = _looks_at(version)
    # A version that did not record its definitions can still miss a column.
    gone = [name for name in needs if name in changes.gone or name not in definitions]
    redefined = [name for name in needs if name in changes.redefined]
    if RULE in needs and (gone or redefined):
        return "it is the rule of `baseline.sql`, which the spec says otherwise now, or not at all"
    causes = []
    if gone:
        causes.append(f"the training query no longer returns {listed(gone)}")
    if redefined:
        causes.append(f"{listed(redefined)} {_is(redefined)} defined otherwise now")
    return ", and ".join(causes)


def _looks_at(version: Champion) -> tuple[str, ...]:
    """Its features, or the rule; the prior looks at nothing."""
    return () if version.recipe.candidate == "prior" else version.recipe.needs


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def stage_scores(
    request: Request,
    staged: Staged,
    version: Champion,
    warehouse: Warehouse,
    *,
    rows: str,
    side: Side = "now",
) -> Relation:
    """Scores of a query's rows by a version, in a scratch table with the key and ``score``."""
    side_request = side_of(request, side)
    without_reasons = replace(staged, spec=staged.spec.model_copy(update={"reasons": 0}))
    with scores_of(
        side_request, without_reasons, fitted_of(version), warehouse, rows=rows
    ) as scores:
        warehouse.stage(side_request.scored, scores.sql)
    return side_request.scored


def explain_row(
    staged: Staged, version: Champion, warehouse: Warehouse, *, row: str
) -> list[tuple[str, float | str | None, float | str | None, float]]:
    """What a version looks at in one row: name, value, typical value and contribution of each.

    A date is days before the as-of time, in a flat table days since 1970.
    """
    fitted, names = fitted_of(version), _looks_at(version)
    if not names:
        return []
    sql = select_inputs(staged, row, features=names)
    table = warehouse.sample(sql, key=staged.key, limit=1)
    columns = values_of(table, names, is_flat=staged.spec.is_flat)
    ((*effects,),) = contributions(fitted.form, columns, typical=fitted.typical)
    return [
        (name, _known(columns[name][0]), fitted.typical.get(name), float(effect))
        for name, effect in zip(names, effects, strict=True)
    ]


def _known(value: float | str) -> float | str | None:
    if isinstance(value, str):
        return None if value == UNKNOWN else value
    return None if np.isnan(value) else float(value)


def settings_of(version: Champion) -> str:
    """A version's estimator with all settings that are not its library's defaults."""
    estimator = version.model.pipeline
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return " ".join(repr(estimator).split()).replace("(", " (", 1).removesuffix(" ()")
