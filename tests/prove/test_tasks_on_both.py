"""Classes, numbers and estimators of a project's own: both warehouses publish the same of each.

The zoo's tables are made by DuckDB's SQL and handed to Postgres, so that all that differs is ours.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from portable import PostgresProject, profile
from project import Project, make_zoo

if TYPE_CHECKING:
    from postgres_server import Server

pytestmark = pytest.mark.prove

DAYS = ("2025-08-01", "2025-08-08")
TABLES = ("things", "weekly", "kpi_sales")
STORES = {
    "foretell_store_runs": "today, prediction, status, is_trained, model_version, scored, warnings",
    "foretell_store_metrics": "prediction, origin, as_of_date, slice, metric, value, row_count",
    "foretell_store_model_versions": "prediction, version, candidate, metric, trained_rows",
    "foretell_store_feature_worth": "prediction, scope, name, importance, worth, verdict",
    "foretell_store_feature_statistics": "prediction, today, feature, statistic, value, usual",
    "foretell_store_calibration_bins": "prediction, origin, as_of_date, bin, positive_rate",
}
PREDICTIONS = ("pred_thing__grade", "pred_thing__price", "pred_thing__sold")


@pytest.fixture(scope="module")
def both(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Project, PostgresProject]:
    """The zoo on each, built as of two days."""
    folder = tmp_path_factory.mktemp("zoos")
    here = make_zoo(folder / "duckdb")
    shutil.copytree(here.folder, folder / "postgres", symlinks=True)
    postgres_server.make_database("zoo")
    there = PostgresProject(folder / "postgres", here.database, server=postgres_server, name="zoo")
    there.write("profiles.yml", profile(postgres_server, "zoo", schema="zoo", name="zoo"))
    for table in TABLES:
        there.write(f"models/{table}.sql", f"select * from raw.{table}")
    for today in DAYS:
        here.build(today=today)
        hand_over(here, postgres_server)
        there.build(today=today)
    return here, there


def hand_over(here: Project, server: Server) -> None:
    """Put the tables that DuckDB made in the place of those that Postgres had."""
    from adbc_driver_postgresql import dbapi

    with duckdb.connect(str(here.database), read_only=True) as made:
        tables = {
            table: made.execute(f"select * from zoo.zoo.{table}").to_arrow_table()
            for table in TABLES
        }
    server.query("create schema if not exists raw", "zoo")
    for table in TABLES:
        server.query(f"drop table if exists raw.{table} cascade", "zoo")
    with closing(dbapi.connect(server.address("zoo"))) as session:
        with closing(session.cursor()) as cursor:
            for table, rows in tables.items():
                cursor.adbc_ingest(table, rows, mode="create", db_schema_name="raw")
        session.commit()


@pytest.mark.parametrize("store", STORES)
def test_both_leave_the_same_on_record(both: tuple[Project, PostgresProject], store: str) -> None:
    compare(*(rows(project, f"zoo_foretell.{store}", STORES[store]) for project in both))


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_both_publish_the_same_scores(
    both: tuple[Project, PostgresProject], prediction: str
) -> None:
    here, there = both
    columns = [name for name, *_ in here.query(f"describe zoo.zoo.{prediction}")]
    left_out = {"scored_at", "run_id"}
    listed = ", ".join(f'"{name}"' for name in columns if name not in left_out)
    assert "score" in columns
    compare(*(rows(project, f"zoo.{prediction}", listed) for project in (here, there)))


def rows(project: Project, table: str, columns: str) -> list[tuple[Any, ...]]:
    place = table if isinstance(project, PostgresProject) else f"zoo.{table}"
    found = project.query(f"select {columns} from {place}")
    # Figures are compared, and put in order, as they are but for their last digits.
    return sorted(found, key=lambda row: [str(v) for v in row if not isinstance(v, float)])


def compare(ours: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]]) -> None:
    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs, strict=True):
        for value, same in zip(one, other, strict=True):
            if isinstance(value, float):
                assert value == pytest.approx(same, rel=1e-9, abs=1e-12, nan_ok=True), (one, other)
            else:
                assert value == same, (one, other)
