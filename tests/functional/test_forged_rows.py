"""Whoever may write to the stores still cannot run code, nor score where a key is set."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

import duckdb
import pytest
from test_champion_from import _prod, dev  # noqa: F401 - fixtures

from forged import runs, writes
from project import PREDICTION, Project

if TYPE_CHECKING:
    from pathlib import Path

ONLY = ("--select", PREDICTION)
KEY, OTHER = ({"FORETELL_ARTIFACT_KEY": secrets.token_hex(32)} for _ in range(2))


def forge_champion(database: Path, owned: Path, *, candidate: str) -> None:
    """Write a champion that runs code when it is loaded, by an estimator that the row names."""
    artifact, sha256 = runs(writes(owned))
    recipe = json.dumps({"candidate": candidate, "features": ["visits_count_30d"], "kinds": {}})
    with duckdb.connect(str(database)) as con:
        con.execute(
            "update gym_foretell.foretell_store_model_versions set artifact = ?, sha256 = ?, "
            "recipe = ?, serving_form = null",
            [artifact, sha256, recipe],
        )


@pytest.mark.parametrize("candidate", ["cProfile:run", "logistic"])
def test_a_champion_of_a_foreign_hand_runs_nothing(
    plain_gym: Project, tmp_path: Path, candidate: str
) -> None:
    owned = tmp_path / "owned"
    forge_champion(plain_gym.database, owned, candidate=candidate)
    said = plain_gym.dbt("build", *ONLY, today="2025-08-08").stdout
    assert not owned.exists()
    assert "v2 champion (" in said, "the build makes one that it knows"


def test_a_borrowed_champion_of_a_foreign_hand_runs_nothing(
    dev: Project,  # noqa: F811
    tmp_path: Path,
) -> None:
    owned = tmp_path / "owned"
    forge_champion(dev.folder / "gym.duckdb", owned, candidate="cProfile:run")
    said = " ".join(dev.dbt("build").stdout.split())
    assert not owned.exists()
    assert "It is borrowed from prod.gym_foretell" in said
    assert "made by cProfile:run, and `candidates` of the spec names none" in said


def test_a_learned_line_of_a_foreign_hand_runs_no_sql(built_gym: Project, tmp_path: Path) -> None:
    owned = tmp_path / "owned"
    kwargs = {"unexpected_rows_query": f"copy (select 1) to '{owned}'; select 1 from {{batch}}"}
    with duckdb.connect(str(built_gym.database)) as con:
        con.execute(
            "update gym_foretell.foretell_store_learned_expectations "
            "set expectation = 'unexpected_rows_expectation', kwargs = ? where position = 0",
            [json.dumps(kwargs)],
        )
        con.execute(
            "update gym_foretell.foretell_store_learned_expectations set expectation = "
            "'expect_column_values_to_be_between', kwargs = ? where position = 1",
            [json.dumps({"column": "member_id", "min_value": 0, "row_condition": "1=1; drop"})],
        )
    said = " ".join(built_gym.dbt("build", *ONLY, today="2025-08-08").stdout.split())
    assert not owned.exists()
    assert "holds a line of v1 of pred_member__quits_30d that gates never learn" in said
    with duckdb.connect(str(built_gym.database)) as con:
        con.execute("delete from gym_foretell.foretell_store_learned_expectations")
    built_gym.build(*ONLY, today="2025-08-08")
    assert (
        built_gym.value("select count(*) from gym_foretell.foretell_store_learned_expectations") > 0
    )


def test_where_a_key_is_set_only_what_was_signed_scores(plain_gym: Project) -> None:
    gym = plain_gym
    before = gym.query(f"select * from gym.gym.{PREDICTION} order by all")
    said = gym.refused(*ONLY, today="2025-08-08", env=KEY)
    assert f"{PREDICTION} v1 is not signed, and FORETELL_ARTIFACT_KEY is set" in said
    assert f"sign it with: foretell sign {PREDICTION} v1" in said
    assert gym.query(f"select * from gym.gym.{PREDICTION} order by all") == before

    assert "FORETELL_ARTIFACT_KEY is not set" in gym.foretell("sign", PREDICTION).stdout
    signed = gym.foretell("sign", PREDICTION, "v1", env=KEY)
    assert f"{PREDICTION} v1 is signed" in signed.stdout, signed.stdout
    again = gym.foretell("sign", PREDICTION, env=KEY)
    assert "v1 was signed with this key already" in again.stdout, again.stdout
    assert gym.value("select count(*) from gym_foretell.foretell_store_model_signatures") == 1
    assert "v1 champion" in gym.build(*ONLY, today="2025-08-08", env=KEY)

    # The key changes: with the previous one beside it nothing stops; new versions have the new one.
    both = {**OTHER, "FORETELL_ARTIFACT_KEY_PREVIOUS": KEY["FORETELL_ARTIFACT_KEY"]}
    assert "v1 champion" in gym.build(*ONLY, today="2025-08-09", env=both)
    assert "does not fit" in gym.refused(*ONLY, today="2025-08-09", env=OTHER)
    trained = {**OTHER, "FORETELL_TRAIN": "true"}
    assert "v2 champion (" in gym.build(*ONLY, today="2025-08-09", env=trained)
    assert "v2 champion" in gym.build(*ONLY, today="2025-08-10", env=OTHER)

    # What the signature is over cannot be changed, nor a signature be used for another version.
    gym.change(
        "update gym_foretell.foretell_store_model_versions set libraries = replace(libraries, "
        "'\"numpy\"', "
        "'\"numpi\"') where version = 2"
    )
    assert "v2 has a signature that does not fit" in gym.refused(
        *ONLY, today="2025-08-11", env=OTHER
    )
    gym.change(
        "update gym_foretell.foretell_store_model_versions set "
        "libraries = replace(libraries, 'numpi', 'numpy'), "
        "serving_form = replace(serving_form, 'logistic', 'identity') where version = 2"
    )
    assert "v2 has a signature that does not fit" in gym.refused(
        *ONLY, today="2025-08-11", env=OTHER
    )
    of_another = gym.foretell("sign", PREDICTION, "v2", env=OTHER)
    assert of_another.returncode == 1
    assert "has a serving form in model_versions that is not that of its artifact" in " ".join(
        of_another.stdout.split()
    )
    weak = gym.refused(*ONLY, today="2025-08-11", env={"FORETELL_ARTIFACT_KEY": "short"})
    assert "FORETELL_ARTIFACT_KEY has 5 characters; a key has at least 32" in weak
    for key in (*KEY.values(), *OTHER.values()):
        for log in (gym.folder / "logs").glob("*"):
            assert key not in log.read_text(errors="replace")


def test_what_could_run_code_is_not_signed(plain_gym: Project, tmp_path: Path) -> None:
    forge_champion(plain_gym.database, tmp_path / "owned", candidate="logistic")
    plain_gym.refused(*ONLY, today="2025-08-08", env=KEY)
    signed = plain_gym.foretell("sign", PREDICTION, env=KEY)
    assert signed.returncode == 1
    assert "not on the trusted list" in signed.stdout
    assert plain_gym.value("select count(*) from gym_foretell.foretell_store_model_signatures") == 0


def test_a_borrowed_champion_is_held_to_its_signature(dev: Project) -> None:  # noqa: F811
    said = dev.refused(env=KEY)
    assert "v2 is not signed" in said
    prod = Project(dev.folder, dev.folder / "gym.duckdb", dev.bin, dev.package)
    assert "borrows its champion" in prod.foretell("sign", PREDICTION, env=KEY).stdout
    signed = prod.foretell("sign", PREDICTION, "--target", "prod", env=KEY)
    assert "v2 is signed" in signed.stdout, signed.stdout
    assert "v2 champion of prod.gym_foretell" in dev.build(env=KEY)
