"""The same files on Postgres: what a build publishes there equals what it publishes on DuckDB.

The gym's rows are hostile, so that each query that a build runs is compared by its values over
nulls, ties, negative and 19-digit numbers, ends of months, zones, and texts with quotes or accents.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from portable import PostgresProject, make_hostile_gym, on_postgres
from project import PREDICTION

if TYPE_CHECKING:
    from postgres_server import Server
    from project import Project

#: Scores, reasons and all figures that a training and its backtest leave.
SAME = {
    "foretell_store_runs": "today, step, status, is_trained, model_version, scored, warnings",
    PREDICTION: '"Member", "As of", "Kind", score, is_named, reason_1, reason_2, reason_3',
    f"{PREDICTION}__features": (
        '"Member", "As of", visits_count_7d, visits_sum_price_5w, visits_avg_select_7d, '
        "visits_min_price_7d, visits_max_badge_5w, visits_count_distinct_mood_5w, "
        'visits_count_distinct_moment_7d, visits_trend_5w, "visits_Ünlü_5w", '
        "visits_days_since_last, plans_plan, plans_price, plans_badge, plans_is_late, plans_since, "
        "person_born, person_size"
    ),
    "foretell_store_metrics": "origin, as_of_date, slice, metric, value, row_count",
    "foretell_store_gains": "origin, as_of_date, share, named, threshold, lift, is_chosen",
    "foretell_store_calibration_bins": "origin, as_of_date, bin, mean_score, positive_rate",
    "foretell_store_feature_worth": "scope, name, importance, worth, verdict",
    "foretell_store_model_versions": "version, candidate, metric, trained_rows, recipe",
    "foretell_store_feature_statistics": "today, feature, statistic, value, reference_rows, usual",
    "foretell_store_feature_findings": (
        "today, feature, feature_view, finding, severity, value, message"
    ),
    "foretell_store_features": "today, feature, feature_view, kind, entity, description",
    "foretell_store_model_cards": "today, version, position, section, sentence",
    "foretell_store_validation_results": (
        # but for the samples of rows: which of them come first is the database's choice
        "today, stage, expectation, column_name, severity, status, observed"
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
    on_duckdb = make_hostile_gym(folder / "duckdb")
    there = on_postgres(on_duckdb, postgres_server, folder / "postgres", "gym")
    for today in ("2025-08-01", "2025-09-02", "2025-10-02"):
        for project in (on_duckdb, there):
            project.build(today=today)
    return on_duckdb, there


def rows(project: Project, table: str) -> list[tuple[Any, ...]]:
    schema = "gym" if table == PREDICTION else "gym_foretell"
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
    ours, theirs = figure(ours), figure(theirs)
    if isinstance(ours, float):
        return bool(ours == pytest.approx(theirs, rel=1e-9, abs=1e-12))
    return bool(ours == theirs)


def figure(value: Any) -> Any:
    """A number that was written as text as what it is."""
    is_written = isinstance(value, str) and re.fullmatch(r"-?[\d,.]+(e[-+]\d+)?", value)
    return float(value.replace(",", "")) if is_written else value
