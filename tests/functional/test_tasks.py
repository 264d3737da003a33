"""Every task from its YAML to its scores: classes, numbers, yes or no; with and without a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from foretell.dashboards.declared.project import read_project
from foretell.dashboards.declared.serving_copy import ServingCopy
from foretell.dashboards.written.columns import check_chart_columns, describe_datasets
from foretell.dashboards.written.folder import read_assets
from project import Project, make_zoo

if TYPE_CHECKING:
    from pathlib import Path

FIRST, NEXT = "2025-08-01", "2025-08-08"
GRADE, PRICE, SOLD = (f"pred_thing__{what}" for what in ("grade", "price", "sold"))


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The zoo after builds on two days, a week apart."""
    project = make_zoo(tmp_path_factory.mktemp("zoo") / "zoo")
    project.first = project.build(today=FIRST)  # type: ignore[attr-defined]
    project.build(today=NEXT)
    return project


def messages(zoo: Project, prediction: str, event: str = "noted") -> str:
    rows = zoo.query(
        "select message from zoo_foretell.foretell_store_model_events "
        f"where prediction = '{prediction}' and event = '{event}' order by happened_at"
    )
    return " | ".join(message for (message,) in rows)


def test_a_class_is_predicted_with_a_probability_for_each(zoo: Project) -> None:
    columns = [name for name, *_ in zoo.query(f"describe zoo.zoo.{GRADE}")]
    classes = ["score_gold", "score_silver", "score_rare", "score_tin"]
    assert columns[:7] == ["thing_id", "as_of_date", "predicted", "score", *classes[:3]]
    assert {"reason_1", "colour", "is_latest", "model_version"} <= set(columns)
    sums, highest, rows = zoo.query(
        f"select max(abs({' + '.join(classes)} - 1)), "
        f"max(abs(greatest({', '.join(classes)}) - score)), count(*) from zoo.zoo.{GRADE}"
    )[0]
    assert sums < 1e-9, "probabilities sum to one"
    assert highest < 1e-9, "the score is that of the class predicted"
    assert rows == 90, "the tenth whose grade is not known, and no other"
    assert zoo.query(f"select distinct cast(as_of_date as varchar) from zoo.zoo.{GRADE}") == [
        (FIRST,)
    ]


def test_outcomes_of_a_flat_table_come_back_when_labels_appear(zoo: Project) -> None:
    (quality,) = zoo.query(
        "select row_count, accuracy > 0.8, task, metric, sentence from "
        f"zoo_foretell.foretell_prediction_quality where prediction = '{GRADE}' and origin = 'live'"
    )
    assert quality[:4] == (90, True, "multiclass", "accuracy")
    assert "of 90 things were what was predicted; always saying the commonest" in quality[4]
    ((light, said),) = zoo.query(
        f"select light, sentence from zoo_foretell.foretell_trust where prediction = '{GRADE}'"
    )
    assert light in ("green", "amber")
    assert "accuracy 0." in said
    assert "the past was not respected" in messages(zoo, GRADE)


def test_strings_dates_text_and_empty_columns_are_features(zoo: Project) -> None:
    said = {
        name
        for (name,) in zoo.query(
            "select name from zoo_foretell.foretell_store_feature_worth where prediction = "
            f"'{GRADE}' "
            "and verdict = 'useful'"
        )
    }
    assert said >= {"size", "weight", "colour", "select"}
    assert not said & {"constant", "nothing", "no_words", "shop", "made_on", "half_missing"}
    reasons = " ".join(
        one
        for (one,) in zoo.query(f"select reason_1 from zoo.zoo.{GRADE} where reason_1 is not null")
    )
    assert 'select: "a ' in reasons, "a text is quoted, not compared with a typical one"
    assert "colour: green, typically red" in reasons


def test_numbers_have_intervals_that_hold_and_no_lift_is_said(zoo: Project) -> None:
    assert "v1 champion (rule), mean absolute error 2.4" in zoo.first  # type: ignore[attr-defined]
    assert messages(zoo, PRICE, "promoted").startswith("No lift over the rule")
    rows, ordered, inside = zoo.query(
        f"select count(*), bool_and(score_lower <= score and score <= score_upper), "
        f"avg(case when price between score_lower and score_upper then 1 else 0 end) "
        f"from zoo.zoo.{PRICE} inner join zoo.zoo.weekly using (thing_id, week_date)"
    )[0]
    assert rows == 300
    assert ordered
    assert 0.85 < inside < 0.95
    (live,) = zoo.query(
        "select coverage_90, mae, rule_mae, candidate from zoo_foretell.foretell_prediction_quality"
        f" where prediction = '{PRICE}' and origin = 'live'"
    )
    assert abs(live[0] - inside) < 1e-9
    assert abs(live[1] - live[2]) < 0.1
    assert live[3] == "rule"
    ((said,),) = zoo.query(
        f"select sentence from zoo_foretell.foretell_trust where prediction = '{PRICE}'"
    )
    assert "no lift over the rule: the simple rule itself serves" in said
    assert zoo.query(
        "select distinct prediction, score_is from zoo_foretell.foretell_models order by 1"
    ) == [(GRADE, "probability"), (PRICE, "median"), (SOLD, "probability")]


