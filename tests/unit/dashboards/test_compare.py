"""Whose work is what: the three-way comparison, without any Superset."""

from __future__ import annotations

from typing import Any

import pytest

from foretell.dashboards.sync.assets import CodeAsset, LiveAsset
from foretell.dashboards.sync.compare import Record, Status, Verdict, compare_asset

APPLIED = {"name": "Sales", "params": {"metric": "sales", "page": 10}}


def judged(
    code: dict[str, Any] | None,
    live: dict[str, Any] | None,
    applied: dict[str, Any] | None = APPLIED,
    *,
    shown: dict[str, Any] | None = None,
    hidden: str = "",
    kept: bool = False,
) -> Verdict:
    """Verdict on one chart; ``shown`` is what Superset made of what was applied."""
    written = code and {"u": CodeAsset("chart", "u", "sales", "", "", code, hidden, ())}
    held = live and {"u": LiveAsset("chart", "u", 1, live)}
    was = APPLIED if shown is None else shown
    record = applied and {"u": Record("chart", "u", "sales", applied, was, "", kept)}
    (verdict,) = compare_asset(written or {}, held or {}, record or {})
    return verdict


def changed(content: dict[str, Any] = APPLIED, **params: Any) -> dict[str, Any]:
    """The chart with other settings."""
    return {**content, "params": {**content["params"], **params}}


@pytest.mark.parametrize(
    ("code", "live", "status"),
    [
        (APPLIED, APPLIED, Status.SAME),
        (changed(page=20), APPLIED, Status.CHANGED),
        (APPLIED, changed(page=20), Status.EDITED),
        (changed(page=20), changed(page=20), Status.SAME),
        (changed(page=20), changed(page=30), Status.EDITED),
        (changed(page=20), changed(metric="profit"), Status.EDITED),
        (APPLIED, None, Status.DELETED),
        (None, APPLIED, Status.LEFT_OVER),
        (None, None, Status.FORGOTTEN),
    ],
)
def test_what_differs_says_who_changed_it(
    code: dict[str, Any] | None, live: dict[str, Any] | None, status: Status
) -> None:
    assert judged(code, live).status is status


def test_an_edit_and_a_change_of_one_object_are_told_apart() -> None:
    verdict = judged(changed(page=20), changed(metric="profit"))
    assert [(one.path, one.before, one.after) for one in verdict.edits] == [
        (("params", "metric"), "sales", "profit")
    ]
    assert [(one.path, one.before, one.after) for one in verdict.changes] == [
        (("params", "page"), 10, 20)
    ]


def test_an_edit_that_the_code_says_too_does_not_stop_other_changes() -> None:
    verdict = judged(changed(metric="profit", page=20), changed(metric="profit"))
    assert verdict.status is Status.CHANGED
    assert [one.path for one in verdict.changes] == [("params", "page")]


def test_what_superset_made_of_the_applied_is_no_edit() -> None:
    made = changed(added_by_superset="yes")
    assert judged(APPLIED, made, shown=made).status is Status.SAME


def test_defaults_that_saving_writes_and_settings_that_it_drops_are_no_edit() -> None:
    saved = {"name": "Sales", "params": {"metric": "sales", "zoomable": False, "opacity": 0.2}}
    assert judged(APPLIED, saved).status is Status.SAME
    saved["params"]["zoomable"] = True
    assert [one.path for one in judged(APPLIED, saved).edits] == [("params", "zoomable")]


def test_a_value_that_was_emptied_is_an_edit() -> None:
    (edit,) = judged(APPLIED, changed(metric="")).edits
    assert (edit.before, edit.after) == ("sales", None)


def test_removed_events_are_an_edit_though_saving_drops_the_key() -> None:
    with_events = changed(annotation_layers=[{"name": "Model"}])
    verdict = judged(with_events, APPLIED, with_events, shown=with_events)
    assert verdict.status is Status.EDITED


def test_a_query_that_is_made_otherwise_is_sent_though_nothing_else_changed() -> None:
    assert judged(APPLIED, APPLIED, hidden="another").status is Status.CHANGED


def test_a_kept_edit_is_quiet_until_code_or_superset_change_again() -> None:
    theirs = changed(page=30)
    assert judged(APPLIED, theirs, shown=theirs, kept=True).status is Status.KEPT
    later = judged(changed(metric="profit"), theirs, shown=theirs, kept=True)
    assert later.status is Status.EDITED
    assert [one.path for one in later.edits] == [("params", "page")]
    assert judged(APPLIED, changed(page=40), shown=theirs, kept=True).status is Status.EDITED
    assert judged(theirs, theirs, shown=theirs, kept=True).status is Status.SAME


def test_a_deletion_can_be_kept_too() -> None:
    assert judged(APPLIED, None, shown={}, kept=True).status is Status.KEPT


def test_without_a_record_only_what_the_code_says_counts() -> None:
    assert judged(APPLIED, None, None).status is Status.NEW
    assert judged(APPLIED, changed(default_of_superset=1), None).status is Status.SAME
    verdict = judged(APPLIED, changed(page=30), None)
    assert verdict.status is Status.UNKNOWN
    assert [(one.before, one.after) for one in verdict.edits] == [(10, 30)]


def test_a_push_that_ended_before_the_events_were_put_is_completed() -> None:
    with_events = changed(annotation_layers=[{"name": "Model"}])
    assert judged(with_events, APPLIED, None).status is Status.CHANGED
    newer, without = changed(with_events, page=20), changed(page=20)
    assert judged(newer, without, with_events, shown=with_events).status is Status.CHANGED
