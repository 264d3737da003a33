"""Questions to a prediction's node: what differs, why a row scores so; and that nothing changes."""

from __future__ import annotations

import json
from statistics import median
from typing import Any

import pytest
from scipy.stats import spearmanr

from project import PREDICTION, Project

LATER = "2025-09-05"


def says(gym: Project, *command: str, fails: bool = False) -> str:
    """What a command prints, on one line."""
    done = gym.foretell(*command)
    assert done.returncode == int(fails), done.stdout
    assert "Traceback" not in done.stdout
    return " ".join(done.stdout.split())


def answer(gym: Project, *command: str) -> dict[str, Any]:
    """What a command prints as JSON."""
    done = gym.foretell(*command, "--json")
    assert done.returncode == 0, done.stdout
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def state(gym: Project) -> dict[str, Any]:
    """All that a question might change: every table's rows, every view, what is served."""
    tables = gym.query(
        "select table_schema, table_name, table_type from information_schema.tables "
        "where table_schema not in ('pg_catalog', 'information_schema') order by 1, 2, 3"
    )
    said: dict[str, Any] = {
        f"{schema}.{name}": gym.hash_of(f'"{schema}"."{name}"')
        for schema, name, kind in tables
        if kind == "BASE TABLE"
    }
    served = gym.serving.readlink() if gym.serving.exists() else None
    results = gym.folder / "target" / "run_results.json"
    last = results.read_text(encoding="utf-8") if results.exists() else None
    return {"tables": tables, "served": served, "last dbt command": last, **said}


def test_nothing_is_there_to_ask_about_before_the_first_build(gym: Project) -> None:
    said = says(gym, "plan")
    assert "trains a challenger and scores: nothing was built in this target yet" in said
    for command in (("diff", PREDICTION), ("explain", PREDICTION, "1")):
        said = says(gym, *command, fails=True)
        assert f"{PREDICTION} has no version in this target yet" in said
    assert state(gym)["tables"] == [], "not even the stores"


def test_versions_are_compared_and_slips_are_explained(plain_gym: Project) -> None:
    gym = plain_gym
    said = says(gym, "diff", PREDICTION, fails=True)
    assert "has had no champion before v1; it has [v1]. There is nothing to compare" in said
    gym.replace("models/gym.yml", "days_since_last, select]", "days_since_last]")
    # So that v2 scores and publishes the rows that v1 has scored.
    gym.build("--select", PREDICTION, "--full-refresh")
    assert gym.value("select max(version) from gym_foretell.foretell_store_model_versions") == 2
    gym.replace("models/gym.yml", "days_since_last]", "days_since_last, select]")
    before = state(gym)

    found = answer(gym, "diff", PREDICTION, "v1", "2")
    then, now = found["then"], found["now"]
    assert (then["version"], now["version"], then["estimator"]) == (1, 2, "logistic")
    assert then["cut_off"] == now["cut_off"] == "2025-05-30"
    assert found["metrics_differ"] is None
    ((metrics,),) = gym.query(
        "select metrics from gym_foretell.foretell_store_model_versions where version = 2"
    )
    assert now["metrics"] == json.loads(metrics)
    assert "C=0.5" in then["settings"]
    assert found["gone"] == ["visits_select"]
    check_scores(gym, found["compared"])

    for phrase in ("v1 -> v2", "Last cut-off 2025-05-30 2025-05-30", "20 (value.capacity)"):
        assert phrase in says(gym, "diff", PREDICTION, "1", "v2")
    for command, phrase in (
        (("v7",), f"{PREDICTION} has no version v7; it has [v1, v2]"),
        (("v1", "v1"), "v1 is named twice"),
    ):
        assert phrase in says(gym, "diff", PREDICTION, *command, fails=True)
    said = says(gym, "diff", "pred_nothing", fails=True)
    assert f"There is no prediction pred_nothing in this project; it has [{PREDICTION}]" in said
    said = says(gym, "diff", "+fct_visits gym", fails=True)
    assert "is no name of a prediction" in said, "it would be built"
    assert state(gym) == before


