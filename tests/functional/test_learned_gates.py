"""Gates that nobody wrote: learned with the champion, and learned anew when a person says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from project import PREDICTION, Project

if TYPE_CHECKING:
    from pathlib import Path

SUITE = f"expectations/{PREDICTION}.yml"
LATER = "2025-09-05"


@pytest.fixture(scope="module")
def _unwritten(gym_on_first_day: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The built gym, and no suite: what its gates know, they have learned."""
    gym = gym_on_first_day.copy_to(tmp_path_factory.mktemp("unwritten") / "gym")
    (gym.folder / SUITE).unlink()
    return gym


@pytest.fixture
def gym(_unwritten: Project, tmp_path: Path) -> Project:
    return _unwritten.copy_to(tmp_path / "gym")


def in_hours(gym: Project) -> None:
    """An upstream change: a feature that was in minutes is in seconds."""
    gym.replace("models/fct_visits.sql", "20 + hash", "60 * (20 + hash")
    gym.replace("models/fct_visits.sql", "% 60 as minutes", "% 60) as minutes")


def seen(gym: Project) -> list[object]:
    return [
        gym.query(f"select * from gym.gym.{PREDICTION} order by all"),
        gym.query("select * from gym_foretell.foretell_store_model_versions order by version"),
    ]


def test_another_unit_is_caught_and_accepted_on_record(gym: Project) -> None:
    before = seen(gym)
    gym.write("models/fct_calls.sql", f"select * from {{{{ ref('{PREDICTION}') }}}}")
    in_hours(gym)
    said = gym.refused(today=LATER)
    for phrase in (
        f"{PREDICTION} stopped at its input gate",
        "Mean of visits_select: 49",
        "on 5 as-of dates; found 2,9",
        f"`foretell accept {PREDICTION}`",
        f"`foretell gates {PREDICTION}`",
        "SKIP relation gym.fct_calls",
    ):
        assert phrase in said
    assert seen(gym) == before
    listed = gym.foretell("gates", PREDICTION, "--failed").stdout
    assert "learned" in listed
    assert "Mean of visits_select" in listed

    reason = "Minutes are seconds from now on"
    accepted = gym.foretell("accept", PREDICTION, "--reason", reason, today=LATER)
    assert accepted.returncode == 0, accepted.stdout
    assert "visits_select: stops outside" in accepted.stdout
    (event,) = gym.query(
        "select version, message from gym_foretell.foretell_store_model_events where event = "
        "'accepted'"
    )
    assert event == (1, reason)
    done = gym.build(today=LATER)
    assert "v1 champion" in done


def test_yesterday_has_not_arrived(gym: Project) -> None:
    """Nobody came after 20 August: what was counted up to the as-of date is not all there is."""
    gym.replace("models/fct_visits.sql", "< {{ foretell.today() }}", "< date '2025-07-20'")
    said = gym.refused(today=LATER)
    assert "stopped at its input gate" in said


def test_what_somebody_defines_otherwise_is_not_held_to_the_past(gym: Project) -> None:
    gym.replace("models/feat_member__visits.sql", "avg(visits.minutes)", "60 * avg(visits.minutes)")
    said = " ".join(gym.build(today=LATER).split())
    assert "redefined visits_select" in gym.value(
        f"select decision from gym_foretell.foretell_runs where today = '{LATER}'"
    )
    assert "v2 champion" in said or "challenger rejected" in said


def test_every_version_has_lines_of_its_own_about_all_it_looks_at(gym: Project) -> None:
    found = gym.query(
        "select distinct column_name from gym_foretell.foretell_store_learned_expectations "
        "where model_version = 1 and severity = 'critical' order by 1"
    )
    columns = [one for (one,) in found]
    assert {"visits_count_30d", "visits_days_since_last", "visits_select"} <= set(columns)
    assert (
        gym.value(
            "select count(distinct why) from gym_foretell.foretell_store_learned_expectations"
        )
        == 1
    )


def test_gates_learn_on_while_a_version_serves(gym: Project) -> None:
    learned = (
        "select why, max(model_version), any_value(description) "
        "from gym_foretell.foretell_store_learned_expectations "
        "where expectation = 'expect_table_row_count_to_be_between' group by why order by 1"
    )
    before = gym.query(learned)
    gym.build(today="2025-11-05")
    first, more = gym.query(learned)
    assert [first] == before
    assert more[:2] == ("more outcomes are known", 1)
    assert more[2] != first[2], "of more dates"


