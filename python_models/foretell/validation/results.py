"""What a gate found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from foretell.request import Request
from foretell.stores.record import Row, now
from foretell.validation.suite import Line, Stage

Status = Literal["pass", "fail", "error"]


@dataclass(frozen=True)
class Result:
    """One line, evaluated once.

    Attributes
    ----------
    observed
        What was found, in words.
    unexpected_percent
        Of rows, for a line that asks something of each; known where it failed.
    keys
        A few of the rows that fail it.
    """

    stage: Stage
    line: Line
    status: Status
    observed: str
    seconds: float
    unexpected_percent: float | None = None
    keys: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        """The column or columns it looks at."""
        return ", ".join(self.line.columns)

    @property
    def expected(self) -> str:
        """Its limits, as words."""
        return ", ".join(
            f"{key} {value}"
            for key, value in self.line.expectation.kwargs.items()
            if key not in {"column", "column_list", "column_A", "column_B"}
        )[:500]

    @property
    def blocks(self) -> bool:
        """Whether the run must stop: critical, and failed or not evaluated."""
        sets_aside = self.line.expectation.on_failure == "quarantine" and self.status == "fail"
        return (
            self.status != "pass"
            and self.line.expectation.severity == "critical"
            and not sets_aside
        )

    @property
    def warns(self) -> bool:
        """Whether a person should look, though the run goes on."""
        sets_aside = self.line.expectation.on_failure == "quarantine" and self.status == "fail"
        return sets_aside or (self.status != "pass" and self.line.expectation.severity == "warning")

    def sentence(self) -> str:
        """What failed, by how much and where, on one line."""
        name = self.line.expectation.type.removeprefix("expect_").replace("_", " ")
        what = self.line.expectation.description or f"{self.column} {name} {self.expected}".strip()
        if self.status == "error":
            where = f"{self.line.where}: " if self.line.origin == "written" else ""
            return f"{self.stage} gate: {where}{what}: could not be evaluated: {self.observed}"
        keys = f" (such as {'; '.join(self.keys)})" if self.keys else ""
        return f"{self.stage} gate: {what}; found {self.observed or 'none'}{keys}"


def worst_of_each(results: Sequence[Result]) -> list[Result]:
    """Without the warnings about what a critical line says already."""
    critical = {_about(result) for result in results if result.blocks}
    return [
        result
        for result in results
        if result.blocks or (result.warns and _about(result) not in critical)
    ]


def _about(result: Result) -> tuple[str, ...]:
    quantile = str(result.line.expectation.kwargs.get("quantile", ""))
    return (
        result.line.expectation.type,
        result.column,
        result.line.expectation.rows or "",
        quantile,
    )


def result_rows(
    request: Request, results: Sequence[Result], *, run_id: str, version: int | None
) -> list[Row]:
    """One row of `validation_results` per expectation of a prediction's gates."""
    return relation_result_rows(
        request.prediction,
        results,
        run_id=run_id,
        invocation_id=request.invocation_id,
        today=request.today,
        version=version,
    )


def relation_result_rows(
    name: str,
    results: Sequence[Result],
    *,
    run_id: str,
    invocation_id: str,
    today: date,
    version: int | None = None,
) -> list[Row]:
    """One row of `validation_results` per expectation of any relation."""
    return [
        {
            "run_id": run_id,
            "invocation_id": invocation_id,
            "prediction": name,
            "model_version": version,
            "stage": result.stage,
            "expectation": result.line.expectation.type,
            "column_name": result.column,
            "severity": result.line.expectation.severity,
            "said_by": result.line.origin,
            "status": result.status,
            "observed": result.observed,
            "expected": result.expected,
            "unexpected_percent": result.unexpected_percent,
            "sample_keys": "; ".join(result.keys),
            "description": result.line.expectation.description,
            "seconds": result.seconds,
            "today": today,
            "ran_at": now(),
        }
        for result in results
    ]