def check_scores(gym: Project, compared: dict[str, Any]) -> None:
    """What was computed from both scores, against the scores that were published."""
    published = gym.query(
        "select cast(member_id as varchar), max(score) filter (where model_version = 1) as was, "
        f"max(score) filter (where model_version = 2) from gym_foretell.{PREDICTION}__history "
        "where origin = 'live' and as_of_date = '2025-07-29' group by member_id "
        "order by was desc, member_id"
    )
    then, now = ({one[0]: one[at] for one in published} for at in (1, 2))
    assert (compared["rows"], compared["what"]) == (len(then), "rows as of 2025-07-29")
    assert compared["mean_then"] == pytest.approx(sum(then.values()) / len(then))
    assert compared["mean_now"] == pytest.approx(sum(now.values()) / len(now))
    whom = compared["named"]
    assert (whom["then"], whom["now"], whom["by"]) == (20, 20, "value.capacity")
    named = [set(sorted(one, key=lambda key: (-one[key], int(key)))[:20]) for one in (then, now)]
    assert whom["entering"] == whom["leaving"] == len(named[1] - named[0])
    assert compared["rank_correlation"] == pytest.approx(
        spearmanr(list(then.values()), [now[key] for key in then]).statistic
    )
    moves = {key: now[key] - then[key] for key in then}
    for word, movers, sign in (("up", compared["up"], 1), ("down", compared["down"], -1)):
        found = [one["now"] - one["then"] for one in movers]
        most = sorted(moves.values(), key=lambda move: -sign * move)[:5]
        assert found == pytest.approx([one for one in most if sign * one > 0]), word
        assert found == pytest.approx([moves[one["entity"]] for one in movers])


def test_versions_that_lost_their_features_are_still_compared(plain_gym: Project) -> None:
    gym = plain_gym
    gym.replace("models/gym.yml", "days_since_last, select]", "days_since_last]")
    gym.build(today=LATER)
    found = answer(gym, "diff", PREDICTION)
    assert (found["then"]["version"], found["now"]["version"]) == (1, 2)
    assert found["now"]["is_champion"]
    assert found["gone"] == ["visits_select"]
    assert found["compared"] is None
    assert "v1 cannot score today's rows: the training query no longer" in found["not_compared"]
    assert "v1 was judged on rows as of 2025-05-30 on" in found["metrics_differ"]
    backwards = answer(gym, "diff", PREDICTION, "v1")
    assert (backwards["then"]["version"], backwards["now"]["version"]) == (2, 1)
    assert backwards["added"] == ["visits_select"]

    gym.change(
        "update gym_foretell.foretell_store_model_versions set sha256 = 'f' where version = 2"
    )
    said = says(gym, "diff", PREDICTION)
    assert "These metrics cannot be compared" in said
    assert "Scores cannot be compared" in said
    assert "was changed after it was stored" in said


def test_a_row_is_explained_by_all_that_the_champion_looks_at(plain_gym: Project) -> None:
    check_explained(plain_gym)


