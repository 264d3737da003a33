"""A suite as a person wrote it: ``expectations/<prediction>.yml``, or that of any relation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from foretell.errors import SpecError
from foretell.ground.located import Located, error_line, read_located

Stage = Literal["input", "output", "relation"]
Severity = Literal["critical", "warning", "info"]
#: Who made a line: a person, the spec, or the champion's training rows.
Origin = Literal["written", "default", "learned"]

_LINE = "{type, kwargs, severity, description, rows, on_failure, meta}"


class Expectation(BaseModel):
    """What is expected, in Great Expectations' own vocabulary, and what follows if it fails.

    Attributes
    ----------
    rows
        Which rows it looks at (`rows.py` has the choices); None for all of its gate's.
    on_failure
        Whether the run stops, or only the failing rows are set aside.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Annotated[str, Field(pattern="^expect_[a-z0-9_]+$")]
    kwargs: dict[str, Any] = {}
    severity: Severity = "critical"
    description: str | None = None
    rows: str | None = None
    on_failure: Literal["stop", "quarantine"] = "stop"
    meta: dict[str, Any] = {}

    @model_validator(mode="after")
    def _has_limits_that_are_numbers(self) -> Expectation:
        for name, value in self.kwargs.items():
            values = value if isinstance(value, list) else [value]
            if any(isinstance(limit, float) and math.isnan(limit) for limit in values):
                raise ValueError(f"`{name}` is NaN, with which nothing can be compared")
        return self


class SuiteFile(BaseModel):
    """The file of a prediction, or of any other relation, as YAML has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    relation: str | None = None
    input: tuple[Expectation, ...] = ()
    output: tuple[Expectation, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    max_quarantined: Annotated[float, Field(ge=0, le=1)] = 0.01

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> SuiteFile:
        if self.relation and (self.input or self.output):
            raise ValueError(
                "a suite with `relation:` has one list, `expectations:`; `input:` and `output:` "
                "are for predictions"
            )
        if self.expectations and not self.relation:
            raise ValueError("`expectations:` belongs to a suite that names its `relation:`")
        if any(
            expectation.on_failure == "quarantine"
            for expectation in (*self.output, *self.expectations)
        ):
            raise ValueError("`on_failure: quarantine` is for `input:`, before rows are scored")
        return self


@dataclass(frozen=True)
class Line:
    """One expectation of a gate, and who says so.

    Attributes
    ----------
    where
        For messages: ``expectations/pred_x.yml:12``, ``learned with v3``, ``default``.
    """

    expectation: Expectation
    origin: Origin
    where: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it looks at."""
        kwargs = self.expectation.kwargs
        named = [kwargs.get(name) for name in ("column", "column_A", "column_B", "label", "score")]
        listed = kwargs.get("column_list") or ()
        return tuple(dict.fromkeys([*(name for name in named if isinstance(name, str)), *listed]))


@dataclass(frozen=True)
class Suite:
    """What must hold of the staged rows (``input``) and of the staged scores (``output``).

    Attributes
    ----------
    file
        As messages name it; it need not exist.
    relation
        The model that it guards, where that is no prediction; its lines are ``input``.
    max_quarantined
        Share of the rows that may be set aside before the run stops.
    """

    file: str
    input: tuple[Line, ...] = ()
    output: tuple[Line, ...] = ()
    relation: str | None = None
    max_quarantined: float = 0.01

    def at(self, stage: Stage) -> tuple[Line, ...]:
        """The lines of one gate."""
        return self.input if stage == "input" else self.output

    @property
    def has_pinned(self) -> bool:
        """Whether learned lines were written into the file, where they win over the store's."""
        return any(line.origin == "learned" for line in (*self.input, *self.output))


def read_suite(path: Path) -> Suite:
    """The suite in a file, or an empty one where there is no file.

    Raises
    ------
    SpecError
        The file is no YAML, or not a suite, or its folder is not where a var says;
        names the file and the line.
    """
    file = f"{path.parent.name}/{path.name}"
    if not path.exists():
        if not path.parent.is_dir() and path.parent.name != "expectations":
            raise SpecError(
                f"The var foretell_expectations names the folder {path.parent}, which is not "
                "there. It is relative to dbt_project.yml."
            )
        return Suite(file)
    try:
        located = read_located(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        line = error_line(error)
        raise SpecError(
            f"{file}{f':{line}' if line else ''}: no valid YAML: {' '.join(str(error).split())}"
        ) from None
    try:
        declared = SuiteFile.model_validate(located.value or {})
    except ValidationError as error:
        raise SpecError(_mistakes(file, located, error)) from None
    return Suite(
        file,
        input=_lines(file, located, "expectations" if declared.relation else "input", declared),
        output=_lines(file, located, "output", declared),
        relation=declared.relation,
        max_quarantined=declared.max_quarantined,
    )


def _lines(file: str, located: Located, name: str, declared: SuiteFile) -> tuple[Line, ...]:
    expectations: tuple[Expectation, ...] = getattr(declared, name)
    return tuple(
        Line(
            expectation,
            "learned" if expectation.meta.get("learned") else "written",
            f"{file}:{located.line((name, number))}",
        )
        for number, expectation in enumerate(expectations)
    )


def _mistakes(file: str, located: Located, error: ValidationError) -> str:
    mistakes = "; ".join(
        f"{file}:{located.line(problem['loc'])}: "
        f"`{'.'.join(str(part) for part in problem['loc']) or 'file'}`: {problem['msg']}"
        for problem in error.errors()
    )
    return (
        f"{mistakes}. A suite has `input:` and `output:`, or `relation:` and `expectations:`, each "
        f"a list of {_LINE}, and `max_quarantined:`."
    )
