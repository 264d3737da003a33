"""Stores that version 0.1 made are moved without loss, and their champion goes on scoring.

tests/projects/stores_of_0_1 holds what its commit 2a22b0c left of four builds of the gym: one that
trained, one that trained again, a rollback to v1, one that was refused, one that scored.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from project import PREDICTION, ROOT, Project, make_gym

FILES = sorted((ROOT / "tests/projects/stores_of_0_1").glob("*.parquet"))
LAST = "2025-10-01"


@pytest.fixture
def older(tmp_path: Path) -> Project:
    """The gym as version 0.1 left it; retention has dropped the record of its first run."""
    gym = make_gym(tmp_path / "gym")
    with duckdb.connect(str(gym.database)) as con:
        con.execute("create schema gym.gym_foretell; create schema if not exists gym.gym")
        for file in FILES:
            con.execute(f"create table gym.gym_foretell.{file.stem} as from '{file}'")
        con.execute("delete from gym_foretell.runs where today = date '2025-08-01'")
        con.execute(
            f"create view gym.gym.{PREDICTION} as select *, as_of_date = max(as_of_date) "
            f"over (partition by member_id) as is_latest from gym_foretell.{PREDICTION}__history "
            "where origin = 'live'"
        )
    return gym


def rows(con: duckdb.DuckDBPyConnection, source: str, columns: list[str]) -> list[tuple]:
    listed = ", ".join(f'"{name}"' for name in columns)
    return con.execute(f"select {listed} from {source} order by all").fetchall()


def test_they_are_moved_without_loss_and_the_champion_scores_the_same(older: Project) -> None:
    done = older.dbt("build", "--select", PREDICTION, today=LAST)
    assert done.returncode != 0, "the views over the stores would name tables that are gone"
    assert "`dbt build --select package:foretell`: it moves them" in " ".join(done.stdout.split())
    names = "select table_name from duckdb_tables() where schema_name = 'gym_foretell' order by 1"
    assert older.query(names) == [(file.stem,) for file in FILES], "nothing was changed"

    # A move that was interrupted.
    older.change("comment on table gym_foretell.gains is 'Made by foretell; it alone writes here.'")
    older.change("alter table gym_foretell.gains rename to foretell_store_gains")
    said = older.build("--full-refresh", today=LAST)
    assert "moving the stores of version 0.1" in said
    assert "v1 champion, spec unchanged" in said, "it knows its champion, and what it has learnt"

    with duckdb.connect(str(older.database)) as con:
        for file in FILES:
            kept = "__" in file.stem
            table = f"gym_foretell.{file.stem if kept else f'foretell_store_{file.stem}'}"
            columns = [name for name, *_ in con.execute(f"describe from '{file}'").fetchall()]
            columns = [name for name in columns if name not in ("status", "fingerprint")]
            before = rows(con, f"'{file}'", columns)
            if file.stem == "runs":
                before = [row for row in before if "no champion yet" not in row]
            assert set(before) <= set(rows(con, table, columns)), table
        assert con.execute(
            "select status, count(*) from gym_foretell.foretell_store_runs "
            "where step = 'build' group by all order by all"
        ).fetchall() == [("published", 3), ("refused", 1)]
        assert con.execute(
            "select model_version from gym_foretell.foretell_models where status = 'champion'"
        ).fetchall() == [(1,)]
        again = con.execute(
            "select count(*), max(abs(made.score - was.score)) "
            f"from gym.gym.{PREDICTION} as made "
            f"join '{FILES[0].parent}/{PREDICTION}__history.parquet' as was "
            "using (member_id, as_of_date) where was.origin = 'live' "
            "and was.model_version = 1 and made.scored_at > was.scored_at"
        ).fetchone()
        assert again[0] > 100
        assert again[1] < 1e-12
        dates = f"select count(distinct as_of_date) from gym.gym.{PREDICTION}"
        assert con.execute(dates).fetchone()[0] > 1, "what 0.1 has published is still seen"

    # An older foretell that builds here afterwards would be two histories.
    older.change(
        "create table gym_foretell.metrics as from gym_foretell.foretell_store_metrics limit 0"
    )
    done = older.dbt("build", today=LAST)
    assert done.returncode != 0
    assert "are both there: an older foretell has built here since" in " ".join(done.stdout.split())
