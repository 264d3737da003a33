"""A linear champion is stored in two forms, and scores by names and numbers alone."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from project import PREDICTION

if TYPE_CHECKING:
    from project import Project

VERSIONS = "gym_foretell.foretell_store_model_versions"
NEWEST = f"select * from gym.gym.{PREDICTION} where as_of_date = '2025-08-28' order by all"


def test_a_build_that_only_scores_imports_no_scikit_learn(plain_gym: Project) -> None:
    command = [sys.executable, "-X", "importtime", *plain_gym.command("build")]
    done = subprocess.run(
        command,
        cwd=plain_gym.folder,
        env=plain_gym.environment("2025-09-02"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "spec unchanged" in done.stdout
    assert "nothing to score" not in done.stdout
    measured = "select count(*) from gym_foretell.foretell_store_metrics where origin = 'live'"
    assert plain_gym.value(measured), "outcomes have come, and were looked at"
    imported = {line.split("|")[-1].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "foretell" in imported
    assert not imported & {"sklearn", "skops"}


def test_both_forms_score_the_same_and_a_newer_scikit_learn_changes_nothing(
    plain_gym: Project,
) -> None:
    by_artifact = plain_gym.copy_to(plain_gym.folder.parent / "by_artifact")
    by_artifact.change(f"update {VERSIONS} set serving_form = null")
    assert "v1 champion, spec unchanged" in by_artifact.build(today="2025-09-02")

    libraries = json.loads(plain_gym.value(f"select libraries from {VERSIONS}"))
    plain_gym.change(
        f"update {VERSIONS} set libraries = '{json.dumps(libraries | {'scikit-learn': '0.1.0'})}'"
    )
    assert "v1 champion, spec unchanged" in plain_gym.build(today="2025-09-02")
    assert plain_gym.value("select bool_and(scores_by_numbers) from gym_foretell.foretell_models")

    scores = "select * exclude (scored_at) replace (round(score, 12) as score)"
    found, expected = (
        one.query(NEWEST.replace("select *", scores)) for one in (plain_gym, by_artifact)
    )
    assert found == expected
    assert found


def test_a_serving_form_that_was_changed_does_not_score(plain_gym: Project) -> None:
    plain_gym.change(
        f"update {VERSIONS} set serving_form = replace(serving_form, 'logistic', 'identity')"
    )
    said = " ".join(plain_gym.build(today="2025-08-08").split())
    assert f"The serving form of {PREDICTION} v1 in model_versions was changed" in said
    assert "v2 champion" in said
