"""What the stores hold after three builds, worked out anew from the rows and the scores."""

from __future__ import annotations

import json
from datetime import date, datetime
from shutil import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from small import SPEC as SMALL_SPEC
from small import Small

from foretell.ground.names import SCORE
from foretell.training.drift import psi, reference_of
from foretell.training.metrics import evaluate, rank_auc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEMBERS = 120
#: Months whose outcomes are known on the first day: as of January to June.
KNOWN = 6
SPEC = SMALL_SPEC | {
    "candidates": ["logistic"],
    "baseline": {"sql": "-visits"},
    "slices": ["region"],
    "value": {"true_positive": 40, "false_positive": -5, "capacity": 20},
    "trust": {"max_age": "45 days", "max_drop": 0.2, "max_miscalibration": 0.3},
}
#: Who comes less often, and is not from the north, quits more often.
QUERY = """
select
    member_id,
    as_of_date,
    (member_id * 7 + month(as_of_date) * 5) % 11 as visits,
    nullif(member_id % 6, 0) as floor,
    case when member_id % 2 = 0 then 'north' else 'south' end as region,
    visits + (member_id * 13 + month(as_of_date)) % 7 + 4 * (member_id % 2) < 9 as has_quit
from range(120) as members (member_id)
cross join (
    select
        cast(unnest(generate_series(date '2025-01-01', date '{today}', interval 1 month)) as date)
            as as_of_date
) as dates
"""
FEATURES = ("visits", "floor", "region")


class Life:
    """A prediction of which three builds have published, the last with a training."""

    def __init__(self, small: Small) -> None:
        self.small = small
        self.first = self.built("one", "2025-07-10")
        self.second = self.built("two", "2025-08-10", gates=False)
        self.third = self.built("three", "2025-09-10", train=True)

    def built(self, name: str, today: str, **asked: Any) -> str:
        """A build's line."""
        sql = QUERY.format(today=today)
        how = {"description": "Who\nquits?", "declared": SPEC, "sql": sql} | asked
        published = self.small.build(name, today, **how)
        assert published.unwatched is None
        return published.message

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.small.warehouse.rows(query)

    def store(self, name: str) -> str:
        return str(self.small.request("", "2025-09-10").store(name))

    def scored(self, as_of: str, *, run: str, origin: str = "live") -> dict[str, Any]:
        """Scores of a run with the outcomes and features of their rows, by the members' order."""
        history = self.small.request("", "2025-09-10").history
        made = QUERY.format(today="2025-09-01")
        found = self.rows(
            "select scored.score, made.has_quit, made.visits, made.floor, made.region "
            f"from {history} as scored join ({made}) as made using (member_id, as_of_date) "
            f"where scored.as_of_date = date '{as_of}' and origin = '{origin}' "
            f"and run_id = '{run}.pred' order by member_id"
        )
        names = ("score", "has_quit", "visits", "floor", "region")
        return dict(zip(names, (np.array(one) for one in zip(*found, strict=True)), strict=True))


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    small = Small(tmp_path_factory.mktemp("life") / "small.duckdb", is_new=True)
    yield Life(small)
    small.close()


def auc_of_last_cutoff(life: Life, version: int) -> float:
    ((metrics,),) = life.rows(
        f"select metrics from {life.store('model_versions')} where version = {version}"
    )
    return float(json.loads(metrics)["roc_auc"])


def test_dbts_line_says_who_serves_how_good_it_is_and_what_was_done(life: Life) -> None:
    auc = auc_of_last_cutoff(life, 1)
    assert life.first == f"v1 champion (logistic), AUC {auc:.2f}, scored 120"
    assert life.second == f"v1 champion, spec unchanged, AUC {auc:.2f}, scored 120, gates off"
    newer = auc_of_last_cutoff(life, 2)
    assert life.third == f"v2 champion (logistic), AUC {newer:.2f}, scored 120"