def test_profile_shows_and_pins_what_was_learned(gym: Project) -> None:
    shown = gym.foretell("profile", PREDICTION)
    assert shown.returncode == 0, shown.stdout
    assert f"{PREDICTION} v1: " in shown.stdout
    assert "Mean of visits_select" in shown.stdout
    assert not (gym.folder / SUITE).exists(), "showing changes nothing"

    gym.write(
        SUITE,
        "# Ours.\ninput:\n  - type: expect_column_to_exist\n    kwargs: {column: member_id}\n",
    )
    asked = gym.foretell("profile", PREDICTION, "--write")
    assert asked.returncode == 1, "nobody said yes"
    assert "+    meta: {learned: true, version: 1}" in asked.stdout
    assert "learned" not in (gym.folder / SUITE).read_text()
    done = gym.foretell("profile", PREDICTION, "--write", "--yes")
    assert done.returncode == 0, done.stdout
    text = (gym.folder / SUITE).read_text()
    assert text.startswith("# Ours.\ninput:\n  - type: expect_column_to_exist\n")
    lines = [one for one in yaml.safe_load(text)["input"] if one.get("meta", {}).get("learned")]
    stored = gym.query(
        "select kwargs from gym_foretell.foretell_store_learned_expectations order by position"
    )
    assert [one["kwargs"] for one in lines] == [json.loads(kwargs) for (kwargs,) in stored]
    again = gym.foretell("profile", PREDICTION, "--write", "--yes")
    assert "nothing was changed" in again.stdout

    # Pinned lines win: what a person has edited holds, whatever the store says.
    (rows,) = [
        one
        for one in lines
        if one["type"] == "expect_table_row_count_to_be_between" and one["severity"] == "critical"
    ]
    old = f"min_value: {rows['kwargs']['min_value']}, max_value: {rows['kwargs']['max_value']}"
    assert old in text
    gym.write(SUITE, text.replace(old, "min_value: 5000"))
    said = gym.refused(today=LATER)
    assert "1 of " in said
    assert "Rows as of the newest date" in said


def test_rows_that_fail_are_set_aside_and_the_rest_is_scored(gym: Project) -> None:
    gym.write(
        SUITE,
        """
input:
  - type: expect_column_values_to_be_between
    kwargs: {column: visits_days_since_last, max_value: 26}
    on_failure: quarantine
    description: Nobody stays away for long
max_quarantined: 0.3
""",
    )
    said = " ".join(gym.build(today=LATER).split())
    aside = gym.value(
        f"select quarantined from gym_foretell.foretell_runs where today = '{LATER}' and "
        "input_gate = 'warn'"
    )
    assert aside > 0
    assert f"{aside} set aside" in said
    assert "Nobody stays away for long; found" in said
    aside_in = f"gym_foretell.{PREDICTION}__quarantine"
    kept = gym.query(f"select visits_days_since_last, foretell_reasons from {aside_in}")
    assert len(kept) == aside
    assert {reasons for _, reasons in kept} == {"Nobody stays away for long"}
    assert min(days for days, _ in kept) > 26
    both = (
        f"select count(*) from gym.gym.{PREDICTION} inner join "
        f"{aside_in} using (member_id, as_of_date)"
    )
    assert gym.value(f"{both} where as_of_date > '2025-08-01'") == 0

    gym.replace(SUITE, "max_quarantined: 0.3", "max_quarantined: 0.001")
    refused = gym.refused(today="2025-10-05")
    assert "more than max_quarantined allows (0.1%)" in refused
    assert "Nobody stays away for long" in refused


BAD = {
    "{type: expect_collumn_to_exist, kwargs: {column: a}}": [
        "unknown expectation type", "expect_column_to_exist",
    ],
    "{type: expect_column_to_exist, kwargs: {colum: a}}": ["refuses its kwargs", "colum"],
    "{type: expect_column_mean_to_be_between, kwargs: {column: nope, min_value: 1}}": [
        "there is no column nope", "visits_select",
    ],
    "{type: expect_column_to_exist, kwargs: {column: member_id}, rows: oldest}": [
        "`rows: oldest` is no choice", "matured",
    ],
    "{type: expect_table_row_count_to_equal, kwargs: {value: 1}, on_failure: quarantine}": [
        "sets single rows aside",
    ],
}  # fmt: skip


@pytest.mark.parametrize("line", BAD)
def test_a_bad_line_is_named_before_anything_is_scored(gym: Project, line: str) -> None:
    gym.write(SUITE, f"# Ours.\ninput:\n  - {line}\n")
    said = gym.refused("--select", PREDICTION, today=LATER)
    for phrase in (f"{SUITE}:3", *BAD[line]):
        assert phrase in said
    assert (
        gym.query(f"select * from gym_foretell.foretell_store_model_events where today = '{LATER}'")
        == []
    )


def test_any_model_is_guarded_by_a_suite_of_its_own(gym: Project) -> None:
    gym.replace(
        "models/gym.yml",
        "  - name: fct_visits\n",
        "  - name: fct_visits\n    data_tests: [foretell.expectations]\n",
    )
    gym.write(
        "expectations/fct_visits.yml",
        """relation: fct_visits
expectations:
  - type: expect_column_values_to_be_between
    kwargs: {column: minutes, min_value: 0, max_value: 50}
    severity: warning
    description: A visit lasts 50 minutes at most
  - type: expect_freshness_within
    kwargs: {column: visited_at, days: 2}
""",
    )
    ask = ("test", "--select", "fct_visits")
    warned = gym.dbt(*ask, today="2025-08-01")
    assert warned.returncode == 0, warned.stdout
    assert "WARN=1" in warned.stdout
    assert "A visit lasts 50 minutes at most; found" in warned.stdout
    results = gym.query(
        "select status, severity from gym_foretell.foretell_gate_results "
        "where prediction = 'fct_visits' order by 1"
    )
    assert results == [("fail", "warning"), ("pass", "critical")]
    failed = gym.dbt(*ask, today=LATER)
    assert failed.returncode == 1
    assert "ERROR=1" in failed.stdout
    gym.change("delete from gym.gym.fct_visits")
    empty = gym.refused_by(*ask)
    assert "expectations/fct_visits.yml:3: fct_visits has no rows" in empty
    (gym.folder / "expectations/fct_visits.yml").unlink()
    missing = gym.refused_by(*ask)
    assert "there is no such file" in missing
