"""Versions shown, approved and rolled back by command, and what builds make of that."""

from __future__ import annotations

from project import PREDICTION, Project

NEXT, LATER = "2025-09-05", "2025-10-05"


def statuses(gym: Project) -> list[tuple[int, str]]:
    """Each version's standing, oldest first."""
    return gym.query(
        "select model_version, status from gym_foretell.foretell_models order by model_version"
    )


def says(gym: Project, *command: str, fails: bool = False) -> str:
    """What a command prints, on one line."""
    done = gym.foretell(*command)
    assert done.returncode == int(fails), done.stdout
    assert "Traceback" not in done.stdout
    return " ".join(done.stdout.split())


def test_a_rollback_serves_from_the_next_build_and_stays(plain_gym: Project) -> None:
    gym = plain_gym
    said = says(gym, "rollback", PREDICTION, fails=True)
    assert f"{PREDICTION} has had no champion before" in said
    gym.build("--select", PREDICTION, env={"FORETELL_TRAIN": "true"})
    assert statuses(gym) == [(1, "earlier champion"), (2, "champion")]

    said = says(gym, "rollback", PREDICTION, "--reason", "It's odd on 'new' members")
    assert f"{PREDICTION} v1 serves instead of v2 from the next dbt build on" in said
    said = gym.build(today=NEXT)
    assert "v1 champion, spec unchanged" in said
    assert gym.query(
        f"select distinct model_version from gym_foretell.{PREDICTION}__history "
        f"where today = '{NEXT}'"
    ) == [(1,)]
    assert statuses(gym) == [(1, "champion"), (2, "earlier champion")]
    assert "v1 champion" in gym.build(today=LATER), "and the build after"
    assert gym.query("select distinct model_version from gym_foretell.foretell_features") == [(1,)]

    told = says(gym, "history", PREDICTION)
    assert "v1 rolled back It's odd on 'new' members instead of v2" in told
    said = says(gym, "rollback", PREDICTION)
    assert "v2 serves instead of v1" in said, "back to the one before"
    assert statuses(gym) == [(1, "earlier champion"), (2, "champion")]


def test_a_version_is_shown_and_slips_are_explained(plain_gym: Project) -> None:
    gym = plain_gym
    shown = says(gym, "show", PREDICTION)
    for phrase in (
        f"{PREDICTION} v1, champion", "Estimator logistic", "roc_auc", "visits_count_30d",
        "scikit-learn", "beats the simple rule on the last cut-off",
    ):  # fmt: skip
        assert phrase in shown
    assert says(gym, "show", PREDICTION, "v1") == shown
    assert "has no version v7; it has [v1]" in says(gym, "show", PREDICTION, "v7", fails=True)
    said = says(gym, "promote", PREDICTION, "1", fails=True)
    assert f"{PREDICTION} v1 is champion already; nothing was changed" in said
    said = says(gym, "promote", PREDICTION, fails=True)
    assert f"No version of {PREDICTION} waits for approval" in said
    said = says(gym, "history", "pred_member__stays", fails=True)
    assert (
        f"no version of a prediction pred_member__stays in this target; it has [{PREDICTION}]"
        in said
    )
    assert (
        gym.value(
            "select count(*) from gym_foretell.foretell_store_model_events where event = 'promoted'"
        )
        == 1
    )


def test_manual_approval_waits_for_a_person(gym: Project) -> None:
    gym.replace("models/gym.yml", "confidence: 0.5}", "confidence: 0.5, approve: manual}")
    said = gym.build()
    assert f"v1 waits for approval (foretell promote {PREDICTION})" in said
    assert statuses(gym) == [(1, "waits for approval")]
    assert gym.value(f"select count(*) from gym.gym.{PREDICTION}") == 0

    said = gym.build()
    assert "v1 waits for approval" in said
    assert statuses(gym) == [(1, "waits for approval")], "it is not trained again"
    assert "v1 serves from the next dbt build on" in says(gym, "promote", PREDICTION)
    said = gym.build()
    assert "v1 champion" in said
    assert gym.value(f"select count(*) from gym.gym.{PREDICTION}") > 0

    said = gym.build(today=NEXT, env={"FORETELL_TRAIN": "true"})
    assert "v1 champion" in said
    assert "v2 waits for approval" in said
    assert statuses(gym) == [(1, "champion"), (2, "waits for approval")]
    assert gym.query(
        "select event, version from gym_foretell.foretell_store_model_events where event <> "
        "'noted' "
        "order by happened_at"
    ) == [
        ("trained", 1), ("waits for approval", 1), ("promoted", 1),
        ("trained", 2), ("waits for approval", 2),
    ]  # fmt: skip

    gym.replace("models/gym.yml", ", approve: manual}", "}")
    gym.build("--select", PREDICTION, today=NEXT)
    assert statuses(gym) == [(1, "earlier champion"), (2, "passed over"), (3, "champion")]
    assert "No version of" in says(gym, "promote", PREDICTION, fails=True), "not the older one"


