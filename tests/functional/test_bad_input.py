"""Each mistake is answered by one paragraph, and the last good predictions stay."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from project import PREDICTION, Project

if TYPE_CHECKING:
    from collections.abc import Callable

SQL = f"models/{PREDICTION}.sql"
SUITE = f"expectations/{PREDICTION}.yml"


@dataclass(frozen=True)
class Kept:
    """What a refusal must leave as it was."""

    seen: list
    history: list
    served: list
    versions: list

    @staticmethod
    def of(gym: Project, name: str = PREDICTION) -> Kept:
        return Kept(
            gym.query(f"select * from gym.gym.{name} order by all"),
            gym.query(f"select * from gym_foretell.{name}__history order by all"),
            gym.query(f"select * from {name} order by all", gym.serving),
            gym.query(
                "select * from gym_foretell.foretell_store_model_versions "
                f"where prediction = '{name}' order by version"
            ),
        )


Edit = tuple[str, str]


@dataclass(frozen=True)
class Mistake:
    """One thing wrong with a prediction, and what its refusal must say."""

    phrases: tuple[str, ...]
    yaml: Edit | None = None
    sql: tuple[Edit, ...] = ()

    def make_in(self, gym: Project, name: str) -> None:
        for suffix, edits in (("yml", [self.yaml] if self.yaml else []), ("sql", self.sql)):
            for old, new in edits:
                gym.replace(f"models/{name}.{suffix}", old, new)


LABEL = "not exists ("
SPINE = "    from {{ ref('as_of_member') }}\n"
MISTAKES = {
    "unknown_key": Mistake(
        ("unknown key `horizn`", "known keys are: task, entity, as_of, label, horizon"),
        yaml=("horizon:", "horizn: 3 days\n          horizon:"),
    ),
    "unknown_key_in_a_part": Mistake(
        ("unknown key `value.capactiy`; known keys are: true_positive, false_positive, capacity",),
        yaml=("capacity:", "capactiy:"),
    ),
    "unknown_task": Mistake(
        ("`task`", "'binary'", "found 'guess'"), yaml=("task: binary", "task: guess")
    ),
    "task_that_follows_later": Mistake(
        ("`task: forecast` is not built yet", "this version knows: binary, multiclass, regression"),
        yaml=("task: binary", "task: forecast"),
    ),
    "key_not_acted_on_yet": Mistake(
        ("`retrain.any.drift` is not acted on yet", "Remove it"),
        yaml=("horizon:", "retrain: {any: {drift: 0.3}}\n          horizon:"),
    ),
    "no_spec": Mistake(
        ("is missing", "declares at least task, entity, label, and as_of with horizon"),
        yaml=("prediction:", "predicition:"),
        sql=(("{{ foretell.horizon() }}", "interval '30 days'"),),
    ),
    "one_name_where_a_list_belongs": Mistake(
        ("`candidates` must be `auto`, or a list, such as [rule] (found 'rule')",),
        yaml=("candidates: [rule]", "candidates: rule"),
    ),
    "missing_label_column": Mistake(
        ("`label: has_left`", "no column of its training query; it has [member_id, as_of_date"),
        yaml=("label: has_quit", "label: has_left"),
    ),
    "missing_as_of_column": Mistake(
        ("asked_on", "`as_of: asked_on` must be a date or timestamp column of the rows"),
        yaml=("as_of: as_of_date", "as_of: asked_on"),
    ),
    "unknown_column_in_never_use": Mistake(
        ("`never_use.columns`", "names email", "it has [member_id"),
        yaml=("horizon:", "never_use: {columns: [email]}\n          horizon:"),
    ),
    "duplicate_rows": Mistake(
        ("repeats rows: 7 as of 2025-0", "(2 rows)", "(member_id, as_of_date) may appear once"),
        sql=(
            (
                SPINE,
                f"{SPINE} union all select member_id, as_of_date {SPINE} where member_id = 7\n",
            ),
        ),
    ),
    "rows_without_an_entity": Mistake(
        ("rows without member_id", "filter them out"),
        sql=(
            (f"        member_id,\n        as_of_date\n{SPINE}",
             f"        nullif(member_id, 7) as member_id,\n        as_of_date\n{SPINE}"),
        ),
    ),
    "infinite_rule": Mistake(
        ("baseline.sql of pred_infinite_rule is infinite in", "rows", "nullif(divisor, 0)"),
        yaml=("sql: visits_days_since_last", "sql: visits_days_since_last / 0.0"),
    ),
    "infinite_feature": Mistake(
        ("Feature pace", "is infinite in", "rows", "nullif(divisor, 0)"),
        sql=((LABEL, f"cast('inf' as double) as pace,\n        {LABEL}"),),
    ),
    "feature_of_no_kind": Mistake(
        ("Feature plans", "is VARCHAR[]", "numbers, booleans, dates or strings",
         "never_use: {columns: [plans]}"),
        sql=((LABEL, f"['gold'] as plans,\n        {LABEL}"),),
    ),
    "flat_table_with_an_as_of_date": Mistake(
        ("names no `as_of`, but its training query returns a column as_of_date",
         "Say `as_of: as_of_date`, or rename the column"),
        yaml=(
            "as_of: as_of_date\n          label: has_quit\n          horizon: 30 days",
            "label: has_quit",
        ),
        sql=(("{{ foretell.horizon() }}", "interval '30 days'"),),
    ),
    "flat_table_with_a_horizon": Mistake(
        ("`horizon` needs `as_of`", "known when its label is not null"),
        yaml=("as_of: as_of_date\n          label", "label"),
    ),
    "mean_by_absolute_errors": Mistake(
        ("`predicts: mean` and `metric: mae` contradict each other",),
        yaml=("task: binary", "task: regression\n          predicts: mean\n          metric: mae"),
    ),
    "price_without_its_cost": Mistake(
        ("give both `true_positive` and `false_positive`",),
        yaml=("capacity:", "true_positive: 4, capacity:"),
    ),
    "unknown_candidate": Mistake(
        ("'lightgmb' is no candidate of task binary", "`module:function` of your own"),
        yaml=("candidates: [rule]", "candidates: [lightgmb]"),
    ),
    "column_of_the_engine": Mistake(
        ("a column foretell_rule", "the engine's own"),
        sql=((LABEL, f"1 as foretell_rule,\n        {LABEL}"),),
    ),
    "text_label": Mistake(
        ("`label: has_quit`", "is VARCHAR", "boolean, or an integer that is 0 or 1"),
        sql=((LABEL, f"cast({LABEL}"), (") as has_quit", ") as varchar) as has_quit")),
    ),
    "label_that_counts": Mistake(
        ("`label: has_quit`", "values other than 0 and 1"),
        sql=((LABEL, f"3 * cast({LABEL}"), (") as has_quit", ") as integer) as has_quit")),
    ),
    "as_of_that_is_no_date": Mistake(
        ("`as_of: wave` of", "is BIGINT; it must be a date or a timestamp"),
        yaml=("as_of: as_of_date", "as_of: wave"),
        sql=((LABEL, f"spine.member_id as wave,\n        {LABEL}"),),
    ),
    "one_outcome_only": Mistake(
        ("matured labels", "all are true", "Check the label has_quit"),
        sql=(("visits.member_id = spine.member_id", "visits.member_id = -1"),),
    ),
    "query_that_fails_as_it_runs": Mistake(
        ("The training query of", "failed", "Could not convert string 'many'", "compiled folder"),
        sql=((LABEL, f"cast('many' as integer) as wrong,\n        {LABEL}"),),
    ),
    "baseline_over_no_column": Mistake(
        ("baseline.sql", "visits_days_since"),
        yaml=("sql: visits_days_since_last", "sql: visits_days_since"),
    ),
}  # fmt: skip
DECLARED = """
models:
  - name: {name}
    config:
      meta:
        prediction:
          task: binary
          entity: member_id
          as_of: as_of_date
          label: has_quit
          horizon: 30 days
          candidates: [rule]
          baseline: {{sql: visits_days_since_last}}
          value: {{capacity: 20}}