def test_an_estimator_of_the_projects_own_serves_and_others_are_left_out(zoo: Project) -> None:
    first: str = zoo.first  # type: ignore[attr-defined]
    assert "v1 champion (keepers.good:make), AUC 0.8" in first
    said = messages(zoo, SOLD)
    assert "keepers.bad:make was left out: ZeroDivisionError: a bug of its own" in said
    assert "keepers.none:make cannot be loaded" in said
    assert "returns an unfitted scikit-learn estimator" in said
    assert "keepers.bad:make was left out" in first, "a warning, where people look"
    assert "2025-07-25 were passed over, since nothing can be judged by them: all are" in said


def test_who_is_named_follows_price_and_capacity(zoo: Project) -> None:
    named, least, wrong = zoo.query(
        "select count(*) filter (where is_named), min(score) filter (where is_named), "
        "max(abs(expected_value - (score * 30 - (1 - score) * 10))) "
        f"from zoo.zoo.{SOLD} where is_latest"
    )[0]
    assert 0 < named <= 60
    assert least >= 0.25, "from there on acting brings more than it costs"
    assert wrong < 1e-9
    assert zoo.value(f"select count(*) from zoo.zoo.{SOLD} where reason_1 is null and is_named") < (
        named
    )
    assert (
        zoo.value(
            f"select count(*) from zoo.zoo.{SOLD} where reason_1 is not null and not is_named"
        )
        == 0
    )
    # The same figures from the scores themselves.
    brought, chosen = zoo.query(
        "select sum(case when is_sold then 30 else -10 end) filter (where is_named), "
        f"count(*) filter (where is_named) from zoo.zoo.{SOLD} "
        "inner join zoo.zoo.weekly using (thing_id, week_date) where week_date = '2025-08-01'"
    )[0]
    assert zoo.query(
        "select value, named from zoo_foretell.foretell_store_gains where origin = 'live' and "
        "is_chosen"
    ) == [(brought, chosen)]
    assert zoo.query(
        "select value, named from zoo_foretell.foretell_prediction_quality "
        f"where origin = 'live' and prediction = '{SOLD}'"
    ) == [(brought, chosen)]
    bins, rows = zoo.query(
        "select count(*), sum(row_count) from zoo_foretell.foretell_store_calibration_bins "
        "where origin = 'live'"
    )[0]
    assert (bins, rows) == (10, 300)


def test_slices_are_published_and_judged(zoo: Project) -> None:
    found = zoo.query(
        "select slice, row_count from zoo_foretell.foretell_store_metrics where origin = "
        "'live' and "
        f"prediction = '{SOLD}' and metric = 'log_loss' order by 1"
    )
    assert [name for name, _ in found] == [
        "all", "colour = blue", "colour = green", "colour = red", "colour = yellow",
    ]  # fmt: skip
    assert sum(rows for name, rows in found if name != "all") == 300
    assert zoo.value(f"select count(distinct colour) from zoo.zoo.{SOLD}") == 4


def test_empty_checks_every_task(tmp_path: Path) -> None:
    project = make_zoo(tmp_path / "zoo")
    done = project.dbt("build", "--empty")
    assert done.returncode == 0, done.stdout
    empty = {
        name: {column for column, *_ in project.query(f"describe zoo.zoo.{name}")}
        for name in (GRADE, PRICE, SOLD)
    }
    assert {"predicted", "as_of_date", "colour"} <= empty[GRADE]
    assert {"score_lower", "score_upper"} <= empty[PRICE]
    assert {"is_named", "expected_value", "colour"} <= empty[SOLD]


def test_every_chart_of_its_three_dashboards_can_be_filled(zoo: Project) -> None:
    """Without a line of dashboard code: predictions of every task, columns that are reserved."""
    project = read_project(zoo.folder, ServingCopy(zoo.serving))
    assets = read_assets(zoo.folder / "dashboards", project)
    assert set(assets.dashboards) == {"analyst_workbench", "business_overview", "ml_operations"}
    assert project.kpis.left_out == ()
    assert [kpi.name for kpi in project.kpis.headlines][:2] == ["average_price", "offered"]
    check_chart_columns(assets, describe_datasets(assets, ServingCopy(zoo.serving)))
    for dashboard in assets.dashboards.values():
        for chart in dashboard.charts.values():
            dataset = assets.datasets[chart.dataset]
            relation = f"({dataset.sql})" if dataset.sql else f'"{dataset.table}"'
            named = [*getattr(chart, "metrics", ()), *filter(None, [getattr(chart, "metric", "")])]
            shown = [dataset.metrics[metric].sql for metric in named] or ["count(*)"]
            where = f" where {chart.where}" if chart.where else ""
            zoo.query(f"select {', '.join(shown)} from {relation} as t{where}", zoo.serving)
    (sold,) = zoo.query(assets.datasets["figures__pred_thing__sold"].sql or "", zoo.serving)
    assert "42 of 95" in sold[0]
    assert "if acting brings 30 for each that sold and costs 10 for each other" in sold[0]