def test_each_run_is_on_record_with_its_monitoring(life: Life) -> None:
    found = life.rows(
        "select run_id, status, step, is_trained, model_version, scored, quarantined, input_gate, "
        f"warnings, today, decision is not null, learnt_from is not null "
        f"from {life.store('runs')} order by finished_at"
    )
    days = [date(2025, month, 10) for month in (7, 8, 9)]
    expected = []
    for name, day, version, is_trained, gate in (
        ("one", days[0], 1, True, "pass"),
        ("two", days[1], 1, False, None),
        ("three", days[2], 2, True, "pass"),
    ):
        build = ("published", "build", is_trained, version, MEMBERS, 0, gate, 0, day)
        monitoring = ("published", "monitoring", False, version, 0, 0, None, 0, day)
        expected += [
            (f"{name}.pred", *build, True, is_trained),
            (f"{name}.pred.monitoring", *monitoring, False, False),
        ]
    assert found == expected
    told = life.rows(f"select distinct message from {life.store('runs')} where step = 'monitoring'")
    assert told == [("monitored",)]
    limits = life.rows(
        "select distinct max_age_days, max_drop, max_miscalibration, stands_at "
        f"from {life.store('runs')} where run_id = 'two.pred'"
    )
    assert limits == [(45.0, 0.2, 0.3, datetime(2025, 8, 10))]


def test_events_tell_who_was_trained_and_promoted_and_why(life: Life) -> None:
    found = life.rows(
        f"select run_id, version, event from {life.store('model_events')} order by happened_at"
    )
    assert [one for one in found if one[2] != "noted"] == [
        ("one.pred", 1, "trained"),
        ("one.pred", 1, "promoted"),
        ("three.pred", 2, "trained"),
        ("three.pred", 2, "promoted"),
    ]
    ((why,),) = life.rows(
        f"select distinct message from {life.store('model_events')} where version = 1 "
        "and event in ('trained', 'promoted')"
    )
    assert why.startswith("Logistic regression beats the simple rule on the last cut-off")


def test_a_version_knows_its_rows_and_what_they_were_like(life: Life) -> None:
    ((trained_from, trained_until, rows, candidate, score_is, reference),) = life.rows(
        "select trained_from, trained_until, trained_rows, candidate, score_is, reference "
        f"from {life.store('model_versions')} where version = 1"
    )
    assert (trained_from, trained_until) == (datetime(2025, 1, 1), datetime(2025, 7, 1))
    assert (rows, candidate, score_is) == (KNOWN * MEMBERS, "logistic", "probability")
    known = QUERY.format(today="2025-06-01")
    ((libraries,),) = life.rows(
        f"select libraries from {life.store('model_versions')} where version = 1"
    )
    used = {"foretell", "scikit-learn", "skops", "numpy", "python", "duckdb"}
    assert set(json.loads(libraries)) == used
    found = json.loads(reference)
    assert set(found) == {*FEATURES, SCORE}
    for name in FEATURES:
        values = [value for (value,) in life.rows(f"select {name} from ({known}) as made")]
        kind = object if name == "region" else float
        said = {name: value for name, value in found[name].items() if name != "beyond_chance"}
        assert said == reference_of(np.array(values, dtype=kind))
    # As of the three cut-offs.
    assert found[SCORE]["rows"] == 3 * MEMBERS


def test_what_came_true_is_measured_for_all_and_for_each_slice(life: Life) -> None:
    """The rows that the first build scored, as of July, whose outcomes the second knows."""
    made = life.scored("2025-07-01", run="one")
    found = measured(life, "two.pred.monitoring", "2025-07-01")
    assert set(found) == {"all", "region = north", "region = south"}
    for part, metrics in found.items():
        inside = np.array([part in ("all", f"region = {one}") for one in made["region"]])
        labels, scores = made["has_quit"][inside].astype(bool), made["score"][inside]
        for name, value in evaluate("binary", labels, scores).items():
            assert metrics[name] == (pytest.approx(value), int(inside.sum())), (part, name)
    assert_actions(found["all"], made)


