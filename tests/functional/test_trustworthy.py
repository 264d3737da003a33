"""What goes wrong while a model is made or loaded ends in a clear message and a served champion."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from project import Project, make_zoo

if TYPE_CHECKING:
    from pathlib import Path

SOLD = "pred_thing__sold"
ONLY = ("--select", f"+{SOLD}")


@pytest.fixture(scope="module")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = make_zoo(tmp_path_factory.mktemp("trust") / "zoo")
    project.build(*ONLY)
    return project


@pytest.fixture
def zoo(_built: Project, tmp_path: Path) -> Project:
    """A copy of the zoo in which one prediction was built."""
    return _built.copy_to(tmp_path / "zoo")


def served(zoo: Project) -> list[tuple[object, ...]]:
    return zoo.query(f"select thing_id, week_date, score from zoo.zoo.{SOLD} order by all")


def decision(zoo: Project) -> str:
    return str(
        zoo.value(
            "select decision from zoo_foretell.foretell_store_runs where step = 'build' "
            "order by started_at desc limit 1"
        )
    )


def test_a_tampered_artifact_is_not_loaded_and_its_recipe_is_fitted_anew(zoo: Project) -> None:
    before = served(zoo)
    zoo.change(
        "update zoo_foretell.foretell_store_model_versions set artifact = artifact || '\\x00'::blob"
    )
    said = zoo.build(*ONLY)
    assert "v2 champion (keepers.good:make)" in said
    assert "was changed after it was stored" in decision(zoo)
    assert said.count("SHA-256") >= 2, "the decision, and a warning"
    assert served(zoo) == before, "rows that are scored keep their scores"


def test_what_is_fitted_anew_waits_for_approval_and_is_not_fitted_again(zoo: Project) -> None:
    before = served(zoo)
    zoo.replace("models/zoo.yml", "promote: {guards:", "promote: {approve: manual, guards:")
    zoo.change(
        "update zoo_foretell.foretell_store_model_versions set artifact = artifact || '\\x00'::blob"
    )
    for _ in range(2):
        said = zoo.refused(*ONLY)
        assert "cannot be loaded, and v2, fitted anew, waits for approval" in said
    assert served(zoo) == before
    zoo.build("--select", "package:foretell")
    assert zoo.foretell("promote", SOLD).returncode == 0
    assert "v2 champion" in zoo.build(*ONLY)


def test_an_artifact_of_another_library_version_is_fitted_anew(zoo: Project) -> None:
    ((libraries,),) = zoo.query("select libraries from zoo_foretell.foretell_store_model_versions")
    other = json.dumps(json.loads(libraries) | {"scikit-learn": "1.2.3"})
    zoo.change(f"update zoo_foretell.foretell_store_model_versions set libraries = '{other}'")
    assert "v2 champion (keepers.good:make)" in zoo.build(*ONLY)
    assert "fitted with scikit-learn 1.2.3" in decision(zoo)


def test_a_champion_whose_module_is_gone_gives_way(zoo: Project) -> None:
    (zoo.folder / "python_models" / "keepers" / "good.py").unlink()
    said = zoo.build(*ONLY, today="2025-08-08")
    assert "v2 champion (" in said
    assert "keepers" not in said.split("v2 champion (")[1][:20]
    assert "keepers.good:make cannot be loaded: No module named" in decision(zoo)


def test_a_spent_budget_is_on_record_and_something_serves(zoo: Project) -> None:
    said = zoo.build(
        *ONLY, "--full-refresh", "--vars", "{foretell_train_seconds: 0, foretell_reset: true}"
    )
    assert "v2 champion (prior)" in said
    noted = zoo.value(
        "select max(message) from zoo_foretell.foretell_store_model_events where message like "
        "'The limit of%'"
    )
    assert "0 seconds ended the training before logistic, keepers.good:make" in noted
    assert "foretell_train_seconds" in noted
    assert zoo.value(f"select count(*) from zoo.zoo.{SOLD}") == 300


def test_the_same_data_give_the_same_champion_to_the_bit(zoo: Project) -> None:
    zoo.replace("models/zoo.yml", '"keepers.good:make", "keepers.bad:make", "keepers.none:make"',
                "hist_gradient_boosting, hist_gradient_boosting_large")  # fmt: skip
    first, second = zoo.copy_to(zoo.folder.with_name("a")), zoo.copy_to(zoo.folder.with_name("b"))
    first.build(*ONLY)
    second.build(*ONLY, env={"OMP_NUM_THREADS": "1"})
    told = "select * exclude (run_id) from zoo_foretell.foretell_store_metrics order by all"
    assert first.query(told) == second.query(told)
    made = (
        "select recipe, metrics, sha256 from zoo_foretell.foretell_store_model_versions "
        "order by version"
    )
    assert [row[:2] for row in first.query(made)] == [row[:2] for row in second.query(made)]
    assert served(first) == served(second)


def test_a_guard_that_breaks_keeps_the_incumbent(zoo: Project) -> None:
    zoo.replace("models/zoo.yml", "calibration_error: 0.2", "calibration_error: 0.0001")
    said = zoo.build(*ONLY, "--full-refresh", "--vars", "{foretell_reset: true}")
    assert "v2 champion (prior)" in said
    rejected = zoo.value(
        "select max(message) from zoo_foretell.foretell_store_model_events where event = 'rejected'"
    )
    assert "its probabilities are off by 0.0" in rejected
    assert "0.0001 is allowed (guards.calibration_error)" in rejected