"""


@pytest.fixture(scope="module")
def spoilt(_built_quick_gym: Project, tmp_path_factory: pytest.TempPathFactory) -> Spoilt:
    """A gym with one prediction for each mistake: built, spoilt, and built again."""
    gym = _built_quick_gym.copy_to(tmp_path_factory.mktemp("spoilt") / "gym")
    names = {mistake: f"pred_{mistake}" for mistake in MISTAKES}
    sql = (gym.folder / SQL).read_text(encoding="utf-8")
    for name in names.values():
        gym.write(f"models/{name}.sql", sql)
        gym.write(f"models/{name}.yml", DECLARED.format(name=name))
    gym.build("--select", "pred_*")
    before = {mistake: Kept.of(gym, name) for mistake, name in names.items()}
    for mistake, name in names.items():
        MISTAKES[mistake].make_in(gym, name)
    output = gym.refused("--select", "pred_*")
    results = json.loads((gym.folder / "target" / "run_results.json").read_text(encoding="utf-8"))
    said = {one["unique_id"].split(".")[2]: one for one in results["results"]}
    return Spoilt(gym, before, {mistake: said[name] for mistake, name in names.items()}, output)


@dataclass(frozen=True)
class Spoilt:
    """What was there before the mistakes, and dbt's result for each."""

    gym: Project
    before: dict[str, Kept]
    said: dict[str, dict[str, Any]]
    output: str


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_explained_and_changes_nothing(spoilt: Spoilt, mistake: str) -> None:
    gym, name = spoilt.gym, f"pred_{mistake}"
    result = spoilt.said[mistake]
    assert result["status"] == "error"
    message = " ".join(result["message"].split())
    for phrase in (name, *MISTAKES[mistake].phrases):
        assert phrase in message
    if MISTAKES[mistake].yaml:
        assert re.search(rf"models/{name}\.yml:\d+: ", message), "the file and the line"
    assert message[:80] in spoilt.output
    assert Kept.of(gym, name) == spoilt.before[mistake]
    *_, (status, told) = gym.query(
        "select status, message from gym_foretell.foretell_runs "
        f"where prediction = '{name}' order by started_at"
    )
    assert status == "refused"
    assert " ".join(told.split()) in message