def measured(life: Life, run_id: str, as_of: str) -> dict[str, dict[str, tuple[float, int]]]:
    """Values and rows by slice and metric."""
    found: dict[str, dict[str, tuple[float, int]]] = {}
    for part, name, value, rows in life.rows(
        f"select slice, metric, value, row_count from {life.store('metrics')} "
        f"where run_id = '{run_id}' and as_of_date = date '{as_of}' and model_version is not null"
    ):
        found.setdefault(part, {})[name] = (value, rows)
    return found


def assert_actions(metrics: dict[str, tuple[float, int]], made: dict[str, Any]) -> None:
    """What acting brings is right: on at most twenty, and only where more is expected than lost."""
    labels, scores = made["has_quit"].astype(bool), made["score"]
    named = min(20, int((scores >= 5 / 45).sum()))
    hits = int(labels[np.argsort(-scores, kind="stable")[:named]].sum())
    assert {name: metrics[name][0] for name in ("positives", "named", "named_positives")} == {
        "positives": labels.sum(),
        "named": named,
        "named_positives": hits,
    }
    assert metrics["lift"][0] == pytest.approx(hits / named / labels.mean())
    assert metrics["value"][0] == hits * 40 - (named - hits) * 5
    assert metrics["rule_roc_auc"][0] == pytest.approx(
        rank_auc(labels, -made["visits"].astype(float))
    )
    assert {"drop_by_chance", "miscalibration", "miscalibration_by_chance"} <= set(metrics)


def test_curves_show_what_was_promised_and_what_acting_finds(life: Life) -> None:
    made = life.scored("2025-07-01", run="one")
    labels, scores = made["has_quit"].astype(bool), made["score"]
    order = np.argsort(-scores, kind="stable")
    gains = life.rows(
        f"select named, share, row_count, threshold, positives, value, is_chosen "
        f"from {life.store('gains')} where run_id = 'two.pred.monitoring' order by named"
    )
    assert gains[-1][0] == MEMBERS
    for named, share, rows, threshold, positives, value, _ in gains:
        hits = int(labels[order[:named]].sum())
        assert (share, rows, positives) == (named / MEMBERS, MEMBERS, hits)
        assert threshold == pytest.approx(scores[order[named - 1]])
        assert value == hits * 40 - (named - hits) * 5
    named = min(20, int((scores >= 5 / 45).sum()))
    assert [one[0] for one in gains if one[-1]] == [named]
    bins = life.rows(
        f"select bin, row_count, mean_score, positive_rate from {life.store('calibration_bins')} "
        "where run_id = 'two.pred.monitoring' order by bin"
    )
    assert [(number, rows) for number, rows, *_ in bins] == [(at, 12) for at in range(1, 11)]
    assert sum(rows * score for _, rows, score, _ in bins) == pytest.approx(scores.sum())
    assert sum(rows * rate for _, rows, _, rate in bins) == pytest.approx(labels.sum())


def test_the_backtest_of_each_recipe_is_on_record(life: Life) -> None:
    """The version stands only with the recipe that won, and slices only with it."""
    found = life.rows(
        "select distinct recipe, model_version, as_of_date, slice, row_count "
        f"from {life.store('metrics')} where run_id = 'one.pred' order by all"
    )
    cutoffs = [date(2025, month, 1) for month in (4, 5, 6)]
    expected = [
        *(("logistic", 1, at, "all", MEMBERS) for at in cutoffs),
        *(
            ("logistic", 1, at, f"region = {one}", 60)
            for at in cutoffs
            for one in ("north", "south")
        ),
        *((name, None, at, "all", MEMBERS) for name in ("prior", "rule") for at in cutoffs),
    ]
    assert sorted(found, key=repr) == sorted(expected, key=repr)
    drawn = life.rows(
        f"select distinct as_of_date from {life.store('gains')} where run_id = 'one.pred' "
        "order by all"
    )
    assert drawn == [(at,) for at in cutoffs]
    for at in cutoffs:
        made = life.scored(str(at), run="one", origin="backtest")
        metrics = measured(life, "one.pred", str(at))["all"]
        expected_now = evaluate("binary", made["has_quit"].astype(bool), made["score"])
        for name, value in expected_now.items():
            assert metrics[name][0] == pytest.approx(value)
        assert_actions(metrics, made)
    notes = life.rows(
        f"select count(note), count(distinct note) from {life.store('metrics')} "
        "where run_id = 'one.pred' and model_version = 1 and slice = 'all'"
    )
    assert notes[0][0] == len(cutoffs)


