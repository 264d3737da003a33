"""A champion is stored in two forms, and scores by names and numbers alone."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from project import PREDICTION

if TYPE_CHECKING:
    from project import Project

VERSIONS = "gym_foretell.foretell_store_model_versions"
NEWEST = f"select * from gym.gym.{PREDICTION} where as_of_date = '2025-08-28' order by all"


def imported_by_a_build(project: Project) -> set[str]:
    """The packages that a build imports which only scores, and looks at outcomes that have come."""
    command = [sys.executable, "-X", "importtime", *project.command("build")]
    done = subprocess.run(
        command,
        cwd=project.folder,
        env=project.environment("2025-09-02"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "spec unchanged" in done.stdout
    assert "nothing to score" not in done.stdout
    measured = "select count(*) from gym_foretell.foretell_store_metrics where origin = 'live'"
    assert project.value(measured), "outcomes have come, and were looked at"
    return {line.split("|")[-1].strip().partition(".")[0] for line in done.stderr.splitlines()}


def by_artifact(project: Project) -> Project:
    """A copy whose champion has lost its serving form."""
    copy = project.copy_to(project.folder.parent / "by_artifact")
    copy.change(f"update {VERSIONS} set serving_form = null")
    return copy


def newest_scores(project: Project) -> list[Any]:
    scores = "select * exclude (scored_at) replace (round(score, 12) as score)"
    return project.query(NEWEST.replace("select *", scores))


def test_a_build_that_only_scores_imports_no_scikit_learn(plain_gym: Project) -> None:
    imported = imported_by_a_build(plain_gym)
    assert "foretell" in imported
    assert not imported & {"sklearn", "skops"}


def test_nor_does_it_for_boosted_trees_which_score_the_same_in_both_forms(gym: Project) -> None:
    gym.replace("models/gym.yml", "[rule, logistic]", "[rule, hist_gradient_boosting]")
    gym.replace("models/gym.yml", "baseline: {sql: -visits_count_30d}", "baseline: {sql: '0'}")
    assert "v1 champion (hist_gradient_boosting)" in " ".join(gym.build().split())
    loaded = by_artifact(gym)
    assert not imported_by_a_build(gym) & {"sklearn", "skops"}
    assert "sklearn" in imported_by_a_build(loaded)
    found = newest_scores(gym)
    assert found == newest_scores(loaded)
    assert found


def test_both_forms_score_the_same_and_a_newer_scikit_learn_changes_nothing(
    plain_gym: Project,
) -> None:
    loaded = by_artifact(plain_gym)
    assert "v1 champion, spec unchanged" in loaded.build(today="2025-09-02")

    libraries = json.loads(plain_gym.value(f"select libraries from {VERSIONS}"))
    plain_gym.change(
        f"update {VERSIONS} set libraries = '{json.dumps(libraries | {'scikit-learn': '0.1.0'})}'"
    )
    assert "v1 champion, spec unchanged" in plain_gym.build(today="2025-09-02")
    assert plain_gym.value("select bool_and(scores_by_numbers) from gym_foretell.foretell_models")

    found = newest_scores(plain_gym)
    assert found == newest_scores(loaded)
    assert found


def test_a_serving_form_that_was_changed_does_not_score(plain_gym: Project) -> None:
    plain_gym.change(
        f"update {VERSIONS} set serving_form = replace(serving_form, 'logistic', 'identity')"
    )
    said = " ".join(plain_gym.build(today="2025-08-08").split())
    assert f"The serving form of {PREDICTION} v1 in model_versions was changed" in said
    assert "v2 champion" in said
