"""A development build that scores with production's champion, read from a file of its own."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from project import PREDICTION, Project

FROM = "foretell_champion_from: {dev: prod.gym_foretell}"
#: A target beside production's, which attaches production's file to read only.
PROFILE = """
gym:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: dev.duckdb
      schema: dev
      threads: 2
      attach: [{path: gym.duckdb, alias: prod, read_only: true}]
      plugins:
        - module: foretell.warehouse.dbt_plugin
    prod:
      type: duckdb
      path: gym.duckdb
      schema: gym
      threads: 2
      plugins:
        - module: foretell.warehouse.dbt_plugin
"""


def say(gym: Project, setting: str) -> None:
    """Say in dbt_project.yml where the champion is borrowed from."""
    text = (gym.folder / "dbt_project.yml").read_text(encoding="utf-8")
    head = text.split("\nvars:")[0]
    gym.write("dbt_project.yml", f"{head}\nvars:\n  {setting}\n")


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def _prod(_built_quick_gym: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A production whose champion is v2, in a project that builds into development."""
    prod = _built_quick_gym.copy_to(tmp_path_factory.mktemp("prod") / "gym")
    prod.build("--select", PREDICTION, env={"FORETELL_TRAIN": "true"})
    prod.write("profiles.yml", PROFILE)
    say(prod, FROM)
    # The copies need not parse all of it again.
    assert prod.dbt("parse").returncode == 0
    return prod


@pytest.fixture
def dev(_prod: Project, tmp_path: Path) -> Project:
    """A target without a build, beside a production whose champion is v2."""
    prod = _prod.copy_to(tmp_path / "gym")
    return Project(prod.folder, prod.folder / "dev.duckdb", prod.bin, prod.package)


def test_a_development_build_scores_with_the_champion_of_production(dev: Project) -> None:
    prod = Project(dev.folder, dev.folder / "gym.duckdb")
    before = sha256(prod.database)
    assert "v2 champion of prod.gym_foretell" in dev.build()
    (run,) = dev.query("select decision, is_trained, model_version from dev_foretell.foretell_runs")
    assert run == ("scored only: champion v2 of prod.gym_foretell", False, 2)
    history = f"dev_foretell.{PREDICTION}__history"
    assert dev.query(f"select distinct model_version, origin from {history}") == [(2, "live")]
    key = "member_id, as_of_date"
    made = dev.query(f"select {key}, score from dev.dev.{PREDICTION} order by all")
    assert made
    assert [row[:2] for row in made] == prod.query(
        f"select {key} from gym.gym.{PREDICTION} order by all"
    )
    for name in ("model_versions", "model_events", "feature_worth"):
        store = f"foretell_store_{name}"
        assert dev.value(f"select count(*) from dev_foretell.{store}") == 0, store

    # The next days' outcomes are evaluated, and what is watched is compared with production's.
    dev.build(today="2025-09-05")
    assert dev.query(
        "select distinct model_version from dev_foretell.foretell_store_metrics where origin = "
        "'live'"
    ) == [(2,)]
    watched = dev.query(
        "select distinct model_version from dev_foretell.foretell_store_feature_statistics "
        "where statistic = 'psi'"
    )
    assert watched == [(2,)]
    assert dev.value("select count(*) from dev_foretell.foretell_trust") == 1
    assert dev.value("select count(*) from dev_foretell.foretell_features") > 0
    said = " ".join(dev.foretell("plan").stdout.split())
    assert f"{PREDICTION} (v2) scores only: champion v2 of prod.gym_foretell" in said

    # A change of the query is not learnt here, and said.
    dev.replace(f"models/{PREDICTION}.sql", "from spine\n)", "from spine where member_id <> 1\n)")
    dev.build(
        *("--select", PREDICTION, "--full-refresh"),
        *("--vars", f"{{{FROM}, foretell_reset: true}}"),
        today="2025-09-05",
    )
    (newest, *_) = dev.query(
        "select decision from dev_foretell.foretell_runs order by finished_at desc"
    )
    assert newest == (
        "scored only: champion v2 of prod.gym_foretell; "
        "a build there would train: training query changed",
    )
    assert sha256(prod.database) == before

    # Without it this target trains its own, under a number that no scores of it carry yet.
    say(dev, "foretell_champion_from: {}")
    assert "v3 champion" in dev.build()
    assert sha256(prod.database) == before