def test_only_the_first_champion_has_a_backtest_to_look_at(life: Life) -> None:
    history = life.small.request("", "2025-09-10").history
    found = life.rows(
        f"select run_id, origin, model_version, count(*) from {history} group by all order by all"
    )
    assert found == [
        ("one.pred", "backtest", 1, 3 * MEMBERS),
        ("one.pred", "live", 1, MEMBERS),
        ("three.pred", "live", 2, MEMBERS),
        ("two.pred", "live", 1, MEMBERS),
    ]


def test_drift_compares_what_was_scored_with_what_was_learnt_from(life: Life) -> None:
    made = life.scored("2025-08-01", run="two")
    ((reference,),) = life.rows(
        f"select reference from {life.store('model_versions')} where version = 1"
    )
    then = json.loads(reference)
    found = life.rows(
        "select feature, statistic, value, reference_rows, current_rows, model_version "
        f"from {life.store('feature_statistics')} where run_id = 'two.pred.monitoring'"
    )
    by_feature = {one[0]: one[2:] for one in found if one[1] == "psi"}
    assert set(by_feature) == {*FEATURES, SCORE}
    for name, (value, reference_rows, rows, version) in by_feature.items():
        values = made["score" if name == SCORE else name]
        values = values.astype(object if name == "region" else float)
        assert value == pytest.approx(psi(then[name], values)), name
        assert (reference_rows, rows, version) == (then[name]["rows"], MEMBERS, 1)
    nulls = {one[0]: one[2:] for one in found if one[1] == "null_share"}
    assert nulls == {
        "visits": (0.0, None, MEMBERS, 1),
        "floor": (pytest.approx(20 / MEMBERS), None, MEMBERS, 1),
        "region": (0.0, None, MEMBERS, 1),
    }


def test_the_worth_of_features_stands_with_the_version_that_looks_at_them(life: Life) -> None:
    found = life.rows(
        "select scope, name, feature_view, recipe, model_version, metric, verdict, row_count "
        f"from {life.store('feature_worth')} where run_id = 'one.pred' order by name"
    )
    rows = 3 * MEMBERS
    assert [one[:6] for one in found] == [
        ("feature", name, None, "logistic", 1, "log_loss") for name in sorted(FEATURES)
    ]
    assert [(one[1], one[6]) for one in found] == [
        ("floor", "worthless"),
        ("region", "useful"),
        ("visits", "useful"),
    ]
    assert {one[7] for one in found} == {rows}


