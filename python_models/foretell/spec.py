"""The declaration of a prediction: ``config.meta.prediction`` of a dbt model, checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from foretell.errors import SpecError

#: Keys that the design knows and this version does not act on: refused by name, never ignored.
NOT_YET = {
    "promote.guards",
    "never_use.tags",
    "retrain.any.drift",
    "retrain.any.drop",
    "slices",
    "value.true_positive",
    "value.false_positive",
    "reasons_for",
}
#: Keys that are looked for here but belong elsewhere.
NOT_HERE = {
    "champion_from": "It belongs to a target, not to a prediction: say it with the dbt var "
    "`foretell_champion_from`.",
}
TASKS_NOT_YET = {"multiclass", "regression", "forecast"}

CandidateName = Literal["prior", "rule", "logistic", "hist_gradient_boosting"]
CANDIDATES: tuple[CandidateName, ...] = get_args(CandidateName)
_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0}


def parse_duration(text: object) -> timedelta:
    """A length of time written as ``28 days``, ``2 weeks`` or ``12 hours``.

    Raises:
        ValueError: the text says something else.
    """
    found = re.fullmatch(r"\s*(\d+)\s+(hour|day|week)s?\s*", str(text))
    if not found:
        raise ValueError(f"{text!r} is no length of time; write a number and hours, days or weeks")
    return timedelta(days=int(found[1]) * _DAYS[found[2]])


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Count = Annotated[int, Field(gt=0, strict=True)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NeverUse(_Part):
    """Columns of the training query that are no features."""

    columns: tuple[str, ...] = Field(default=())


class Baseline(_Part):
    """The rule to beat: a SQL expression over the training query, higher for more likely."""

    sql: str


class Promote(_Part):
    """What a challenger must show on the last cut-off, and a refresh against the champion."""

    min_gain: Annotated[float, Field(ge=0)] = 0.0
    confidence: Annotated[float, Field(ge=0.5, lt=1)] = 0.9
    max_loss: Annotated[float, Field(ge=0)] = 0.02
    approve: Literal["auto", "manual"] = "auto"


class Triggers(_Part):
    """What makes a build train though nothing was changed: time, or outcomes that matured."""

    age: Duration | None = None
    matured: Count | None = None


class Retrain(_Part):
    """When to train anew: if any trigger fires, but not within ``cooldown`` of the last time."""

    any: Triggers = Triggers()
    cooldown: Duration = timedelta(0)


class Value(_Part):
    """What acting on a prediction is worth; ``capacity`` is how many can be acted on."""

    capacity: Count | None = None


class Leakage(_Part):
    """What to do about features that seem to know the future; ``accept`` names honest ones."""

    on_finding: Literal["warn", "refuse"] = "warn"
    accept: tuple[str, ...] = ()


class PredictionSpec(_Part):
    """One prediction, as an analyst declares it. Every key is described in the reference."""

    task: Literal["binary"]
    entity: str
    as_of: str
    label: str
    horizon: Duration | None = None
    matures_at: str | None = None
    settle: Duration = timedelta(0)
    never_use: NeverUse = NeverUse()
    candidates: Literal["auto"] | tuple[CandidateName, ...] = "auto"
    metric: Literal["log_loss", "brier", "roc_auc", "average_precision"] = "log_loss"
    baseline: Baseline | None = None
    promote: Promote = Promote()
    retrain: Retrain = Retrain()
    value: Value = Value()
    leakage: Leakage = Leakage()
    reasons: Annotated[int, Field(ge=0, le=10, strict=True)] = 3

    @model_validator(mode="after")
    def _one_way_to_mature(self) -> PredictionSpec:
        if (self.horizon is None) == (self.matures_at is None):
            raise ValueError("give either `horizon` (a length of time) or `matures_at` (a column)")
        if self.candidates != "auto" and "rule" in self.candidates and self.baseline is None:
            raise ValueError("candidate `rule` needs `baseline: {sql: ...}`")
        return self


def read_spec(declared: object, *, prediction: str, file: str) -> PredictionSpec:
    """The checked spec of a prediction.

    Parameters
    ----------
    declared
        ``config.meta.prediction`` as dbt parsed it.
    prediction, file
        The dbt model and the file in which its YAML stands, for the error.

    Raises:
        SpecError: a key or a value is unknown, missing, or not acted on yet.
    """
    where = f"{file}: config.meta.prediction of {prediction}"
    if not isinstance(declared, dict):
        raise SpecError(
            f"{where} is missing. A model materialized as `prediction` declares at least "
            "task, entity, as_of, label, and horizon or matures_at."
        )
    _refuse_what_follows_later(declared, where)
    try:
        return PredictionSpec.model_validate(declared)
    except ValidationError as error:
        raise SpecError(f"{where}: " + "; ".join(_sentences(error))) from None


def _refuse_what_follows_later(declared: dict[str, Any], where: str) -> None:
    task = declared.get("task")
    if task in TASKS_NOT_YET:
        raise SpecError(f"{where}: `task: {task}` is not built yet; this version knows: binary.")
    for name in _paths(declared):
        if name in NOT_HERE:
            raise SpecError(f"{where}: `{name}` is no key of a spec. {NOT_HERE[name]}")
        if name in NOT_YET:
            raise SpecError(
                f"{where}: `{name}` is not acted on yet, and so it is refused. Remove it."
            )


def _paths(said: dict[str, Any], above: str = "") -> Iterator[str]:
    """Every key of a spec with those that it stands in: `retrain.any.age`."""
    for key, value in said.items():
        yield f"{above}{key}"
        if isinstance(value, dict):
            yield from _paths(value, f"{above}{key}.")


def _sentences(error: ValidationError) -> list[str]:
    sentences = []
    for problem in error.errors():
        key = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            owner: Any = PredictionSpec
            for part in problem["loc"][:-1]:
                owner = type(owner.model_fields[part].default)
            allowed = ", ".join(owner.model_fields)
            sentences.append(f"unknown key `{key}`; known keys are: {allowed}")
        elif problem["type"] == "missing":
            sentences.append(f"`{key}` is missing")
        else:
            message = problem["msg"].removeprefix("Value error, ")
            found = "" if not key else f" (found {problem['input']!r})"
            sentences.append(f"`{key}`: {message}{found}" if key else message)
    return list(dict.fromkeys(sentences))