def test_a_champion_that_lost_its_features_waits_for_approval_too(plain_gym: Project) -> None:
    gym = plain_gym
    seen = gym.query(f"select * from gym.gym.{PREDICTION} order by all")
    gym.replace("models/gym.yml", "confidence: 0.5}", "confidence: 0.5, approve: manual}")
    gym.replace("models/gym.yml", "days_since_last, select]", "days_since_last]")
    said = gym.refused("--select", "+" + PREDICTION, today=NEXT)
    assert "has lost what it looks at, and v2, which does without, waits for approval" in said
    again = gym.refused("--select", "+" + PREDICTION, today=NEXT)
    assert "and v2, which does without, waits for approval" in again, "it is not trained again"
    assert gym.query(f"select * from gym.gym.{PREDICTION} order by all") == seen
    says(gym, "promote", PREDICTION)
    assert "v2 champion" in gym.build("--select", "+" + PREDICTION, today=NEXT)


def test_a_trigger_trains_when_it_is_due_and_says_so(plain_gym: Project) -> None:
    gym = plain_gym
    due = "retrain: {any: {age: 30 days, matured: 5000}, cooldown: 40 days}"
    gym.replace("models/gym.yml", "horizon: 30 days", f"horizon: 30 days\n          {due}")
    for today in ("2025-08-31", NEXT, "2025-09-10"):
        gym.build(today=today)
    gym.replace("models/gym.yml", due, "retrain: {any: {matured: 100}}")
    gym.build(today="2025-10-05")
    *decided, last = (
        why
        for (why,) in gym.query(
            "select decision from gym_foretell.foretell_runs order by started_at"
        )
    )
    assert decided[1:] == [
        "scored only: champion v1, spec unchanged",
        "scored only: champion v1, spec unchanged",
        "retrain trigger: age 40 of 30 days",
    ]
    matured = gym.value(
        "select count(*) from gym.gym.as_of_member where as_of_date + interval 30 day > "
        "date '2025-09-10' and as_of_date + interval 30 day <= date '2025-10-05'"
    )
    assert matured >= 100
    assert last == f"retrain trigger: matured {matured} of 100 new outcomes"


def test_a_plan_says_what_the_next_build_does_and_does_nothing(plain_gym: Project) -> None:
    gym = plain_gym
    everything = (
        "select table_schema, table_name from information_schema.tables order by all",
        "select * from gym_foretell.foretell_runs order by all",
        f"select * from gym.gym.{PREDICTION} order by all",
    )
    before = [gym.query(sql) for sql in everything]
    served = gym.serving.readlink()
    gym.replace(
        "models/gym.yml", "horizon: 30 days",
        "horizon: 30 days\n          retrain: {any: {age: 60 days}}",
    )  # fmt: skip
    said = says(gym, "plan")
    for phrase in (
        f"{PREDICTION} (v1) scores only: champion v1, spec unchanged",
        "with 3 features", "0 to score", "retrain triggers: age 0 of 60 days",
    ):  # fmt: skip
        assert phrase in said
    gym.replace("models/gym.yml", "[count_30d, days_since_last, select]", "[count_30d, select]")
    said = says(gym, "plan", PREDICTION)
    assert "trains a challenger and scores: feature set changed: gone visits_days_since" in said
    assert "takes about" in said
    gym.replace("models/gym.yml", "task: binary", "task: guess")
    said = says(gym, "plan", fails=True)
    assert "will be refused: models/gym.yml:25: config.meta.prediction" in said
    assert [gym.query(sql) for sql in everything] == before
    assert gym.serving.readlink() == served
    assert "no prediction pred_nothing" in says(gym, "plan", "pred_nothing", fails=True)
