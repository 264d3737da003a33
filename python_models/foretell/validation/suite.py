"""A prediction's expectations as a person wrote them: ``expectations/<prediction>.yml``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from foretell.errors import SpecError

Stage = Literal["input", "output"]
Severity = Literal["critical", "warning", "info"]


class Expectation(BaseModel):
    """One line of a suite, in Great Expectations' own vocabulary."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Annotated[str, Field(pattern="^expect_[a-z0-9_]+$")]
    kwargs: dict[str, Any] = {}
    severity: Severity = "critical"
    description: str | None = None


class Suite(BaseModel):
    """What must hold of the staged rows (``input``) and of the staged scores (``output``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: tuple[Expectation, ...] = ()
    output: tuple[Expectation, ...] = ()

    def at(self, stage: Stage) -> tuple[Expectation, ...]:
        """The lines of one gate."""
        return self.input if stage == "input" else self.output


def read_suite(path: Path) -> Suite:
    """The suite in a file, or an empty one where there is no file.

    Raises:
        SpecError: the file is no YAML, or not a suite, or its folder is not where a var says.
    """
    if not path.exists():
        if not path.parent.is_dir() and path.parent.name != "expectations":
            raise SpecError(
                f"The var foretell_expectations names the folder {path.parent}, which is not "
                "there. It is relative to dbt_project.yml."
            )
        return Suite()
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise SpecError(
            f"expectations/{path.name}: no valid YAML: {' '.join(str(error).split())}"
        ) from None
    try:
        return Suite.model_validate(said)
    except ValidationError as error:
        lines = "; ".join(
            f"`{'.'.join(str(part) for part in problem['loc'])}`: {problem['msg']}"
            for problem in error.errors()
        )
        raise SpecError(
            f"expectations/{path.name}: {lines}. A suite has `input:` and `output:`, each a list "
            "of {type, kwargs, severity, description}."
        ) from None
