"""Whether probabilities come true."""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa

from foretell.validation.types.measured import (
    Measure,
    MeasuredExpectation,
    Measurement,
    beside,
    is_within,
    number,
    verdict,
)

#: As many as in training, whose modules a gate does not import.
BINS = 10


class CalibrationError(Measurement):
    """The expected calibration error of `foretell.training.metrics`, in the warehouse."""

    metric_name = "foretell.calibration_error"
    value_keys = ("label",)

    @classmethod
    def aggregate(cls, column: Any, **arguments: Any) -> Any:
        """A query within the select: bins of equal size need the order of the scores."""
        engine = arguments["_dialect"]
        score = number(column, engine)
        label = number(beside(arguments["label"], arguments["_metrics"]), engine)
        ranked = sa.select(
            score.label("score"),
            label.label("label"),
            sa.func.ntile(BINS).over(order_by=score).label("bin"),
        )
        ranked = ranked.select_from(arguments["_table"]).where(
            label.is_not(None), score.is_not(None)
        )
        rows = ranked.subquery("ranked")
        # Rows of one score stay in one bin, or the error would hang on the order of the rows.
        tied = sa.select(
            sa.func.min(rows.c.bin).label("bin"),
            sa.func.count().label("size"),
            sa.func.sum(rows.c.label - rows.c.score).label("gap"),
        ).group_by(rows.c.score)
        scores = tied.subquery("tied")
        bins = (
            sa.select(
                sa.func.sum(scores.c.size).label("size"), sa.func.sum(scores.c.gap).label("gap")
            )
            .group_by(scores.c.bin)
            .subquery("bins")
        )
        error = sa.func.sum(sa.func.abs(bins.c.gap)) / sa.func.sum(bins.c.size)
        # In an aggregate, as it is the same for each row: there must be one row in any case.
        return sa.func.max(sa.select(error).select_from(bins).scalar_subquery())


class ExpectCalibrationErrorBelow(MeasuredExpectation):
    """Expect probabilities to differ from what came true by at most ``max_value`` on average."""

    filled: ClassVar[tuple[str, ...]] = ("label",)

    score: str = "score"
    label: str | None = None
    max_value: float

    def measure(self) -> Measure:
        """The error over rows whose score and label are known."""
        return Measure(CalibrationError.metric_name, self.score, {"label": str(self.label)})

    def judge(self, measured: Any) -> dict[str, Any]:
        """Where no outcome is known yet there is nothing to judge, and nothing wrong."""
        if measured is None:
            return verdict("no known label", True)
        return verdict(measured, is_within(measured, high=self.max_value))