def test_the_card_tells_what_the_version_is_for_and_how_good_it_is(life: Life) -> None:
    found = life.rows(
        f"select section, sentence from {life.store('model_cards')} where version = 1 "
        "order by position"
    )
    card: dict[str, list[str]] = {}
    for section, sentence in found:
        card.setdefault(section, []).append(sentence)
    known = QUERY.format(today="2025-06-01")
    ((share,),) = life.rows(f"select avg(has_quit::int) from ({known}) as made")
    assert card["What it predicts"] == [
        "Who quits?",
        "`score` is the probability that `has_quit` is true, as it will be known 30 days later.",
    ]
    assert card["For whom"] == [
        "One row per `member_id`, as of each `as_of_date`, for those that the training query "
        "selects.",
        "20 of a run can be acted on.",
    ]
    assert card["On what data"] == [
        "720 rows with a known outcome, as of 2025-01-01 and later, known until 2025-07-01.",
        f"{share:.1%} of them are positive.",
        "3 features: visits, floor, region.",
    ]
    metrics = measured(life, "one.pred", "2025-06-01")
    verdict, last, figures, *_ = card["How good it is"]
    assert verdict.startswith("Logistic regression beats the simple rule")
    assert last.startswith("On the 120 rows of the last cut-off (2025-06-01), ")
    assert f"roc_auc {metrics['all']['roc_auc'][0]:.4f}" in figures
    assert "named" not in figures
    over_all, *worst = card["Where it is worst"]
    assert over_all == f"Over all rows its log loss is {metrics['all']['log_loss'][0]:.4f}."
    by_slice = sorted(
        ((metrics[f"region = {one}"]["log_loss"][0], one) for one in ("north", "south")),
        reverse=True,
    )
    assert worst == [f"Where region = {one}: {value:.4f} (60 rows)." for value, one in by_slice]
    limits = card["Its limits"]
    assert "Worth nothing to it, as far as the backtest shows: floor." in limits
    assert limits[-1] == "It tells what to expect, not what acting would change."


def test_what_begins_anew_forgets_its_history_and_its_champion(life: Life, tmp_path: Path) -> None:
    """And nothing else: runs, events and versions stay on record."""
    life.small.warehouse.execute("checkpoint")
    (tmp_path / "anew").mkdir()
    small = Small(copy(life.small.file, tmp_path / "anew" / "small.duckdb"))
    asked = {"declared": SPEC, "sql": QUERY.format(today="2025-10-10")}
    anew = small.build("four", "2025-10-10", full_refresh=True, reset=True, **asked)
    assert anew.message.startswith("v3 champion (logistic), AUC ")
    request = small.request("", "2025-10-10")
    origins = small.warehouse.rows(
        f"select run_id, origin from {request.history} group by all order by all"
    )
    assert origins == [("four.pred", "backtest"), ("four.pred", "live")]
    kept = small.warehouse.rows(f"select distinct foretell_run from {request.kept}")
    assert kept == [("four.pred",)]
    events = small.warehouse.rows(
        f"select event, version, message from {request.store('model_events')} "
        "where run_id = 'four.pred' and event <> 'noted' order by happened_at"
    )
    assert [one[:2] for one in events] == [("reset", None), ("trained", 3), ("promoted", 3)]
    assert events[0][2] == ("History dropped and champion forgotten, as foretell_reset asked")
    runs = small.warehouse.rows(f"select count(*) from {request.store('runs')}")
    assert runs == [(8,)]
    small.close()


def test_a_runs_cost_is_that_of_its_steps_and_its_time_that_of_its_clock(life: Life) -> None:
    found = life.rows(
        "select step, seconds, started_at, finished_at, cpu_seconds, peak_memory_mb, cost "
        f"from {life.store('runs')} order by finished_at"
    )
    for _, seconds, started, finished, cpu, memory, cost in found:
        assert seconds == pytest.approx((finished - started).total_seconds(), abs=1)
        steps = json.loads(cost)
        assert 0 <= sum(one["cpu_seconds"] for one in steps) <= cpu + 0.01
        assert all(one["cpu_seconds"] >= 0 for one in steps)
        assert all(0 < one["peak_memory_mb"] <= memory for one in steps)
        # A process with these libraries, in MB.
        assert 50 < memory < 50_000
    named = [[one["step"] for one in json.loads(cost)] for *_, cost in found]
    whole = ["sweep", "stage", "input gate", "leakage", "train", "score", "output gate", "write"]
    assert named[0] == whole
    assert named[2] == [one for one in whole if one != "train"]
    assert named[1] == named[3] == named[5] == ["monitor"]
    assert named[4] == whole
