"""The declaration of a prediction: ``config.meta.prediction`` of a dbt model, checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from foretell.errors import SpecError
from foretell.ground.located import place_in_yaml

#: Keys that the design knows and this version does not act on: refused by name, never ignored.
NOT_YET = {
    "retrain.any.drift",
    "retrain.any.drop",
}
#: Keys that are looked for here but belong elsewhere.
NOT_HERE = {
    "champion_from": "It belongs to a target, not to a prediction: say it with the dbt var "
    "`foretell_champion_from`.",
}
TASKS_NOT_YET = {"forecast"}

Task = Literal["binary", "multiclass", "regression"]
#: Metrics that recipes may be selected by; the first of each task is the default.
METRICS: dict[str, tuple[str, ...]] = {
    "binary": ("log_loss", "brier", "roc_auc", "average_precision"),
    "multiclass": ("log_loss", "accuracy"),
    "regression": ("rmse", "mae"),
}
#: Candidates of each task, simplest first.
CANDIDATES: dict[str, tuple[str, ...]] = {
    "binary": (
        "prior",
        "rule",
        "logistic",
        "hist_gradient_boosting",
        "hist_gradient_boosting_large",
        "lightgbm",
    ),
    "multiclass": (
        "prior",
        "rule",
        "logistic",
        "hist_gradient_boosting",
        "hist_gradient_boosting_large",
        "lightgbm",
    ),
    "regression": (
        "prior",
        "rule",
        "linear",
        "hist_gradient_boosting",
        "hist_gradient_boosting_large",
        "lightgbm",
    ),
}
_OWN = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
#: Days of the longest length of time, a century: a later instant has to be one that is known.
MAX_DAYS = 36_525
_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0}


def parse_duration(text: object) -> timedelta:
    """A length of time written as ``28 days``, ``2 weeks`` or ``12 hours``.

    Raises
    ------
    ValueError
        The text says something else, or more than a century.
    """
    match = re.fullmatch(r"\s*(\d{1,9})\s+(hour|day|week)s?\s*", str(text))
    if not match:
        raise ValueError(f"{text!r} is no length of time; write a number and hours, days or weeks")
    days = int(match[1]) * _DAYS[match[2]]
    if days > MAX_DAYS:
        raise ValueError(f"{text!r} is longer than a hundred years")
    return timedelta(days=days)


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Count = Annotated[int, Field(gt=0, strict=True)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NeverUse(_Part):
    """Columns of the training query that are no features: by name, or by their tags in dbt."""

    columns: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class Baseline(_Part):
    """The rule to beat, a SQL expression over the training query: a number that is higher for more
    likely, the expected value (regression), or the likeliest class (multiclass).
    """

    sql: str


class Guards(_Part):
    """What a challenger may not cost, however much better it is: both on the last cut-off."""

    calibration_error: Annotated[float, Field(gt=0, lt=1)] | None = None
    worst_slice: Annotated[float, Field(ge=0)] | None = None


class Promote(_Part):
    """What a challenger must show on the last cut-off, and a refresh against the champion."""

    min_gain: Annotated[float, Field(ge=0)] = 0.0
    confidence: Annotated[float, Field(ge=0.5, lt=1)] = 0.9
    max_loss: Annotated[float, Field(ge=0)] = 0.02
    approve: Literal["auto", "manual"] = "auto"
    guards: Guards = Guards()


class Triggers(_Part):
    """What makes a build train though nothing was changed: time, or outcomes that matured."""

    age: Duration | None = None
    matured: Count | None = None


class Retrain(_Part):
    """When to train anew: if any trigger fires, but not within ``cooldown`` of the last time."""

    any: Triggers = Triggers()
    cooldown: Duration = timedelta(0)


class Value(_Part):
    """What acting on a row is worth if it is a positive and if it is not, in one currency;
    ``capacity`` is how many rows of an as-of time can be acted on.
    """

    true_positive: Annotated[float, Field(gt=0)] | None = None
    false_positive: Annotated[float, Field(le=0)] | None = None
    capacity: Count | None = None

    @property
    def is_priced(self) -> bool:
        """Whether it says what acting is worth, not only how often one can."""
        return self.true_positive is not None

    @model_validator(mode="after")
    def _both_or_none(self) -> Value:
        if (self.true_positive is None) != (self.false_positive is None):
            raise ValueError("give both `true_positive` and `false_positive`, or neither")
        return self


class Leakage(_Part):
    """What to do about features that seem to know the future; ``accept`` names honest ones."""

    on_finding: Literal["warn", "refuse"] = "warn"
    accept: tuple[str, ...] = ()


class Trust(_Part):
    """Where the trust light turns amber; twice as far it is red."""

    max_age: Annotated[Duration, Field(gt=timedelta(0))] = timedelta(days=7)
    max_drop: Annotated[float, Field(gt=0)] = 0.05
    max_miscalibration: Annotated[float, Field(gt=0, lt=1)] = 0.05


class KnownUntil(_Part):
    """A time column of a model of the query: its newest value says how far outcomes are known."""

    ref: Annotated[str, Field(min_length=1)]
    column: Annotated[str, Field(min_length=1)]


class PredictionSpec(_Part):
    """One prediction, as an analyst declares it. Every key is described in the reference."""

    task: Task
    entity: str
    as_of: str | None = None
    label: str
    horizon: Duration | None = None
    matures_at: str | None = None
    settle: Duration = timedelta(0)
    known_until: KnownUntil | None = None
    predicts: Literal["mean", "median", "count"] | None = None
    never_use: NeverUse = NeverUse()
    keep_clocks: tuple[str, ...] = ()
    candidates: Literal["auto"] | tuple[str, ...] = "auto"
    metric: str = ""
    baseline: Baseline | None = None
    promote: Promote = Promote()
    retrain: Retrain = Retrain()
    value: Value = Value()
    slices: tuple[str, ...] = ()
    leakage: Leakage = Leakage()
    trust: Trust = Trust()
    reasons: Annotated[int, Field(ge=0, le=10, strict=True)] = 3
    reasons_for: Literal["named", "all"] = "named"

    @property
    def is_flat(self) -> bool:
        """Whether rows have no as-of time: a table of what is known now."""
        return self.as_of is None

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_task(cls, declared: Any) -> Any:
        """A mean is judged by squared errors and a median by absolute ones, whichever is named."""
        task = declared.get("task")
        if not isinstance(task, str) or task not in METRICS:
            return declared
        declared = dict(declared)
        if task == "regression":
            by_metric = "median" if declared.get("metric") == "mae" else "mean"
            declared.setdefault("predicts", by_metric)
            declared.setdefault("metric", "mae" if declared["predicts"] == "median" else "rmse")
            if isinstance(declared.get("trust", {}), dict):
                # errors are judged by shares, and intervals miss one of ten by their nature
                declared["trust"] = {"max_drop": 0.1, "max_miscalibration": 0.1} | declared.get(
                    "trust", {}
                )
        declared.setdefault("metric", METRICS[task][0])
        return declared

    @model_validator(mode="after")
    def _one_way_to_mature(self) -> PredictionSpec:
        if self.is_flat:
            keys = [name for name in ("horizon", "matures_at") if getattr(self, name) is not None]
            if self.retrain.any.matured is not None:
                raise ValueError(
                    "`retrain.any.matured` needs `as_of`: a flat table does not say since when a "
                    "label is known. Use `retrain.any.age`"
                )
            keys += ["settle"] if self.settle else []
            keys += ["known_until"] if self.known_until else []
            if keys:
                raise ValueError(
                    f"`{keys[0]}` needs `as_of`; without an as-of time a row is "
                    "known when its label is not null"
                )
        elif (self.horizon is None) == (self.matures_at is None):
            raise ValueError("give either `horizon` (a length of time) or `matures_at` (a column)")
        return self

    @model_validator(mode="after")
    def _columns_of_their_own(self) -> PredictionSpec:
        roles: dict[str, str] = {}
        for role in ("entity", "as_of", "label"):
            name = getattr(self, role)
            first_role = roles.setdefault(name.lower(), role) if name else role
            if first_role != role:
                raise ValueError(f"`{first_role}` and `{role}` both name the column {name}")
        return self

    @model_validator(mode="after")
    def _fits_its_task(self) -> PredictionSpec:
        if self.metric not in METRICS[self.task]:
            allowed = ", ".join(METRICS[self.task])
            raise ValueError(
                f"`metric: {self.metric}` is none of task {self.task}; it has {allowed}"
            )
        if self.task != "regression" and self.predicts is not None:
            raise ValueError("`predicts` is for task regression")
        if self.task == "regression" and (self.predicts == "median") != (self.metric == "mae"):
            raise ValueError(
                f"`predicts: {self.predicts}` and `metric: {self.metric}` contradict each other: "
                "a mean or a count is judged by rmse, a median by mae"
            )
        if self.task != "binary":
            if self.value != Value(capacity=self.value.capacity):
                raise ValueError("`value.true_positive` and `false_positive` are for task binary")
            if self.promote.guards.calibration_error is not None:
                raise ValueError("`promote.guards.calibration_error` is for task binary")
        if self.promote.guards.worst_slice is not None and not self.slices:
            raise ValueError("`promote.guards.worst_slice` needs `slices`")
        return self

    @model_validator(mode="after")
    def _known_candidates(self) -> PredictionSpec:
        if self.candidates == "auto":
            return self
        names = CANDIDATES[self.task]
        if not self.candidates:
            raise ValueError(f"`candidates` is empty; name some of {', '.join(names)}, or `auto`")
        for name in self.candidates:
            if name not in names and not _OWN.fullmatch(name):
                raise ValueError(
                    f"`candidates`: {name!r} is no candidate of task {self.task}; it has "
                    f"{', '.join(names)}, or `module:function` of your own"
                )
        if "rule" in self.candidates and self.baseline is None:
            raise ValueError("candidate `rule` needs `baseline: {sql: ...}`")
        return self


def read_spec(
    declared: object, *, prediction: str, file: str, folder: Path | None = None
) -> PredictionSpec:
    """The checked spec of a prediction.

    Parameters
    ----------
    declared
        ``config.meta.prediction`` as dbt parsed it.
    prediction, file
        The dbt model and the file in which its YAML stands, for the error.
    folder
        The dbt project, where the error may look for the line.

    Raises
    ------
    SpecError
        A key or a value is unknown, missing, or not acted on yet.
    """

    def where(*key: str | int) -> str:
        path = ("config", "meta", "prediction", *key)
        place = place_in_yaml(file, folder, prediction, path) if folder else file
        return f"{place}: config.meta.prediction of {prediction}"

    if not isinstance(declared, dict):
        what = "is missing" if declared is None else f"is {declared!r} and has no keys"
        raise SpecError(
            f"{where()} {what}. A model materialized as `prediction` declares at least "
            "task, entity, label, and as_of with horizon or matures_at."
        )
    _refuse_what_follows_later(declared, where)
    try:
        return PredictionSpec.model_validate(declared)
    except ValidationError as error:
        first = error.errors()[0]["loc"]
        raise SpecError(f"{where(*first)}: " + "; ".join(_sentences(error))) from None


def _refuse_what_follows_later(declared: dict[str, Any], where: Callable[..., str]) -> None:
    task = declared.get("task")
    if isinstance(task, str) and task in TASKS_NOT_YET:
        raise SpecError(
            f"{where('task')}: `task: {task}` is not built yet; this version knows: "
            f"{', '.join(METRICS)}."
        )
    for name in _paths(declared):
        if name in NOT_HERE:
            raise SpecError(f"{where(name)}: `{name}` is no key of a spec. {NOT_HERE[name]}")
        if name in NOT_YET:
            raise SpecError(
                f"{where(*name.split('.'))}: `{name}` is not acted on yet, and so it is refused. "
                "Remove it."
            )


def _paths(declared: dict[str, Any], above: str = "") -> Iterator[str]:
    """Every key of a spec with those that it stands in: `retrain.any.age`."""
    for key, value in declared.items():
        yield f"{above}{key}"
        if isinstance(value, dict):
            yield from _paths(value, f"{above}{key}.")


#: Parts of a spec that have no default.
_PARTS: dict[str, type[_Part]] = {"baseline": Baseline, "known_until": KnownUntil}


#: What pydantic calls the two that `candidates` may be.
_AS_AUTO, _AS_TUPLE = ".literal['auto']", ".tuple[str, ...]"


def _sentences(error: ValidationError) -> list[str]:
    sentences = []
    for problem in error.errors():
        key = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            owner: Any = PredictionSpec
            for part in problem["loc"][:-1]:
                owner = _PARTS.get(str(part)) or type(owner.model_fields[part].default)
            allowed = ", ".join(owner.model_fields)
            sentences.append(f"unknown key `{key}`; known keys are: {allowed}")
        elif problem["type"] == "missing":
            sentences.append(f"`{key}` is missing")
        elif problem["type"] == "tuple_type":
            name = key.removesuffix(_AS_TUPLE)
            or_auto = "`auto`, or " if name != key else ""
            sentences.append(
                f"`{name}` must be {or_auto}a list, such as [{problem['input']}] "
                f"(found {problem['input']!r})"
            )
        elif key.endswith(_AS_AUTO):
            # What it may be else is told by the list's own sentence.
            continue
        else:
            message = problem["msg"].removeprefix("Value error, ")
            key = key.replace(_AS_TUPLE, "")
            input_text = "" if not key else f" (found {problem['input']!r})"
            sentences.append(f"`{key}`: {message}{input_text}" if key else message)
    return list(dict.fromkeys(sentences))
