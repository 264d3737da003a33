"""The same files on Postgres: what a build publishes there equals what it publishes on DuckDB."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from portable import PostgresProject, make_portable_gym, on_postgres
from project import PREDICTION

if TYPE_CHECKING:
    from postgres_server import Server
    from project import Project

#: Scores, reasons and all figures that a training and its backtest leave.
SAME = {
    "foretell_store_runs": "today, step, status, is_trained, model_version, scored, warnings",
    PREDICTION: "member_id, as_of_date, score, is_named, reason_1, reason_2, reason_3",
    "foretell_store_metrics": "origin, as_of_date, slice, metric, value, row_count",
    "foretell_store_gains": "origin, as_of_date, share, named, threshold, lift, is_chosen",
    "foretell_store_calibration_bins": "origin, as_of_date, bin, mean_score, positive_rate",
    "foretell_store_feature_worth": "scope, name, importance, worth, verdict",
    "foretell_store_model_versions": "version, candidate, metric, trained_rows, recipe",
    "foretell_store_feature_statistics": "today, feature, statistic, value, reference_rows, usual",
    "foretell_store_validation_results": (
        "today, stage, expectation, column_name, severity, status, sample_keys, "
        "case when expectation <> 'expect_column_quantile_between' then observed end"
    ),
    "foretell_store_learned_expectations": (
        "today, model_version, why, position, row_choice, expectation, severity, kwargs"
    ),
}


@pytest.fixture(scope="module")
def both(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Project, PostgresProject]:
    """One project, with its gates, built as of three days on each."""
    folder = tmp_path_factory.mktemp("both")
    on_duckdb = make_portable_gym(folder / "duckdb")
    every_type = "last, select, is_regular, habit, last_day, mean_minutes]"
    on_duckdb.replace("models/gym.yml", "last, select]", every_type)
    there = on_postgres(on_duckdb, postgres_server, folder / "postgres", "gym")
    for today in ("2025-08-01", "2025-09-02", "2025-10-02"):
        for project in (on_duckdb, there):
            project.build(today=today)
    return on_duckdb, there


def rows(project: Project, table: str) -> list[tuple[Any, ...]]:
    schema = "gym_foretell" if table.startswith("foretell") else "gym"
    place = f"{schema}.{table}" if isinstance(project, PostgresProject) else f"gym.{schema}.{table}"
    found = project.query(f"select {SAME[table]} from {place}")
    return sorted(found, key=lambda row: [(value is None, str(value)) for value in row])


@pytest.mark.parametrize("table", SAME)
def test_both_publish_the_same(both: tuple[Project, PostgresProject], table: str) -> None:
    here, there = (rows(project, table) for project in both)
    assert len(here) == len(there) > 0
    for ours, theirs in zip(here, there, strict=True):
        assert all(map(is_same, ours, theirs)), (ours, theirs)


def is_same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, float):
        return bool(ours == pytest.approx(theirs, rel=1e-9, abs=1e-12))
    if isinstance(ours, str) and '"quantile"' in ours:
        return has_same_limits(json.loads(ours), json.loads(theirs))
    return bool(ours == theirs)


def has_same_limits(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    """Whether learned limits of a quantile differ by 3 % of what lies between them at most:
    DuckDB's are approximate.
    """
    limits = ("min_value", "max_value")
    room = 0.03 * (ours["max_value"] - ours["min_value"])
    return {**ours, **dict.fromkeys(limits)} == {**theirs, **dict.fromkeys(limits)} and all(
        abs(ours[limit] - theirs[limit]) <= room for limit in limits
    )
