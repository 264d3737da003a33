"""The serving copy: what a failure leaves, and what another build that publishes may lose."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from foretell.errors import ServingError
from foretell.warehouse.serving import ABANDONED, ServedRelation, publish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def session() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create type mood as enum ('calm', 'cross')")
        connection.execute("create table moods as select 'calm'::mood as mood, [1, 2] as days")
        connection.execute("create view broken as select cast(mood as integer) as x from moods")
        yield connection


def serve(session: Any, link: Path, *names: str) -> str:
    relations = [ServedRelation(name, "memory", "main", name) for name in names]
    return publish(session, link, relations, build_id="b", today="2025-08-01")


def rows(link: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(link.resolve()), read_only=True) as connection:
        return connection.execute("from moods").fetchall()


def test_a_relation_that_cannot_be_read_leaves_the_copy_before(
    session: Any, tmp_path: Path
) -> None:
    link = tmp_path / "shop.duckdb"
    serve(session, link, "moods")
    served = link.resolve()
    with pytest.raises(ServingError) as refusal:
        serve(session, link, "moods", "broken")
    said = str(refusal.value)
    assert '"memory"."main"."broken" of the model broken could not be copied' in said
    assert "Conversion Error: Could not convert string 'calm'" in said
    assert "Readers still see the build before" in said
    assert "\n" not in said
    assert link.resolve() == served
    assert {path.name for path in served.parent.iterdir()} == {served.name, ".gitignore"}
    serve(session, link, "moods")
    assert rows(link) == [("calm", [1, 2])], "the session is as before"


def test_who_is_forgotten_leaves_the_copy_and_nobody_else(session: Any, tmp_path: Path) -> None:
    """Rows without an entity, such as visits of strangers, are nobody's."""
    session.execute("create table visits as from (values (7), (8), (null)) as visits(member_id)")
    link = tmp_path / "shop.duckdb"
    visits = ServedRelation("visits", "memory", "main", "visits")
    forgotten = {"column": "Member_ID", "key": "7"}
    publish(session, link, [visits], build_id="b", today="2025-08-01", without=[forgotten])
    with duckdb.connect(str(link.resolve()), read_only=True) as served:
        assert served.execute("from visits order by all").fetchall() == [(8,), (None,)]


def test_a_folder_that_cannot_be_written_is_named(session: Any, tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("no folder")
    with pytest.raises(ServingError, match=r"shop cannot be written: .*File exists"):
        serve(session, tmp_path / "shop.duckdb", "moods")


def test_a_build_that_publishes_at_the_same_time_keeps_its_file(
    session: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    of_another_build, of_a_killed_build = folder / "2.writing", folder / "1.writing.wal"
    for half in (of_another_build, of_a_killed_build):
        half.touch()
    hours_ago = time.time() - 2 * ABANDONED
    os.utime(of_a_killed_build, (hours_ago, hours_ago))
    serve(session, tmp_path / "shop.duckdb", "moods")
    assert of_another_build.exists()
    assert not of_a_killed_build.exists()
