"""Publication is one row: readers see nothing of a run before it and all after it, never a part."""

from __future__ import annotations

import os
import shutil
import threading
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from small import OPEN_ROWS, Small

import warm
from foretell.ground.run_record import RunRecord
from foretell.publishing.publish import publish
from foretell.publishing.rows import write_scores
from foretell.run.publish import end_judged
from foretell.spec import read_spec
from foretell.staging.stage import stage
from foretell.stores.record import now
from foretell.warehouse.duckdb import DuckDBWarehouse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: More statements than the second step has.
MANY = 500


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in which two builds have published, the first of which trained."""
    file = tmp_path_factory.mktemp("small") / "small.duckdb"
    small = Small(file, is_new=True)
    small.build("one", "2025-07-10")
    small.build("two", "2025-08-10")
    small.close()
    return file


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    return shutil.copy(built, tmp_path / "small.duckdb")


class _Killed:
    """A cursor that ends its process before a statement, as `kill -9` would."""

    def __init__(self, cursor: Any, statement: int) -> None:
        self._cursor, self._statement, self._ran = cursor, statement, 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._cursor, name)
        if name not in ("execute", "executemany", "sql"):
            return found

        def call(*args: Any) -> Any:
            if self._ran == self._statement:
                os._exit(9)
            self._ran += 1
            return found(*args)

        return call


def publish_until(file: Path, invocation_id: str, asked: dict[str, Any], statement: int) -> None:
    """The second step of a run, in a process that dies before a statement of it."""
    small = Small(file)
    small.warehouse._con = _Killed(small.warehouse._con, statement)
    small.publish(small.request(invocation_id, "2025-09-10", **asked))
    small.close()


@pytest.mark.parametrize("asked", [{}, {"train": True}, {"full_refresh": True, "reset": True}])
def test_a_run_killed_at_any_statement_is_published_whole_or_not_at_all(
    copy: Path, tmp_path: Path, asked: dict[str, Any]
) -> None:
    small = Small(copy)
    before = small.readers()
    small.judge(small.request("three", "2025-09-10", **asked))
    assert small.readers() == before, "nobody sees what was only judged"
    small.close()

    seen = []
    for statement in range(MANY):
        file = shutil.copy(copy, tmp_path / f"{statement}.duckdb")
        moved = tmp_path / str(statement) / "small.duckdb"
        moved.parent.mkdir()
        file.rename(moved)
        child = warm.context().Process(
            target=publish_until, args=(moved, "three", asked, statement)
        )
        child.start()
        child.join(60)
        assert child.exitcode in (0, 9)
        small = Small(moved)
        seen.append(small.readers())
        if child.exitcode == 0:
            assert small.leftovers() == []
            small.close()
            break
        if statement % 20 == 5:
            small.build("four", "2025-10-10")
            assert small.leftovers() == []
            runs = dict(small.readers()["runs"])  # type: ignore[call-overload]
            assert runs["four.pred"] == "published"
            assert runs["three.pred"] in ("published", "crashed")
        small.close()
    after = seen[-1]
    assert after != before
    assert {repr(one) for one in seen} == {repr(before), repr(after)}
    assert [one for one in seen if one == before] == seen[: seen.index(after)], "only forward"


def test_a_reader_never_sees_a_part(tmp_path: Path) -> None:
    """Of a hundred publications, each of sixty rows and a record."""
    small = Small(tmp_path / "small.duckdb", is_new=True)
    request = small.request("", "2025-07-10")
    spec = read_spec(request.declared, prediction="pred", file="pred.yml")
    staged = stage(request, spec, small.warehouse)
    done, mixtures, looks = threading.Event(), [], []

    def look(reader: duckdb.DuckDBPyConnection) -> None:
        while not done.is_set():
            try:
                runs, rows = reader.execute(
                    f"select (select count(*) from {request.store('runs')}), "
                    f"(select count(*) from {request.relation})"
                ).fetchall()[0]
            except duckdb.CatalogException:
                continue  # There is no view before the first publication.
            looks.append(runs)
            if rows != runs * OPEN_ROWS:
                mixtures.append((runs, rows))

    reader = threading.Thread(target=look, args=(small.connection.cursor(),))
    reader.start()
    try:
        for number in range(100):
            scores = (
                f"select member_id, as_of_date + {number} as as_of_date, 0.5 as score, "
                "true as is_named, 'visits' as reason_1, cast('2025-09-01' as timestamp) "
                f"as matures_at, 1 as model_version from ({staged.open}) as open "
                "where as_of_date = date '2025-07-01'"
            )
            run_id = f"run {number}"
            write_scores(request, staged, small.warehouse, scores, version=1, run_id=run_id)
            record = RunRecord(
                run_id, "", "pred", "build", request.today, now(), now(), "published", ""
            )
            publish(request, staged, small.warehouse, record)
    finally:
        done.set()
        reader.join()
    small.close()
    assert mixtures == []
    assert len(set(looks)) > 20, "it has looked while runs were published"


def test_what_a_killed_judge_left_is_swept_and_on_record(copy: Path) -> None:
    small = Small(copy)
    before = small.readers()
    failing = _failing_at_lessons(small.warehouse)
    with pytest.raises(KeyboardInterrupt):
        failing(lambda: small.judge(small.request("three", "2025-09-10", train=True)))
    assert small.readers() == before
    small.build("four", "2025-09-10")
    runs = dict(small.readers()["runs"])  # type: ignore[call-overload]
    assert runs["three.pred"] == "crashed"
    assert small.leftovers() == []
    small.close()


def test_a_run_that_cannot_be_published_is_on_record_with_its_reason(copy: Path) -> None:
    small = Small(copy)
    before = small.readers()
    request = small.request("three", "2025-09-10", train=True)
    small.judge(request)
    end_judged(request, small.warehouse, message="IOException: the disk is full")
    after = small.readers()
    assert after["predictions"] == before["predictions"]
    assert after["champion"] == before["champion"]
    assert after["events"] == before["events"]
    assert small.leftovers() == []
    found = small.warehouse.rows(
        f"select status, message from {request.store('runs')} where run_id = 'three.pred'"
    )
    assert found == [("crashed", "IOException: the disk is full")]
    small.close()


def test_what_fails_after_publication_is_not_said_to_have_published_nothing(copy: Path) -> None:
    small = Small(copy)
    request = small.request("three", "2025-09-10")
    small.judge(request)
    append = small.warehouse.append

    def refused(relation: Any, rows: Any) -> None:
        if any(row.get("step") == "monitoring" for row in rows):
            raise duckdb.IOException("the disk is full")
        append(relation, rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(small.warehouse, "append", refused)
        published = small.publish(request)
    assert "the disk is full" in str(published.unwatched)
    assert ("three.pred", "published") in small.readers()["runs"]  # type: ignore[operator]
    small.build("four", "2025-10-10")
    monitored = small.warehouse.rows(
        f"select run_id, status from {request.store('runs')} where step = 'monitoring' "
        "and started_at >= (select started_at from "
        f"{request.store('runs')} where run_id = 'three.pred') order by finished_at"
    )
    assert monitored == [
        ("three.pred.monitoring", "crashed"),
        ("four.pred.monitoring", "published"),
    ]
    small.close()


def test_a_stand_in_with_columns_that_no_score_has_gives_way(tmp_path: Path) -> None:
    """A check made it, and the spec has asked for fewer reasons since."""
    small = Small(tmp_path / "small.duckdb", is_new=True)
    request = small.request("one", "2025-07-10")
    small.warehouse.execute(
        f"create view {request.relation} as select 1 as member_id, date '2025-01-01' as as_of_date,"
        " 0.5 as score, '' as reason_1, '' as reason_9, 1 as model_version, true as is_latest "
        "where 1 = 0"
    )
    small.build("one", "2025-07-10")
    assert "reason_9" not in small.warehouse.columns(request.relation)
    assert len(small.readers()["predictions"]) > 0  # type: ignore[arg-type]
    small.close()


def test_a_column_with_a_quote_in_its_name_is_written_as_it_is(tmp_path: Path) -> None:
    small = Small(tmp_path / "small.duckdb", is_new=True)
    request = small.request("", "2025-07-10")
    spec = read_spec(request.declared, prediction="pred", file="pred.yml")
    staged = stage(request, spec, small.warehouse)
    scores = (
        f'select member_id, as_of_date, 0.5 as score, \'lake\' as "pla""ce" '
        f"from ({staged.open}) as open"
    )
    written = write_scores(request, staged, small.warehouse, scores, version=1, run_id="run")
    assert small.warehouse.names(written)[-1] == 'pla"ce'
    small.close()


def _failing_at_lessons(warehouse: DuckDBWarehouse) -> Callable[[Callable[[], None]], None]:
    """Runs something until it would write what the gates have learned, as Ctrl-C would end it."""

    def run(until: Callable[[], None]) -> None:
        append = warehouse.append

        def interrupted(relation: Any, rows: Any) -> None:
            if relation.name.endswith("learned_expectations"):
                raise KeyboardInterrupt
            append(relation, rows)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(warehouse, "append", interrupted)
            until()

    return run
