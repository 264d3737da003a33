"""Numbers and classes: what serves, and what the stores say of it when outcomes are known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from small import Small

from foretell.training.intervals import judge_intervals
from foretell.training.metrics import evaluate

if TYPE_CHECKING:
    from pathlib import Path

MEMBERS = 120
QUERY = """
select
    member_id,
    as_of_date,
    (member_id * 7 + month(as_of_date) * 5) % 11 as visits,
    case when member_id % 2 = 0 then 'north' else 'south' end as region,
    {label}
from range(120) as members (member_id)
cross join (
    select
        cast(unnest(generate_series(date '2025-01-01', date '{today}', interval 1 month)) as date)
            as as_of_date
) as dates
"""
NUMBER = (
    "10.0 * visits + 30 * (member_id % 2) + (member_id * 13 + month(as_of_date)) % 7 as spend_usd"
)
CLASS = """
    case
        when visits + (member_id * 13 + month(as_of_date)) % 5 < 5 then 'bronze'
        when visits + 4 * (member_id % 2) < 9 then 'silver'
        else 'gold'
    end as tier
"""
SPEC = {
    "entity": "member_id",
    "as_of": "as_of_date",
    "horizon": "30 days",
    "slices": ["region"],
    "reasons": 1,
}
SCORES = "score, score_lower, score_upper"


def lived(folder: Path, label: str, declared: dict[str, Any]) -> tuple[Small, list[str]]:
    """Two builds a month apart, and their lines."""
    small = Small(folder / "small.duckdb", is_new=True)
    said = []
    for name, today in (("one", "2025-07-10"), ("two", "2025-08-10")):
        sql = QUERY.format(label=label, today=today)
        published = small.build(name, today, declared=SPEC | declared, sql=sql)
        assert published.unwatched is None
        said.append(published.message)
    return small, said


def outcomes(small: Small, label: str, columns: str, name: str) -> list[np.ndarray]:
    """What the first build scored as of July, with what came true, by member."""
    asked = small.request("", "2025-08-10")
    made = QUERY.format(label=label, today="2025-08-10")
    found = small.warehouse.rows(
        f"select made.{name}, made.visits, made.region, {columns} from {asked.history} as scored "
        f"join ({made}) as made using (member_id, as_of_date) where origin = 'live' "
        "and run_id = 'one.pred' and as_of_date = date '2025-07-01' order by member_id"
    )
    assert len(found) == MEMBERS
    return [np.array(one) for one in zip(*found, strict=True)]


def measured(small: Small) -> dict[str, dict[str, float]]:
    """What the second build says of those, by slice and metric."""
    found: dict[str, dict[str, float]] = {}
    for part, metric, value in small.warehouse.rows(
        f"select slice, metric, value from {small.request('', '2025-08-10').store('metrics')} "
        "where origin = 'live' and run_id = 'two.pred.monitoring'"
    ):
        found.setdefault(part, {})[metric] = value
    return found


def note(small: Small) -> str:
    store = small.request("", "2025-08-10").store("metrics")
    ((said,),) = small.warehouse.rows(
        f"select note from {store} where run_id = 'two.pred.monitoring' and note is not null"
    )
    return str(said)


@pytest.mark.parametrize("predicts", ["mean", "median"])
def test_numbers_are_served_with_intervals_that_are_judged(tmp_path: Path, predicts: str) -> None:
    declared = {
        "task": "regression",
        "label": "spend_usd",
        "predicts": predicts,
        "candidates": ["linear"],
        "baseline": {"sql": "10.0 * visits"},
    }
    small, said = lived(tmp_path, NUMBER, declared)
    metric, words = {
        "mean": ("rmse", "root mean squared error"),
        "median": ("mae", "mean absolute error"),
    }[predicts]
    store = small.request("", "2025-08-10").store("model_versions")
    ((metrics, score_is),) = small.warehouse.rows(f"select metrics, score_is from {store}")
    assert score_is == predicts
    figures = json.loads(metrics)
    assert {"coverage_90", "interval_width"} <= set(figures), "of the last cut-off"
    shown = f"{words} {figures[metric]:.2f}"
    assert said == [
        f"v1 champion (linear), {shown}, scored 120",
        f"v1 champion, spec unchanged, {shown}, scored 120",
    ]
    store = small.request("", "2025-08-10").store("metrics")
    held = small.warehouse.rows(
        f"select recipe, as_of_date::varchar from {store} "
        "where origin = 'backtest' and metric = 'coverage_90'"
    )
    assert held == [("linear", "2025-06-01")], "of the winner, at the last cut-off"
    labels, visits, region, scores, lower, upper = outcomes(small, NUMBER, SCORES, "spend_usd")
    labels, scores = labels.astype(float), scores.astype(float)
    assert (lower <= scores).all()
    assert (scores <= upper).all()
    found = measured(small)
    assert set(found) == {"all", "region = north", "region = south"}
    for part, values in found.items():
        inside = np.array([part in ("all", f"region = {one}") for one in region])
        for name, value in evaluate("regression", labels[inside], scores[inside]).items():
            assert values[name] == pytest.approx(value), (part, name)
    rule = evaluate("regression", labels, 10.0 * visits)
    expected = {f"rule_{name}": rule[name] for name in ("mae", "rmse")}
    expected |= judge_intervals(labels, lower, upper)
    for name, value in expected.items():
        assert found["all"][name] == pytest.approx(value), name
    held = f"{expected['coverage_90']:.0%} lay within their interval".replace("%", " %")
    assert note(small).endswith(held)
    assert "by the simple rule by" in note(small)
    gains = small.request("", "2025-08-10").store("gains")
    assert small.warehouse.rows(f"select 1 from {gains}") == []
    small.close()


def test_a_class_that_was_promised_and_did_not_come_true_is_judged(tmp_path: Path) -> None:
    """From July on, who would be gold is of a class that nobody has heard of before."""
    query = QUERY.replace("{label}", CLASS)
    changed = (
        "select member_id, as_of_date, visits, region, case when as_of_date >= date '2025-07-01' "
        f"and tier = 'gold' then 'none' else tier end as tier from ({query}) as made"
    )
    small = Small(tmp_path / "small.duckdb", is_new=True)
    declared = SPEC | {"task": "multiclass", "label": "tier", "candidates": ["logistic"]}
    for name, today in (("one", "2025-07-10"), ("two", "2025-08-10")):
        small.build(name, today, declared=declared, sql=changed.format(today=today))
    asked = small.request("", "2025-08-10")
    made = small.warehouse.rows(
        f"select made.tier, predicted, score_bronze, score_gold, score_silver "
        f"from {asked.history} as scored join ({changed.format(today='2025-08-10')}) as made "
        "using (member_id, as_of_date) where origin = 'live' and run_id = 'one.pred' "
        "and as_of_date = date '2025-07-01' order by member_id"
    )
    came = np.array([one[0] for one in made])
    predicted = np.array([one[1] for one in made])
    assert "gold" in predicted
    assert "none" in came
    assert "gold" not in came
    found = measured(small)["all"]
    assert found["accuracy"] == pytest.approx((came == predicted).mean())
    classes = np.array(["bronze", "gold", "none", "silver"])
    scores = np.array([[one[2], one[3], 0.0, one[4]] for one in made])
    expected = evaluate("multiclass", np.searchsorted(classes, came), scores)
    assert found["log_loss"] == pytest.approx(expected["log_loss"])
    small.close()


def test_classes_are_served_with_a_probability_each(tmp_path: Path) -> None:
    declared = {
        "task": "multiclass",
        "label": "tier",
        "candidates": ["logistic"],
        "baseline": {"sql": "case when visits < 3 then 'bronze' else 'gold' end"},
    }
    small, said = lived(tmp_path, CLASS, declared)
    store = small.request("", "2025-08-10").store("model_versions")
    ((metrics, score_is),) = small.warehouse.rows(f"select metrics, score_is from {store}")
    assert score_is == "probability"
    accuracy = json.loads(metrics)["accuracy"]
    assert said == [
        f"v1 champion (logistic), accuracy {accuracy:.2f}, scored 120",
        f"v1 champion, spec unchanged, accuracy {accuracy:.2f}, scored 120",
    ]
    classes = ("bronze", "gold", "silver")
    columns = ", ".join(["predicted", "score", *(f"score_{one}" for one in classes)])
    labels, visits, region, predicted, score, *each = outcomes(small, CLASS, columns, "tier")
    scores = np.column_stack(each).astype(float)
    assert scores.sum(axis=1) == pytest.approx(1)
    assert predicted.tolist() == [classes[at] for at in scores.argmax(axis=1)]
    assert score.astype(float) == pytest.approx(scores.max(axis=1))
    codes = np.searchsorted(np.array(classes), labels)
    found = measured(small)
    assert set(found) == {"all", "region = north", "region = south"}
    for part, values in found.items():
        inside = np.array([part in ("all", f"region = {one}") for one in region])
        for name, value in evaluate("multiclass", codes[inside], scores[inside]).items():
            assert values[name] == pytest.approx(value), (part, name)
    rule = np.where(visits < 3, "bronze", "gold")
    assert found["all"]["rule_accuracy"] == pytest.approx((rule == labels).mean())
    hits = int((predicted == labels).sum())
    assert note(small) == (
        f"{hits} of 120 members were what was predicted; always saying the commonest class would "
        f"get {np.bincount(codes).max()}"
    )
    gains = small.request("", "2025-08-10").store("gains")
    assert small.warehouse.rows(f"select 1 from {gains}") == []
    small.close()


FLAT = """
select
    m as member_id,
    (m * 7) % 11 as visits,
    case when m % 2 = 0 then 'north' else 'south' end as region,
    case when m < 300 then (m * 7) % 11 + (m * 13) % 4 + 3 * (m % 2) < 7 end as has_quit
