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
        ``rows changed``: a view's rows of the past differ from the run before.
    value
        AUC for ``predicts alone``, else the share of rows.
    """

    kind: FindingKind
    severity: Severity
    view: str | None
    feature: str | None
    value: float | None
    message: str


def accepted(findings: Iterable[Finding], spec: PredictionSpec) -> list[Finding]:
    """The findings; those whose feature or view the spec accepts are marked as accepted."""
    names = set(spec.leakage.accept)
    return [
        replace(finding, severity="accepted")
        if {finding.feature, finding.view} & names
        else finding
        for finding in findings
    ]


def check_accepted(request: Request, spec: PredictionSpec, features: Iterable[str]) -> None:
    """Refuse an accepted name that does not exist: a typing error would look like a decision.

    Raises
    ------
    DataError
        A name is neither a feature nor a feature view.
    """
    views = [view.name for view in request.views]
    unknown = [name for name in spec.leakage.accept if name not in {*views, *features}]
    if unknown:
        raise DataError(
            f"{request.place('leakage', 'accept')}: `leakage.accept` of {request.prediction} names "
            f"{', '.join(unknown)}, which is neither a feature nor a feature view of it; it has "
            f"the views [{', '.join(views)}] and the features [{', '.join(features)}]."
        )


def sentences(findings: Iterable[Finding]) -> list[str]:
    """One warning per view and kind, led by its worst feature."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        if finding.severity == "warning":
            feature = finding.feature if finding.view is None else None
            groups.setdefault((finding.kind, finding.view, feature), []).append(finding)
    warnings = []
    for group in groups.values():
        worst, *rest = sorted(group, key=lambda member: -(member.value or 0.0))
        features = [member.feature for member in rest if member.feature]
        warnings.append(
            worst.message + (f" Likewise {listed(features, most=3)}." if features else "")
        )
    return warnings


def refuse_leaks(request: Request, spec: PredictionSpec, findings: Sequence[Finding]) -> None:
    """Stop a run whose spec says so.

    Raises
    ------
    LeakageError
        There is a finding that is not accepted, and `leakage.on_finding: refuse`.
    """
    warnings = sentences(findings)
    if spec.leakage.on_finding == "refuse" and warnings:
        names = list(
            dict.fromkeys(
                finding.view or finding.feature
                for finding in findings
                if finding.severity == "warning"
            )
        )
        raise LeakageError(
            f"{request.prediction} may look into the future: {' '.join(warnings[:3])} The last "
            "good predictions stay. Mend the view, or, if this is honest, say so in "
            f"{request.file}: `leakage: {{accept: [{', '.join(str(name) for name in names)}]}}`."
        )


def finding_rows(request: Request, findings: Sequence[Finding], *, run_id: str) -> list[Row]:
    """One row of `feature_findings` per finding."""
    return [
        {
            "run_id": run_id,
            "prediction": request.prediction,
            "today": request.today,
            "found_at": now(),
            "feature": finding.feature,
            "feature_view": finding.view,
            "finding": finding.kind,
            "severity": finding.severity,
            "value": finding.value,
            "message": finding.message,
        }
        for finding in findings
    ]
