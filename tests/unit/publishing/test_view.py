"""What readers see: of each row the score made last, of each entity its latest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small import OPEN_ROWS, QUERY, SPEC, Small

from foretell.ground.run_record import RunRecord
from foretell.publishing.publish import publish
from foretell.publishing.rows import write_scores
from foretell.publishing.sweep import remove_unseen
from foretell.spec import read_spec
from foretell.staging.stage import stage
from foretell.stores.record import now

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TODAY = "2025-07-10"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    small = Small(tmp_path / "small.duckdb", is_new=True)
    yield small
    small.close()


def publish_scores(small: Small, run_id: str, *, score: float, members: str = "1 = 1") -> None:
    """A run that gives all rows one score, or those of some members."""
    request = small.request("", TODAY)
    spec = read_spec(request.declared, prediction="pred", file="pred.yml")
    staged = stage(request, spec, small.warehouse)
    scores = (
        f"select member_id, as_of_date, {score}::double as score, true as is_named, "
        "'visits' as reason_1, cast('2025-09-01' as timestamp) as matures_at, 1 as model_version "
        f"from {staged.relation} where {members}"
    )
    write_scores(request, staged, small.warehouse, scores, version=1, run_id=run_id)
    record = RunRecord(run_id, "", "pred", "build", request.today, now(), now(), "published", "")
    publish(request, staged, small.warehouse, record)


def test_a_row_that_is_scored_again_has_its_newest_score(small: Small) -> None:
    publish_scores(small, "one", score=0.1)
    publish_scores(small, "two", score=0.9)
    view = small.request("", TODAY).relation
    assert small.warehouse.rows(f"select distinct score from {view}") == [(0.9,)]


def test_the_latest_score_of_an_entity_is_its_own(small: Small) -> None:
    """Member 7 has no row on the newest date, such as one who has paused."""
    publish_scores(small, "one", score=0.5, members="as_of_date < '2025-07-01' or member_id <> 7")
    view = small.request("", TODAY).relation
    latest = small.warehouse.rows(
        f"select member_id = 7, as_of_date, count(*) from {view} where is_latest "
        "group by all order by all"
    )
    assert [(is_seven, str(day), rows) for is_seven, day, rows in latest] == [
        (False, "2025-07-01", 59),
        (True, "2025-06-01", 1),
    ]


def test_what_another_prediction_is_writing_is_not_swept(small: Small) -> None:
    """Two predictions may run at once: rows of both have no record yet."""
    request = small.request("", TODAY)
    for prediction in ("pred", "pred_other"):
        small.warehouse.append(
            request.store("metrics"), [{"run_id": f"now.{prediction}", "prediction": prediction}]
        )
    remove_unseen(request, small.warehouse)
    left = small.warehouse.rows(f"select prediction from {request.store('metrics')}")
    assert left == [("pred_other",)]


def test_a_renamed_key_begins_anew_and_its_older_rows_are_not_shown(small: Small) -> None:
    small.build("one", "2025-07-10")
    small.build("two", "2025-08-10")
    renamed = {
        "declared": {**SPEC, "entity": "client"},
        "sql": QUERY.format(last="2025-09-01").replace("member_id,", "member_id as client,", 1),
    }
    for name, scored in (("three", f"scored {OPEN_ROWS}"), ("four", "nothing to score")):
        published = small.build(name, "2025-09-10", **renamed)
        assert published.unwatched is None
        assert published.message.endswith(scored)
    request = small.request("", "2025-09-10", **renamed)
    shown = small.warehouse.rows(
        f"select count(*), count(client), min(as_of_date) = date '2025-09-01' "
        f"from {request.relation}"
    )
    assert shown == [(OPEN_ROWS, OPEN_ROWS, True)]
    kept = f"select count(*) from {request.history} where client is null and origin = 'live'"
    assert small.warehouse.rows(kept) == [(2 * OPEN_ROWS,)]