from range(360) as members (m)
"""
FLAT_SPEC = {
    "task": "binary",
    "entity": "member_id",
    "label": "has_quit",
    "candidates": ["logistic"],
    "slices": ["region"],
    "reasons": 1,
}


def test_a_table_without_times_is_judged_by_parts_and_each_row_is_shown_once(
    tmp_path: Path,
) -> None:
    small = Small(tmp_path / "small.duckdb", is_new=True)
    published = small.build("one", "2025-07-10", declared=FLAT_SPEC, sql=FLAT)
    assert published.message.startswith("v1 champion (logistic), AUC ")
    assert published.message.endswith(", scored 60")
    asked = small.request("", "2025-07-10")
    rows = small.warehouse.rows
    shown = rows(
        "select origin, count(*), count(distinct member_id), min(as_of_date)::varchar "
        f"from {asked.history} group by 1 order by 1"
    )
    assert shown == [("backtest", 300, 300, "2025-07-10"), ("live", 60, 60, "2025-07-10")]
    metrics = rows(
        f"select recipe, slice, any_value(row_count) from {asked.store('metrics')} "
        "group by 1, 2 order by 1, 2"
    )
    parts = {f"fold {number}": 45 for number in range(1, 16)} | {"all": 75}
    assert {name: size for recipe, name, size in metrics if recipe == "prior"} == parts
    of_winner = {name: size for recipe, name, size in metrics if recipe == "logistic"}
    assert {name: of_winner.pop(name) for name in parts} == parts
    assert of_winner == {}, "of slices with fewer than fifty rows nothing is told"
    curves = rows(f"select distinct as_of_date::varchar, row_count from {asked.store('gains')}")
    assert curves == [("2025-07-10", 75)]
    card = [said for (said,) in rows(f"select sentence from {asked.store('model_cards')}")]
    whom = "One row per `member_id`, as the table is on the day it is read, for those that"
    assert any(one.startswith(whom) for one in card)
    assert not any(one.startswith("It was judged on rows after") for one in card)
    assert "`score` is the probability that `has_quit` is true." in card
    assert any("rows were split at random" in one for one in card)
    noted = rows(f"select message from {asked.store('model_events')} where event = 'noted'")
    assert [one for (one,) in noted if "split at random" in one]
    small.close()


def test_lines_of_runs_without_scores_or_with_a_version_that_waits(tmp_path: Path) -> None:
    small = Small(tmp_path / "small.duckdb", is_new=True)
    of_nobody = small.build("none", "2025-07-09", declared=FLAT_SPEC, sql=f"{FLAT} where m < 0")
    assert of_nobody.message == "nothing to score, nothing to learn from yet"
    by_hand = FLAT_SPEC | {"promote": {"approve": "manual"}}
    first = small.build("one", "2025-07-10", declared=by_hand, sql=FLAT)
    assert first.message == "v1 waits for approval (foretell promote pred)"
    asked = small.request("", "2025-07-10")
    found = small.warehouse.rows(
        f"select event, version from {asked.store('model_events')} where event <> 'noted' "
        "order by happened_at"
    )
    assert found == [("trained", 1), ("waits for approval", 1)]
    assert small.warehouse.rows(f"select 1 from {asked.history}") == []
    small.build("two", "2025-07-11", declared=FLAT_SPEC, sql=FLAT, train=True)
    waits = small.build("three", "2025-07-12", declared=by_hand, sql=FLAT, train=True)
    assert waits.message.startswith(
        "v2 champion, v3 waits for approval (foretell promote pred), AUC"
    )
    assert waits.message.endswith(", scored 60")
    small.close()
