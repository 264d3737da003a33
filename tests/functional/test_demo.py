"""The grocery demo on real data: what its replay must leave behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from foretell.dashboards.declared.manifest import read_manifest
from foretell.features.declared import declared_features

if TYPE_CHECKING:
    from conftest import BuiltDemo

CUTOFFS = "('2017-10-09', '2017-11-06', '2017-12-04')"
LAPSE = "prediction = 'pred_household__lapse_28d'"
REDEEMS = "prediction = 'pred_mailing__redeems'"


@pytest.fixture(scope="module")
def query(built_demo: BuiltDemo) -> Any:
    """Ask the served copy, as a dashboard does."""
    with duckdb.connect(str(built_demo.serving), read_only=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


def test_the_champion_is_as_good_as_promised_and_beats_the_recency_rule(query: Any) -> None:
    ((count, auc, brier, margin),) = query(
        "select count(*), avg(roc_auc), avg(brier), min(roc_auc - rule_roc_auc) "
        f"from foretell_prediction_quality where {LAPSE} and origin = 'backtest' and model_version "
        f"= (select max(model_version) from foretell_prediction_quality where {LAPSE}) "
        f"and as_of_date in {CUTOFFS}"
    )
    assert count == 3
    assert auc >= 0.84
    assert brier <= 0.091
    assert margin > 0.05


def test_outcomes_of_all_but_the_last_day_have_matured_live(query: Any) -> None:
    live = query(
        "select as_of_date, row_count from foretell_prediction_quality "
        f"where {LAPSE} and origin = 'live' order by as_of_date"
    )
    assert [str(day) for day, _ in live] == [
        "2017-08-14",
        "2017-09-11",
        "2017-10-09",
        "2017-11-06",
        "2017-12-04",
    ]
    assert all(rows > 2000 for _, rows in live)


def test_the_prediction_shows_live_rows_only_and_each_once(query: Any) -> None:
    ((rows, keys, origins),) = query(
        "select count(*), count(distinct (household_id, as_of_date)), "
        "count(*) filter (where origin <> 'live') from pred_household__lapse_28d"
    )
    assert rows == keys
    assert origins == 0


def test_the_first_backtest_is_in_the_history_and_marked(built_demo: BuiltDemo) -> None:
    with duckdb.connect(str(built_demo.database), read_only=True) as connection:
        origins = dict(
            connection.execute(
                "select origin, count(distinct model_version) "
                "from analytics_foretell.pred_household__lapse_28d__history group by origin"
            ).fetchall()
        )
    assert origins == {"backtest": 1, "live": 6}


@pytest.mark.parametrize("prediction", [LAPSE, REDEEMS])
def test_no_honest_day_raised_an_alarm_and_the_light_is_green(query: Any, prediction: str) -> None:
    results = f"select distinct said_by from foretell_gate_results where {prediction}"
    assert len(query(results)) == 3
    assert query(f"{results} and status <> 'pass' and severity = 'critical'") == []
    assert query(f"{results} and status <> 'pass' and said_by <> 'learned'") == []
    ((light, sentence),) = query(f"select light, sentence from foretell_trust where {prediction}")
    assert light == "green"
    assert sentence.startswith("Yes.")


def test_redemptions_are_predicted_live_as_well_as_promised_where_many_were_sent(
    query: Any,
) -> None:
    """A personal campaign: 1,133 mailings of 30 October, whose outcomes were known at Christmas."""
    ((rows, auc, rule_auc),) = query(
        "select row_count, roc_auc, rule_roc_auc from foretell_prediction_quality "
        f"where {REDEEMS} and origin = 'live' and as_of_date = '2017-10-30'"
    )
    assert rows == 1133
    assert auc >= 0.82
    assert auc - rule_auc > 0.03


def test_each_mailing_is_scored_once_by_the_first_build_after_its_day(
    built_demo: BuiltDemo,
) -> None:
    with duckdb.connect(str(built_demo.database), read_only=True) as connection:
        ((rows, mailings, late, matured),) = connection.execute(
            "select count(*), count(distinct mailing_id), "
            "count(*) filter (where today - mailed_date > 28), "
            "count(*) filter (where matures_at <= today) "
            "from analytics_foretell.pred_mailing__redeems__history "
            "where origin = 'live' and today > date '2017-08-14'"
        ).fetchall()
    assert rows == mailings > 2000
    assert late == 0
    assert matured == 0


def test_the_rule_serves_until_a_campaign_was_large_enough_to_judge_by(query: Any) -> None:
    recipes = query(
        "select json_extract_string(recipe, 'candidate') = 'rule' from foretell_models "
        f"where {REDEEMS} order by model_version"
    )
    assert recipes == [(True,), (True,), (False,), (False,), (False,), (False,)]


def test_nothing_about_redemptions_looks_like_a_leak(query: Any) -> None:
    assert query(f"select severity, message from foretell_leakage where {REDEEMS}") == []


def test_nothing_from_today_on_is_shown(query: Any) -> None:
    ((today, last_day),) = query(
        "select today, (select max(date_day) from kpi_daily) from foretell_build"
    )
    assert str(today) == "2018-01-01"
    assert str(last_day) == "2017-12-31"


def test_the_earliest_day_has_nothing_to_score_and_is_no_error(
    built_demo: BuiltDemo, tmp_path: Path
) -> None:
    shutil.copytree(built_demo.project_dir.parent, tmp_path / "demo", symlinks=True)
    project = tmp_path / "demo" / "dbt_project"
    shutil.rmtree(project / "data")
    foretell = Path(sys.executable).with_name("foretell")
    subprocess.run([foretell, "demo", "load", "--project-dir", project], check=True)
    done = subprocess.run(
        [foretell, "replay", "2017-02-01", "--project-dir", project],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing to score" in done.stdout


def test_spend_has_intervals_that_hold_and_hardly_beats_its_rule(query: Any) -> None:
    found = query(
        "select metric, coverage_90, metric_value / rule_value, origin "
        "from foretell_prediction_quality "
        "where prediction = 'pred_household__spend_28d' and origin = 'live'"
    )
    assert len(found) == 5
    assert {metric for metric, *_ in found} == {"rmse"}
    coverage = [inside for _, inside, *_ in found]
    assert 0.88 < sum(coverage) / len(coverage) < 0.92
    assert all(0.9 < ratio < 1.02 for *_, ratio, _ in found)
    ((score_is,),) = query(
        "select distinct score_is from foretell_models "
        "where prediction = 'pred_household__spend_28d'"
    )
    assert score_is == "mean", "so that dashboards may sum it"


def test_features_are_called_as_their_views_declare(built_demo: BuiltDemo, query: Any) -> None:
    nodes = read_manifest(built_demo.project_dir)["nodes"].values()
    declared = {
        (node["name"], feature.name)
        for node in nodes
        if (said := (node["config"].get("meta") or {}).get("feature_view"))
        for feature in declared_features(node["name"], said)
    }
    built = query("select distinct feature_view, feature from foretell_features where kind <> ''")
    assert set(built) == declared
