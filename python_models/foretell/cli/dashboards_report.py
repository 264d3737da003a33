"""What push, diff and pull of dashboards print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from foretell.dashboards.sync.compare import Status
from foretell.dashboards.sync.report import say_differences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from foretell.dashboards.sync.compare import Verdict
    from foretell.dashboards.sync.pull import Pulled
    from foretell.dashboards.sync.push import Pushed
    from foretell.dashboards.sync.session import Differences

_WHAT = {
    Status.NEW: "is new",
    Status.CHANGED: "changed in the code",
    Status.EDITED: "was edited in Superset",
    Status.DELETED: "was deleted in Superset",
    Status.UNKNOWN: "is in Superset already and differs, but no push is on record",
    Status.KEPT: "keeps an edit made in Superset",
    Status.LEFT_OVER: "is no longer in the code",
}
_DECIDE = (
    "Left as they are, because they are somebody's work. `foretell dashboards pull` takes them "
    "into the YAML; `push --theirs` keeps them in Superset only; `push --ours` overwrites them. "
    "Names after the command decide for some only."
)


def say_pushed(console: Console, pushed: Pushed) -> None:
    """Addresses and what they read, then what was done, then what a person must decide."""
    state = "in step" if pushed.changed else "unchanged"
    for address in pushed.addresses:
        _line(console, f"{address}  {state}")
    _line(console, f"They read {pushed.reads}")
    if pushed.sent:
        _line(console, f"Sent {_counted(pushed.sent)}")
    for verdict in pushed.removed:
        _line(console, f"Removed {_title(verdict)}")
    for verdict in pushed.kept:
        _line(console, f"Kept the edit of {_title(verdict)}")
    for uuid, need in pushed.waiting.items():
        _line(console, f"Not sent: {pushed.names[uuid]} needs {_title(need)}, which is undecided")
    if pushed.undecided:
        for verdict in pushed.undecided:
            _verdict(console, verdict, pushed.names)
        _line(console, _DECIDE)
    for verdict in pushed.left_over:
        users = pushed.in_use.get(verdict.uuid)
        why = f"; still used by {', '.join(users)}" if users else ""
        why = why or ("; edited in Superset" if verdict.edits else "")
        _line(console, f"No longer in the code: {_title(verdict)}{why}")
    if pushed.left_over and not pushed.in_use:
        _line(console, "To delete that from Superset: foretell dashboards push --remove")
    if pushed.ignores_roles:
        _line(
            console,
            "This Superset does not heed which roles see a dashboard: set FEATURE_FLAGS = "
            '{"DASHBOARD_RBAC": True} in its settings and start it anew.',
        )


def say_diff(console: Console, differences: Differences) -> None:
    """One paragraph per object that differs."""
    for verdict in differences.verdicts:
        _verdict(console, verdict, differences.names)
    if not differences.verdicts:
        _line(console, "Nothing differs: a push would change nothing.")


def say_pulled(console: Console, pulled: Pulled) -> None:
    """Files that were written, and what YAML cannot say."""
    for path in pulled.written:
        _line(console, f"Wrote {path}")
    for name, reasons in pulled.unsaid.items():
        _line(console, f"Not written, {name}:")
        for reason in reasons:
            _line(console, f"  {reason}")
    if pulled.unsaid:
        _line(console, "That stays in Superset: keep it with push --theirs, or write it by hand.")
    if not pulled.written and not pulled.unsaid:
        _line(console, "Nothing was edited in Superset.")


def _verdict(console: Console, verdict: Verdict, names: Mapping[str, str]) -> None:
    _line(console, f"{_title(verdict)} {_WHAT[verdict.status]}")
    if verdict.status is Status.CHANGED and not verdict.changes:
        _line(console, "    its query or the types of its columns")
    for line in say_differences(verdict.edits, names):
        _line(console, f"    {line}")
    if verdict.changes and verdict.status is Status.EDITED:
        _line(console, "  and the code changed")
    for line in say_differences(verdict.changes, names):
        _line(console, f"    {line}")


def _counted(verdicts: tuple[Verdict, ...]) -> str:
    kinds = ("database", "dataset", "chart", "role", "dashboard")
    counts = {kind: sum(verdict.kind == kind for verdict in verdicts) for kind in kinds}
    return ", ".join(
        f"{number} {kind}{'s' if number > 1 else ''}" for kind, number in counts.items() if number
    )


def _title(verdict: Verdict) -> str:
    return f"{verdict.kind} {verdict.name}"


def _line(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