def test_a_spec_without_keys_is_refused_where_its_model_asks_for_one(spoilt: Spoilt) -> None:
    gym, name = spoilt.gym, "pred_spec_without_keys"
    gym.write(f"models/{name}.sql", (gym.folder / SQL).read_text(encoding="utf-8"))
    gym.write(
        f"models/{name}.yml",
        f"models:\n  - name: {name}\n    config: {{meta: {{prediction: binary}}}}\n",
    )
    done = gym.dbt("compile", "--select", name)
    assert done.returncode != 0
    said = " ".join(done.stdout.split())
    assert f"models/{name}.yml: config.meta.prediction of {name} is binary; it must have" in said


def test_others_in_the_same_build_are_not_held_up(spoilt: Spoilt) -> None:
    said = spoilt.gym.query(
        "select status from gym_foretell.foretell_runs "
        f"where prediction = '{PREDICTION}' order by started_at desc limit 1"
    )
    assert said == [("published",)]


def test_a_today_before_the_champions_own_is_refused(plain_gym: Project) -> None:
    before = Kept.of(plain_gym)
    said = plain_gym.refused("--select", PREDICTION, today="2025-07-31")
    for phrase in (
        "foretell_today is 2025-07-31",
        f"champion v1 of {PREDICTION} was trained on 2025-08-01",
        "foretell_reset: true",
    ):
        assert phrase in said
    assert Kept.of(plain_gym) == before


def edit(file: str, old: str, new: str) -> Callable[[Project], None]:
    return lambda gym: gym.replace(file, old, new)


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
    gym.replace(SQL, SPINE, SPINE + "    where as_of_date < date '2025-06-30'\n")
    said = gym.build()
    assert "nothing to score" in said
    assert gym.value(f"select count(*) from gym.gym.{PREDICTION}") == 0
    assert gym.query("select status, scored from gym_foretell.foretell_runs") == [("published", 0)]


def test_a_query_without_rows_is_a_success_without_rows(gym: Project) -> None:
    gym.replace(SQL, SPINE, SPINE + "    where 1 = 0\n")
    said = gym.build("--exclude-resource-type", "test")
    assert "nothing to score" in said


@pytest.mark.two_processes
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
    assert gym.value("select count(*) from gym_foretell.foretell_store_model_versions") == 0


def test_a_question_after_a_build_without_foretells_views_says_how_to_build_them(
    gym: Project,
) -> None:
    gym.build("--select", f"+{PREDICTION}")
    for asked in (("history", PREDICTION), ("features",), ("gates", PREDICTION)):
        done = gym.foretell(*asked)
        said = " ".join(done.stdout.split())
        assert done.returncode == 1, said
        assert "Run `dbt build --select package:foretell` once, and ask again" in said
        assert "Catalog Error" not in said
    gym.build("--select", "package:foretell")
    done = gym.foretell("history", PREDICTION)
    assert done.returncode == 0, done.stdout
