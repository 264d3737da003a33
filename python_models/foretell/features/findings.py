"""What the leakage detector found: signs that a feature knows more than it will when it scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from foretell.errors import DataError, LeakageError
from foretell.ground.definitions import listed
from foretell.request import Request
from foretell.spec import PredictionSpec
from foretell.stores.record import Row, now

FindingKind = Literal[
    "predicts alone", "named after", "dated after", "no history", "restated", "rows changed"
]
Severity = Literal["warning", "info", "accepted"]


@dataclass(frozen=True)
class Finding:
    """One sign of a leak.

    Attributes
    ----------
    kind
        ``predicts alone``: one feature tells the outcome almost without error. ``named after``,
        ``dated after``: a name or a time that lies after the as-of time. ``no history``: a static
        view, whose past is unknown. ``restated``: a row scored before has a different value now.
        ``rows changed``: a view's rows of the past are others than at the run before.
    value
        AUC for ``predicts alone``, else the share of rows.
    """

    kind: FindingKind
    severity: Severity
    view: str | None
    feature: str | None
    value: float | None
    message: str


def accepted(found: Iterable[Finding], spec: PredictionSpec) -> list[Finding]:
    """The findings, those marked that the spec accepts by the name of a feature or view."""
    names = set(spec.leakage.accept)
    return [
        replace(one, severity="accepted") if {one.feature, one.view} & names else one
        for one in found
    ]


def check_accepted(request: Request, spec: PredictionSpec, features: Iterable[str]) -> None:
    """A name that is accepted must be one: a slip would look like a decision.

    Raises:
        DataError: it is neither a feature nor a feature view.
    """
    views = [view.name for view in request.views]
    unknown = [name for name in spec.leakage.accept if name not in {*views, *features}]
    if unknown:
        raise DataError(
            f"{request.place('leakage', 'accept')}: `leakage.accept` of {request.prediction} names "
            f"{', '.join(unknown)}, which is neither a feature nor a feature view of it; it has "
            f"the views [{', '.join(views)}] and the features [{', '.join(features)}]."
        )


def sentences(found: Iterable[Finding]) -> list[str]:
    """One warning per view and kind, led by its worst feature."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for one in found:
        if one.severity == "warning":
            own = one.feature if one.view is None else None
            groups.setdefault((one.kind, one.view, own), []).append(one)
    said = []
    for group in groups.values():
        worst, *others = sorted(group, key=lambda one: -(one.value or 0.0))
        more = [one.feature for one in others if one.feature]
        said.append(worst.message + (f" Likewise {listed(more, most=3)}." if more else ""))
    return said


def refuse_leaks(request: Request, spec: PredictionSpec, found: Sequence[Finding]) -> None:
    """Stop a run whose spec says so.

    Raises:
        LeakageError: there is a finding that is not accepted, and `leakage.on_finding: refuse`.
    """
    said = sentences(found)
    if spec.leakage.on_finding == "refuse" and said:
        names = list(
            dict.fromkeys(one.view or one.feature for one in found if one.severity == "warning")
        )
        raise LeakageError(
            f"{request.prediction} may look into the future: {' '.join(said[:3])} The last good "
            "predictions stay. Mend the view, or, if this is honest, say so in "
            f"{request.file}: `leakage: {{accept: [{', '.join(str(name) for name in names)}]}}`."
        )


def finding_rows(request: Request, found: Sequence[Finding], *, run_id: str) -> list[Row]:
    """One row of `feature_findings` per finding."""
    return [
        {
            "run_id": run_id,
            "prediction": request.prediction,
            "today": request.today,
            "found_at": now(),
            "feature": one.feature,
            "feature_view": one.view,
            "finding": one.kind,
            "severity": one.severity,
            "value": one.value,
            "message": one.message,
        }
        for one in found
    ]
