"""How often the label is true."""

from __future__ import annotations

from typing import Any, ClassVar

from foretell.validation.types.measured import BetweenExpectation, Measure, is_within, verdict
from foretell.validation.types.scores import MEAN


class ExpectPositiveRateBetween(BetweenExpectation):
    """Expect the share of positives among the known labels to lie between two values."""

    filled: ClassVar[tuple[str, ...]] = ("label",)

    label: str | None = None

    def measure(self) -> Measure:
        """The share of known labels that are true."""
        return Measure(MEAN, str(self.label))

    def judge(self, measured: Any) -> dict[str, Any]:
        """On a day on which no row matured there is nothing to judge, and nothing wrong."""
        if measured is None:
            return verdict("no known label", True)
        return verdict(measured, is_within(measured, low=self.min_value, high=self.max_value))