def check_explained(gym: Project) -> None:
    """What `explain` says of the row that scores highest, against what was published."""
    before = state(gym)
    prediction, view, spine = (
        gym.named(f"gym.{name}") for name in (PREDICTION, "feat_member__visits", "as_of_member")
    )
    member, score = gym.query(
        f"select member_id, score from {prediction} where as_of_date = '2025-07-29' "
        "order by score desc limit 1"
    )[0]
    found = answer(gym, "explain", PREDICTION, str(member))
    assert found["as_of"] == "2025-07-29"
    assert found["score"] == pytest.approx(score)
    assert found["rank"] == 1
    scores = gym.query(f"select score from {prediction} where as_of_date = '2025-07-29'")
    assert found["rows"] == len(scores)
    assert found["typical_score"] == pytest.approx(median(one for (one,) in scores))
    published = found["published"]
    assert (published["version"], published["on"]) == (1, "2025-08-01")
    assert (found["outcome"], found["is_learnt"]) == (None, False)
    by_name = {one["feature"]: one for one in found["contributions"]}
    assert set(by_name) == {"visits_count_30d", "visits_days_since_last", "visits_select"}
    changes = [one["contribution"] for one in found["contributions"]]
    assert changes == sorted(changes, reverse=True)
    ((value,),) = gym.query(
        f"select days_since_last from {view} "
        f"where member_id = {member} and as_of_date = '2025-07-29'"
    )
    days = by_name["visits_days_since_last"]
    assert (days["value"], days["label"]) == (value, "Days since the last visit")
    # The largest contribution is the first reason that the build gave.
    ((reason,),) = gym.query(
        f"select reason_1 from {prediction} where member_id = {member} "
        "and as_of_date = '2025-07-29'"
    )
    first = found["contributions"][0]
    assert reason == f"{first['label']}: {first['said']}, typically {first['typically']}"

    said = says(gym, "explain", PREDICTION, str(member), "--as-of", "2025-03-31")
    assert "as of 2025-03-31" in said
    assert "Published no: this row has no live score" in said
    assert "v1 has learnt from it: no forecast" in said
    members = gym.query(f"select distinct cast(member_id as varchar) from {spine}")
    some = ", ".join(sorted(member for (member,) in members)[:3])
    for command, phrase in (
        (("4711",), f"has member_id = '4711'. It has, for example, {some}."),
        (("1' or '1' = '1",), "has member_id = '1' or '1' = '1'."),
        ((str(member), "--as-of", "2025-03-30"), "its newest are as of 2025-07-29, 2025-06-29, "),
        ((str(member), "--as-of", "soon"), "--as-of soon is no date; write it as"),
    ):
        assert phrase in says(gym, "explain", PREDICTION, *command, fails=True)
    assert state(gym) == before


@pytest.mark.parametrize(
    ("key", "entity"),
    [
        ("'O''Brien {{ \"é\" }} ' || members.member_id", "O'Brien é 3"),
        ("cast(date '2000-01-01' + cast(members.member_id as integer) as date)", "2000-01-04"),
    ],
)
def test_entities_and_as_of_times_may_be_of_any_type(gym: Project, key: str, entity: str) -> None:
    gym.replace("models/fct_visits.sql", "    members.member_id,\n", f"    {key} as member_id,\n")
    instant = "cast(range as timestamp) + interval 6 hour"
    gym.replace("models/as_of_member.sql", "cast(range as date)", instant)
    gym.build()
    found = answer(gym, "explain", PREDICTION, entity, "--as-of", "2025-06-29")
    assert (found["entity"], found["as_of"]) == (entity, "2025-06-29 06:00:00")
    same = answer(gym, "explain", PREDICTION, entity, "--as-of", "2025-06-29T06:00")
    assert same == found
    assert found["rows"] > 100


def test_a_question_that_fails_leaves_nothing_behind(plain_gym: Project) -> None:
    gym = plain_gym
    gym.change(
        "update gym_foretell.foretell_store_model_versions set reference = replace(reference, "
        "'median', '')"
    )
    before = state(gym)
    done = gym.foretell("explain", PREDICTION, "1")
    assert done.returncode == 1
    assert f"dbt run failed: {PREDICTION}" in done.stdout, "not a refusal: nobody foresaw it"
    assert "KeyError: 'median'" in " ".join(done.stdout.split()), "once all was staged"
    gym.replace("models/gym.yml", "sql: -visits_count_30d", "sql: nobody_knows")
    assert "baseline.sql" in says(gym, "explain", PREDICTION, "1", fails=True)
    assert state(gym) == before


def test_stores_of_an_older_version_are_not_altered_to_answer(plain_gym: Project) -> None:
    gym = plain_gym
    gym.change("alter table gym_foretell.foretell_store_runs drop column learnt_from")
    before = state(gym)
    said = says(gym, "plan", fails=True)
    assert "was made by an older foretell: it has no learnt_from. Run `dbt build` once" in said
    assert state(gym) == before


def test_an_environment_that_asks_nonsense_is_refused(plain_gym: Project) -> None:
    done = plain_gym.dbt("run", "--select", PREDICTION, env={"FORETELL_ASK": "true"})
    assert done.returncode == 1
    assert "FORETELL_ASK holds no question that foretell knows" in " ".join(done.stdout.split())
