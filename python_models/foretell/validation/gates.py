"""Both gates of a prediction: the lines of a person, those of the spec, those that were learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from foretell.errors import GateError
from foretell.registry.runs import Meaning
from foretell.registry.versions import Champion
from foretell.request import Request
from foretell.staging.staged import Staged
from foretell.validation.defaults import default_lines, without_written
from foretell.validation.gate import GateRows, run_gate
from foretell.validation.gate_rows import arrived, input_rows, output_rows
from foretell.validation.learned import Learned, read_learned
from foretell.validation.quarantine import Quarantined, refuse_too_many, set_aside
from foretell.validation.results import Result
from foretell.validation.suite import Line, Stage, Suite
from foretell.validation.written import read_written
from foretell.warehouse.protocol import Warehouse

#: Tag of columns whose values no result shows.
PERSONAL = "pii"
_NAMED = 3


@dataclass
class Gates:
    """The gates of one run, and what they have found so far.

    Attributes
    ----------
    suite
        What a person wrote.
    learned
        What was learned with the champion.
    since
        The day of the last run that succeeded: what came after it is new.
    results
        Of both gates, whatever happens then.
    """

    request: Request
    suite: Suite
    learned: Learned = field(default_factory=Learned)
    since: date | None = None
    results: list[Result] = field(default_factory=list)
    quarantined: Quarantined = field(default_factory=Quarantined)

    @staticmethod
    def read(request: Request) -> Gates:
        """The gates as somebody wrote them, if anybody did.

        Raises
        ------
        SpecError
            A line cannot be evaluated, whatever the data; names the file and the line.
        """
        if not request.gates:
            return Gates(request, Suite(request.suite.name))
        return Gates(request, read_written(request))

    def learn_from(self, champion: Champion | None, meaning: Meaning, warehouse: Warehouse) -> None:
        """Take the lines that the champion's gates have learned."""
        if champion is not None:
            self.learned = read_learned(self.request, warehouse, meaning, version=champion.version)

    def check_input(self, staged: Staged, warehouse: Warehouse, champion: Champion | None) -> None:
        """Judge the staged rows, after those are set aside that may be.

        Raises
        ------
        GateError
            The run must stop.
        """
        if not self.request.gates:
            return
        quarantine_lines = [
            line for line in self.suite.input if line.expectation.on_failure == "quarantine"
        ]
        new = arrived(staged, since=self.since)
        ((total,),) = warehouse.rows(f"select count(*) from ({new}) as new_rows")
        self.quarantined = set_aside(
            self.request, staged, warehouse, quarantine_lines, new=new, secret=self._secret
        )
        self.results += self.quarantined.results
        refuse_too_many(
            self.request, self.quarantined, total=total, most=self.suite.max_quarantined
        )
        defaults, _ = default_lines(staged, today=self.request.today)
        stopping = [line for line in self.suite.input if line not in quarantine_lines]
        lines = (*without_written(defaults, self.suite.input), *stopping, *self._learned_lines)
        rows = input_rows(self.request, staged, warehouse, lines, champion, since=self.since)
        self._judge("input", lines, rows, warehouse)

    def check_output(
        self,
        staged: Staged,
        warehouse: Warehouse,
        champion: Champion | None,
        *,
        expected: int,
        scored: str,
    ) -> None:
        """Judge the scores of this run, which nobody sees yet.

        Parameters
        ----------
        expected
            How many rows were to be scored.
        scored
            Query for the scores.

        Raises
        ------
        GateError
            The run must stop.
        """
        if not self.request.gates:
            return
        _, defaults = default_lines(staged, today=self.request.today)
        lines = (*without_written(defaults, self.suite.output), *self.suite.output)
        rows = output_rows(
            self.request,
            staged,
            warehouse,
            lines,
            champion,
            since=self.since,
            expected=expected,
            scored=scored,
        )
        self._judge("output", lines, rows, warehouse)

    def status(self, stage: Stage) -> str | None:
        """How a gate ended: ``pass``, ``warn`` or ``fail``; None if it was not reached."""
        results = [result for result in self.results if result.stage == stage]
        if any(result.blocks for result in results):
            return "fail"
        return ("warn" if any(result.warns for result in results) else "pass") if results else None

    def _judge(
        self,
        stage: Stage,
        lines: Sequence[Line],
        rows: Mapping[str | None, GateRows],
        warehouse: Warehouse,
    ) -> None:
        results = run_gate(warehouse, lines, rows, stage=stage, secret=self._secret)
        self.results += results
        refuse(self.request, stage, results)

    @property
    def _learned_lines(self) -> tuple[Line, ...]:
        """Those of the store, unless a person has pinned some in the file."""
        return () if self.suite.has_pinned else self.learned.lines

    @property
    def _secret(self) -> frozenset[str]:
        return frozenset(self.request.tagged([PERSONAL]))


def refuse(request: Request, stage: Stage, results: Sequence[Result]) -> None:
    """Stop the run where a critical line failed or could not be evaluated.

    Raises
    ------
    GateError
        What failed, by how much, on which rows, and what to do.
    """
    blocking = [result for result in results if result.blocks]
    if not blocking:
        return
    more = len(blocking) - _NAMED
    accept = ""
    if any(result.line.origin == "learned" for result in blocking):
        accept = (
            f"If the data are right, let the gate learn them: `foretell accept "
            f"{request.prediction}`. "
        )
    raise GateError(
        f"{request.prediction} stopped at its {stage} gate, {len(blocking)} of {len(results)} "
        "expectations: "
        + "; ".join(result.sentence() for result in blocking[:_NAMED])
        + (f"; and {more} more" if more > 0 else "")
        + f". The last good predictions stay. {accept}All results: `foretell gates "
        f"{request.prediction}`; rules: {request.suite.parent.name}/{request.suite.name}."
    )
