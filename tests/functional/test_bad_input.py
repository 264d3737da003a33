"""Each mistake is answered by one paragraph, and the last good predictions stay."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from project import PREDICTION, Project

if TYPE_CHECKING:
    from collections.abc import Callable

YAML, SQL = "models/gym.yml", f"models/{PREDICTION}.sql"
FEATURES = "models/feat_member__visits.sql"
SUITE = f"expectations/{PREDICTION}.yml"


@dataclass(frozen=True)
class Kept:
    """What a refusal must leave as it was."""

    seen: list
    history: list
    served: list
    versions: list

    @staticmethod
    def of(gym: Project) -> Kept:
        return Kept(
            gym.query(f"select * from gym.gym.{PREDICTION} order by all"),
            gym.query(f"select * from gym_foretell.{PREDICTION}__history order by all"),
            gym.query(f"select * from {PREDICTION} order by all", gym.serving),
            gym.query("select * from gym_foretell.model_versions order by version"),
        )


def edit(file: str, old: str, new: str) -> Callable[[Project], None]:
    return lambda gym: gym.replace(file, old, new)


MISTAKES: dict[str, tuple[Callable[[Project], None], list[str]]] = {
    "unknown key": (
        edit(YAML, "horizon: 30 days", "horizon: 30 days\n          horizn: 3 days"),
        [YAML, PREDICTION, "unknown key `horizn`", "known keys are: task, entity"],
    ),
    "unknown task": (
        edit(YAML, "task: binary", "task: guess"),
        [YAML, "`task`", "'binary'", "found 'guess'"],
    ),
    "task that follows later": (
        edit(YAML, "task: binary", "task: regression"),
        [YAML, "`task: regression` is not built yet", "this version knows: binary"],
    ),
    "key not acted on yet": (
        edit(YAML, "          horizon:", "          retrain: {age: 60 days}\n          horizon:"),
        [YAML, "`retrain` is not acted on yet", "Remove it"],
    ),
    "missing label column": (
        edit(YAML, "label: has_quit", "label: has_left"),
        [YAML, "`label: has_left`", "no column of its training query", "it has [member_id"],
    ),
    "missing entity column": (
        edit(YAML, "          entity: member_id\n          as_of: as_of_date\n          label",
             "          entity: person_id\n          as_of: as_of_date\n          label"),
        [YAML, "`entity: person_id`", "no column of its training query", "it has [member_id"],
    ),
    "unknown column in never_use": (
        edit(YAML, "horizon: 30 days", "horizon: 30 days\n          never_use: {columns: [email]}"),
        [YAML, "`never_use.columns`", "names email", "it has [member_id"],
    ),
    "duplicate rows": (
        edit(SQL, "    from {{ ref('as_of_member') }}\n",
             "    from {{ ref('as_of_member') }}\n    union all\n    select member_id, as_of_date\n"
             "    from {{ ref('as_of_member') }} where member_id = 7\n"),
        [PREDICTION, "repeats rows: 7 as of 2025-0", "(2 rows)", "may appear once"],
    ),
    "rows without an entity": (
        edit(SQL, "        member_id,\n        as_of_date\n    from {{ ref('as_of_member') }}",
             "        nullif(member_id, 7) as member_id,\n        as_of_date\n"
             "    from {{ ref('as_of_member') }}"),
        [PREDICTION, "rows without member_id", "filter them out"],
    ),
    "infinite feature": (
        edit(FEATURES, 'avg(visits.minutes) as "select"',
             "case when spine.member_id = 7 then cast('inf' as double) else 1.5 end as \"select\""),
        ["Feature visits_select", "is infinite in", "nullif(divisor, 0)"],
    ),
    "text feature": (
        edit(FEATURES, "avg(visits.minutes)", "cast(avg(visits.minutes) as varchar)"),
        ["Feature visits_select", "is VARCHAR", "never_use: {columns: [visits_select]}", YAML],
    ),
    "text label": (
        edit(SQL, ") as has_quit", ")::varchar as has_quit"),
        [YAML, "`label: has_quit`", "is VARCHAR", "boolean, or an integer that is 0 or 1"],
    ),
    "label that counts": (
        edit(SQL, ") as has_quit", ")::integer * 3 as has_quit"),
        [YAML, "`label: has_quit`", "values other than 0 and 1"],
    ),
    "as-of that is no date": (
        edit(SQL, "        spine.as_of_date,\n        not",
             "        spine.as_of_date,\n        spine.member_id as wave,\n        not"),
        [YAML, "`as_of: wave`", "is BIGINT", "date or a timestamp"],
    ),
    "one outcome only": (
        edit(SQL, "visits.member_id = spine.member_id", "visits.member_id = -1"),
        [PREDICTION, "matured labels", "all are true", "Check the label has_quit"],
    ),
    "broken query": (
        edit(SQL, "{{ foretell.join_features(", "-- \n{{ foretell.join_feature("),
        ["join_feature"],
    ),
    "query that fails as it runs": (
        edit(SQL, ") as has_quit", ") as has_quit, cast('many' as integer) as visits_wrong"),
        [f"training query of {PREDICTION} failed", "Could not convert string", "compiled"],
    ),
    "baseline over no column": (
        edit(YAML, "sql: visits_days_since_last", "sql: visits_days_since"),
        [YAML, "baseline.sql", "visits_days_since"],
    ),
    "today before the champion's own": (
        lambda gym: None,
        ["foretell_today is 2025-07-31", "champion v1", "trained on 2025-08-01", "foretell_reset"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_explained_and_changes_nothing(plain_gym: Project, mistake: str) -> None:
    gym = plain_gym
    spoil, phrases = MISTAKES[mistake]
    before = Kept.of(gym)
    spoil(gym)
    if mistake.startswith("as-of"):
        gym.replace(
            YAML,
            "          as_of: as_of_date\n          label",
            "          as_of: wave\n          label",
        )
    today = "2025-07-31" if mistake.startswith("today") else "2025-08-01"
    said = gym.refused("--select", "feat_member__visits", PREDICTION, today=today)
    for phrase in phrases:
        assert phrase in said, said
    after = Kept.of(gym)
    assert after == before
    if mistake != "broken query":
        last = gym.query("select status, message from gym_foretell.runs order by started_at")[-1]
        assert last[0] == "refused"
        assert " ".join(last[1].split())[:60] in said


BAD_SUITES: dict[str, tuple[Callable[[Project], None], list[str]]] = {
    "unknown expectation type": (
        edit(SUITE, "expect_column_values_to_not_be_null", "expect_column_values_to_not_be_nul"),
        ["input[0]", "unknown expectation type `expect_column_values_to_not_be_nul`",
         "Did you mean `expect_column_values_to_not_be_null`"],
    ),
    "wrong argument": (
        edit(SUITE, "{column: visits_count_30d}", "{columm: visits_count_30d}"),
        ["input[0]", "`expect_column_values_to_not_be_null` refuses its kwargs", "column"],
    ),
    "no column of that name": (
        edit(SUITE, "{column: visits_count_30d}", "{column: visits_count}"),
        ["stopped at its input gate", "could not be evaluated", "visits_count"],
    ),
    "no valid YAML": (
        edit(SUITE, "input:", "input: ["),
        [f"{PREDICTION}.yml", "no valid YAML"],
    ),
    "unknown key": (
        edit(SUITE, "severity: critical\n    description: V", "severty: low\n    description: V"),
        [SUITE, "`input.0.severty`", "{type, kwargs, severity, description}"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", BAD_SUITES)
def test_a_bad_suite_is_explained_and_changes_nothing(built_gym: Project, mistake: str) -> None:
    gym = built_gym
    spoil, phrases = BAD_SUITES[mistake]
    before = Kept.of(gym)
    spoil(gym)
    said = gym.refused("--select", PREDICTION)
    for phrase in phrases:
        assert phrase in said, said
    assert Kept.of(gym) == before


def test_too_few_labels_name_the_date_from_which_there_are_enough(gym: Project) -> None:
    said = gym.refused(today="2025-04-15")
    for phrase in (
        f"{PREDICTION} has",
        "matured labels",
        "Needed are 100 rows with at least 10 of each outcome",
        "there will be enough from 2025-0",
    ):
        assert phrase in said
    promised = said.split("enough from ")[1][:10]
    day_before = str(date.fromisoformat(promised) - timedelta(days=1))
    assert "there will be enough" in gym.refused(today=day_before)
    gym.build(today=promised)


def test_no_matured_label_at_all_is_explained_too(gym: Project) -> None:
    said = gym.refused(today="2025-03-05")
    assert f"{PREDICTION} has 0 matured labels" in said
    assert "Needed are 100 rows" in said


def test_nothing_to_score_is_a_success_without_rows(gym: Project) -> None:
    spine = "    from {{ ref('as_of_member') }}\n"
    gym.replace(SQL, spine, spine + "    where as_of_date < date '2025-06-30'\n")
    said = gym.build()
    assert "nothing to score" in said
    assert gym.value(f"select count(*) from gym.gym.{PREDICTION}") == 0
    assert gym.query("select status, scored from gym_foretell.runs") == [("success", 0)]


def test_a_query_without_rows_is_a_success_without_rows(gym: Project) -> None:
    spine = "    from {{ ref('as_of_member') }}\n"
    gym.replace(SQL, spine, spine + "    where 1 = 0\n")
    said = gym.build("--exclude-resource-type", "test")
    assert "nothing to score" in said


def test_a_changed_artifact_is_refused(plain_gym: Project) -> None:
    gym = plain_gym
    gym.change("update gym_foretell.model_versions set artifact = artifact || '\\x00'::blob")
    before = Kept.of(gym)
    said = gym.refused("--select", PREDICTION, today="2025-08-01")
    for phrase in (
        f"artifact of {PREDICTION} v1",
        "was changed",
        "SHA-256",
        "foretell_train: true",
    ):
        assert phrase in said
    assert Kept.of(gym) == before
    # What the refusal advises works.
    said = gym.build("--select", PREDICTION, "--vars", "foretell_train: true")
    assert "v2 champion" in said


def test_a_file_that_another_process_holds_is_named(plain_gym: Project) -> None:
    gym = plain_gym
    before = Kept.of(gym)
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(gym.database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        done = gym.dbt("build")
        holder.communicate("\n")
    said = " ".join(done.stdout.split())
    assert done.returncode != 0
    assert "gym.duckdb is held by another process" in said
    assert str(holder.pid) in said
    assert "Nothing was changed" in said
    assert Kept.of(gym) == before


@pytest.mark.parametrize("kind", ["table", "view"])
def test_a_relation_of_somebody_else_is_not_replaced(gym: Project, kind: str) -> None:
    gym.change(f"create schema gym; create {kind} gym.gym.{PREDICTION} as select 42 as precious")
    said = gym.refused()
    for phrase in (PREDICTION, f"already exists as a {kind}", "that no prediction made"):
        assert phrase in said
    assert gym.query(f"select * from gym.gym.{PREDICTION}") == [(42,)]
    assert gym.value("select count(*) from gym_foretell.model_versions") == 0