def test_scores_are_those_that_production_makes(dev: Project) -> None:
    day = "2025-09-05"
    prod = Project(dev.folder, dev.folder / "gym.duckdb")
    dev.build(today=day)
    prod.build("--target", "prod", today=day)
    made = f"select member_id, as_of_date, score, model_version from {{}}.{PREDICTION} "
    made += f"where as_of_date > date '{day}' - 30 order by all"
    ours, theirs = (one.query(made.format(name)) for one, name in ((dev, "dev.dev"), (prod, "gym.gym")))  # noqa: E501  # fmt: skip
    assert ours == theirs
    assert ours


def test_what_cannot_be_borrowed_is_refused(dev: Project) -> None:
    before = sha256(dev.folder / "gym.duckdb")
    said = dev.refused(env={"FORETELL_TRAIN": "true"})
    assert "a build that borrows a champion never trains; foretell_train asks it to" in said
    say(dev, "foretell_champion_from: prod.analytics_foretell")
    said = dev.refused("--select", PREDICTION)
    assert 'there is no table "prod"."analytics_foretell"."foretell_store_model_events"' in said
    say(dev, "foretell_champion_from: a.b.c")
    assert "foretell_champion_from is a.b.c; it must be the schema" in dev.refused()

    say(dev, FROM)
    dev.write(
        "models/pred_member__stays.sql", (dev.folder / f"models/{PREDICTION}.sql").read_text()
    )
    text = (dev.folder / "models/gym.yml").read_text(encoding="utf-8")
    declared = text[text.index(f"  - name: {PREDICTION}") : text.index("    columns:\n      - name: member_id")]  # noqa: E501  # fmt: skip
    dev.write("models/stays.yml", "models:\n" + declared.replace(PREDICTION, "pred_member__stays"))
    said = dev.refused("--select", "pred_member__stays")
    assert "prod.gym_foretell, where pred_member__stays has no champion" in said

    dev.replace("models/gym.yml", "days_since_last, select]", "days_since_last]")
    said = dev.refused("--select", PREDICTION)
    assert f"Champion v2 of {PREDICTION} in prod.gym_foretell cannot score here" in said
    assert "it looks at visits_select, which this target" in said
    dev.replace(
        "models/gym.yml", "horizon: 30 days", "horizon: 30 days\n          champion_from: x"
    )
    said = dev.refused("--select", PREDICTION)
    assert "say it with the dbt var `foretell_champion_from`" in said
    assert sha256(dev.folder / "gym.duckdb") == before


def test_another_model_of_the_same_number_is_not_mixed_with_it(dev: Project) -> None:
    say(dev, "foretell_champion_from: {}")
    dev.build()
    dev.build("--select", PREDICTION, env={"FORETELL_TRAIN": "true"})
    say(dev, FROM)
    own, borrowed = (
        Project(dev.folder, dev.folder / name).query(
            f"select sha256 from {schema}.foretell_store_model_versions where version = 2"
        )
        for name, schema in (("dev.duckdb", "dev_foretell"), ("gym.duckdb", "gym_foretell"))
    )
    done = dev.dbt("build", "--select", PREDICTION)
    if own == borrowed:
        assert done.returncode == 0, "the same model is no other"
        dev.change(
            "update dev_foretell.foretell_store_model_versions set sha256 = 'other' where "
            "version = 2"
        )
        done = dev.dbt("build", "--select", PREDICTION)
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    assert f"{PREDICTION} has a v2 of its own in" in said
    assert "their scores could not be told apart" in said
