"""What a gate found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from foretell.validation.suite import Expectation, Stage

Status = Literal["pass", "fail", "error"]


@dataclass(frozen=True)
class Result:
    """One expectation, evaluated once."""

    stage: Stage
    expectation: Expectation
    status: Status
    observed: str
    seconds: float
    unexpected_percent: float | None = None

    @property
    def column(self) -> str:
        """The column or columns it looks at."""
        kwargs = self.expectation.kwargs
        found = kwargs.get("column") or kwargs.get("column_list") or ""
        return found if isinstance(found, str) else ", ".join(found)

    @property
    def expected(self) -> str:
        """Its limits, as words."""
        return ", ".join(
            f"{key} {value}"
            for key, value in self.expectation.kwargs.items()
            if key not in {"column", "column_list"}
        )

    @property
    def blocks(self) -> bool:
        """Whether the run must stop: critical, and failed or not evaluated."""
        return self.status != "pass" and self.expectation.severity == "critical"

    @property
    def warns(self) -> bool:
        """Whether a person should look, though the run goes on."""
        return self.status != "pass" and self.expectation.severity == "warning"

    def sentence(self) -> str:
        """What failed and by how much, on one line."""
        name = self.expectation.type.removeprefix("expect_").replace("_", " ")
        what = self.expectation.description or f"{self.column} {name} {self.expected}".strip()
        verb = "could not be evaluated" if self.status == "error" else "failed"
        return f"{self.stage} gate: {what} {verb}: {self.observed}"
